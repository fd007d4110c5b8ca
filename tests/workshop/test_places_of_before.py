"""An installation whose places named people comes along: open rounds go on under fresh keys, ended ones know nobody."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from services.workshop.attendance import who_attended
from services.workshop.models import Board, Place, Workshop
from services.workshop.models.place import Person
from shared.database import sessions_on
from shared.privacy.keys import KeyName, keys_of
from shared.tenancy.sessions import acting_for
from tests import installations
from tests.installations import migrate, of_before

THEN = datetime(2026, 11, 1, tzinfo=UTC)
SESSION = {"title": "", "places": 12, "link": "", "turn": 4, "broadcast": "", "notes": "", "version": 0}
TIMES = {"starts_at": THEN, "ends_at": datetime(2026, 11, 2, tzinfo=UTC)}
PEOPLE = [uuid4() for _ in range(4)]
TRAITS = {"unit": "Lappi", "site": "Rovaniemi", "role": "supervisor", "language": "fi"}


@pytest.fixture
def old(server, database, tmp_path, monkeypatch):
    """A connection to a database as it was, as the owner of the tables."""
    monkeypatch.setenv("POLKU_KEYS", str(tmp_path / "keys"))
    with of_before(server, database, {"workshop": "workshop_0003"}) as connection:
        yield connection


def put(connection, table: str, **row) -> UUID:
    row = {"id": uuid4()} | row
    installations.put(connection, table, **row)
    return row["id"]


class Session:
    """A session of before, with four people at one board; the last of them has not come."""

    def __init__(self, connection, tenant: UUID, *, is_over: bool, round_is_over: bool = False) -> None:
        connection.execute(text(f"SET app.tenant = '{tenant}'"))
        self.connection, self.tenant, self.run_id = connection, tenant, uuid4()
        ended = {"ended_at": THEN if is_over else None, "started_at": THEN, "step_number": 4, "visit": 5}
        self.id = put(connection, "workshop", run_id=self.run_id, round=1, **SESSION, **TIMES, **ended)
        put(
            connection, "round", run_id=self.run_id, number=1, started_at=THEN, opened_at=THEN,
            ended_at=THEN if round_is_over else None,
        )  # fmt: skip
        self.group = put(
            connection,
            "group",
            workshop_id=self.id,
            number=1,
            version=0,
            help_asked_at=None if is_over else THEN,
        )
        for turn, person in enumerate(PEOPLE, start=1):
            put(
                connection, "place", workshop_id=self.id, participant=person, turn=turn, is_waiting=False,
                group_id=self.group, has_attended=turn < 4, **TRAITS,
            )  # fmt: skip
        self.write_a_card()
        connection.commit()

    def write_a_card(self) -> None:
        question = put(
            self.connection,
            "question",
            run_id=self.run_id,
            theme_id=uuid4(),
            position=1,
            state="tabled",
            wording={},
        )
        card, kaisa, matti = str(uuid4()), str(PEOPLE[0]), str(PEOPLE[1])
        about = {
            "text": "Jää",
            "language": "fi",
            "column": "causes",
            "views": [],
            "visit": None,
            "into": None,
        }
        held = about | {"author": kaisa, "marks": [matti], "judgements": {matti: [5, 2]}, "is_removed": False}
        state = {"columns": {"causes": [card]}, "cards": {card: held}}
        self.board = put(
            self.connection, "board", group_id=self.group, question_id=question, round=1, counter=3, state=state,
            told_outcomes=0, changed_at=THEN,
        )  # fmt: skip
        acts = [
            {"kind": "add", "card": card, "who": kaisa, **about},
            {"kind": "mark", "card": card, "who": matti},
            {"kind": "judge", "card": card, "who": matti, "effect": 5, "effort": 2},
        ]
        for number, act in enumerate(acts, start=1):
            row = {"act": act, "reverse": {"who": act["who"]}, "is_undone": False}
            put(self.connection, "operation", board_id=self.board, number=number, **row)
        outcome = put(
            self.connection, "outcome", run_id=self.run_id, theme_id=uuid4(), question_id=question, board_id=self.board,
            round=1, kind="insight", text="x", language="fi", written_on=THEN, signed_off_on=THEN,
        )  # fmt: skip
        put(self.connection, "sign_off", outcome_id=outcome, who=PEOPLE[0], on=THEN, is_facilitator=False)

    def with_it(self):
        """A database session in which its rows are."""
        return sessions_on(self.connection, "workshop")()

    def key(self, purpose: str) -> KeyName:
        return KeyName(self.tenant, self.id, purpose)


@pytest.fixture
def running(old):
    return Session(old, uuid4(), is_over=False)


@pytest.fixture
def ended(old):
    return Session(old, uuid4(), is_over=True, round_is_over=True)


def test_who_has_a_place_in_an_open_round_keeps_it_and_its_turn(old, running, ended):
    migrate(old, "workshop", "head")
    with acting_for(running.tenant), running.with_it() as session:
        session.connection().execute(text(f"SET app.tenant = '{running.tenant}'"))
        workshop = session.scalars(select(Workshop).filter_by(id=running.id)).one()
        places = [workshop.place_of(person) for person in PEOPLE]
        people = workshop.people()
        assert [people[place.id] for place in places] == [
            Person(turn, *TRAITS.values()) for turn in (1, 2, 3, 4)
        ]
        assert {place.group_id for place in places} == {running.group}
        assert who_attended(running.run_id, 1, PEOPLE, session) == set(PEOPLE[:3])
        assert workshop.hand_at_work(PEOPLE[0]) and workshop.groups[0].asks_for_help


def test_places_of_ended_rounds_go_and_how_many_were_there_stays(old, running, ended):
    migrate(old, "workshop", "head")
    with acting_for(ended.tenant), ended.with_it() as session:
        session.connection().execute(text(f"SET app.tenant = '{ended.tenant}'"))
        workshop = session.scalars(select(Workshop).filter_by(id=ended.id)).one()
        assert (workshop.attended, workshop.groups[0].attended) == (3, 3)
        assert session.scalars(select(Place)).all() == []
        assert not keys_of("workshop").is_alive(ended.key("places"))


def test_where_a_session_has_ended_in_an_open_round_only_who_came_is_kept(old):
    over = Session(old, uuid4(), is_over=True)
    migrate(old, "workshop", "head")
    with acting_for(over.tenant), over.with_it() as session:
        session.connection().execute(text(f"SET app.tenant = '{over.tenant}'"))
        workshop = session.scalars(select(Workshop).filter_by(id=over.id)).one()
        assert sorted(person.turn for person in workshop.people().values()) == [1, 2, 3, 4]
        assert {(person.unit, person.site, person.role) for person in workshop.people().values()} == {
            (None,) * 3
        }
        assert who_attended(over.run_id, 1, PEOPLE, session) == set(PEOPLE[:3])
        assert not keys_of("workshop").is_alive(over.key("boards"))


def test_nothing_names_anybody_and_boards_say_the_same(old, running):
    migrate(old, "workshop", "head")
    old.execute(text(f"SET app.tenant = '{running.tenant}'"))
    tables = ("place", "operation", "board", "sign_off", "outcome", "group", "workshop")
    held = " ".join(str(row) for table in tables for row in old.execute(text(f'SELECT * FROM "{table}"')))
    assert "Jää" in held and not [person for person in PEOPLE if str(person) in held]
    assert "Lappi" not in held and "Rovaniemi" not in held
    with acting_for(running.tenant), running.with_it() as session:
        board = session.scalars(select(Board)).one()
        [card] = board.cards.values()
        assert (card["text"], card["marks"], list(card["judgements"].values())) == ("Jää", [None], [[5, 2]])
        assert board.derived_state()["cards"] == board.cards


def test_rows_are_guarded_as_before(old, running, ended):
    migrate(old, "workshop", "head")
    guarded = "SELECT relname FROM pg_class WHERE relnamespace = 'workshop'::regnamespace AND relkind = 'r' AND NOT relforcerowsecurity"
    tables = set(old.scalars(text(guarded)))
    assert not tables & {
        "place",
        "sign_of_life",
        "operation",
        "board",
        "sign_off",
        "group",
        "workshop",
        "round",
    }
