"""However much a transaction hears at once, the thread is the same as if each thing had been heard by itself."""

import random
from uuid import UUID

import pytest
from sqlalchemy import select

from services.lineage import write
from services.lineage.models import PASSAGE, QUESTION, VIEW, Agreement, Edge, Edition, Standing, Thing
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for

RUN, THEME = UUID(int=1), UUID(int=2)
THINGS = [UUID(int=number) for number in range(10, 16)]
NOUNS = (Thing, Edge, Edition, Standing, Agreement)


def said(draw: random.Random) -> tuple:
    """Anything that can be said about few things, so that they meet."""
    one, others, yes = draw.choice(THINGS), draw.sample(THINGS, 3), draw.random() < 0.5
    return draw.choice(
        [
            (write.know, {"id": one, "run_id": RUN, "kind": VIEW, "part_of": THEME, "stands": yes}),
            (
                write.know,
                {"id": one, "run_id": RUN, "kind": PASSAGE, "detail": draw.choice("ab"), "stands": yes},
            ),
            (write.grew_from, {"target": one, "run_id": RUN, "kind": QUESTION, "sources": others}),
            (write.stands_no_more, {"id": one}),
            (
                write.count_readings,
                {"run_id": RUN, "theme_id": THEME, "readings": {str(one): draw.randrange(9)}},
            ),
            (write.stand_in, {"edition_id": one, "run_id": RUN, "number": 1, "passages": others}),
            (write.open_to_readers, {"edition_id": one, "is_launched": yes}),
            (write.sign, {"agreement_id": one, "run_id": RUN}),
        ]
    )


def heard(tenant: UUID, acts: list[tuple], at_once: int) -> list:
    with acting_for(tenant):
        for start in range(0, len(acts), at_once):
            with sessions_of("lineage").begin() as session:
                for act, facts in acts[start : start + at_once]:
                    act(session, **facts)
        with sessions_of("lineage")() as session:
            return [sorted(map(facts_of, session.scalars(select(noun)))) for noun in NOUNS]


def facts_of(row) -> list[str]:
    columns = [column.name for column in type(row).__table__.columns if column.name != "tenant_id"]
    return [str(getattr(row, name)) for name in columns]


@pytest.mark.parametrize("seed", range(12))
def test_many_at_once_weave_the_same_thread(world, seed):
    draw = random.Random(seed)
    acts = [said(draw) for _ in range(60)]
    assert heard(world.avi, acts, at_once=60) == heard(world.kela, acts, at_once=1)


def test_what_fails_leaves_nothing_to_the_next_transaction(world, avi):
    with sessions_of("lineage")() as session:
        write.sign(session, THINGS[0], RUN)
        session.rollback()
        session.commit()
        assert session.scalars(select(Agreement)).all() == []
