"""What sealed hands cost where they are many: the count of 1,300, and a deal among 10,000 views."""

import statistics
import time
from random import Random

import pytest
from sqlalchemy import insert

from services.voting.models import Hand, View
from services.voting.models.card import Card, Held
from services.voting.models.counting import count_votes
from services.voting.models.sealing import Seal
from tests.voting.conftest import Reading

VIEWS, HANDS, READ, DEALS = 10_000, 1_300, 20, 20


@pytest.fixture
def crowd(world, avi, session_of) -> Reading:
    """A run of 10,000 views in which 1,300 people have answered twenty each, and nobody has counted."""
    reading, chance = Reading(world).plan().open(), Random(1)
    with session_of("voting") as session:
        views = [{"run_id": reading.run, "language": "fi", "status": "stands"} for _ in range(VIEWS)]
        ids = [chance.randbytes(16) for _ in views]
        for nr, (view, id) in enumerate(zip(views, ids, strict=True)):
            view |= {"id": type(reading.run)(bytes=id, version=4), "theme_id": reading.themes[nr % 2]}
        session.execute(insert(View), views)
        session.execute(insert(Hand), hands_of(reading, [v["id"] for v in views], chance, session))
    return reading


def hands_of(reading: Reading, views: list, chance: Random, session) -> list[dict]:
    seal, rows = Seal.of(reading.run, session), []
    for _ in range(HANDS):
        participant = type(reading.run)(bytes=chance.randbytes(16), version=4)
        cards = [
            Card(view, 1 + nr // 5, chance.choice((-1, 0, 1)))
            for nr, view in enumerate(chance.sample(views, READ))
        ]
        held = Held("Etelä", "Helsinki", None, READ // 5, cards)
        row = {"run_id": reading.run, "participant": participant, "version": 0, "dirty": True}
        rows.append(row | {"sealed": seal.close(held, participant, version=0)})
    return rows


def test_counting_1300_dirty_hands_and_dealing_among_10000_views(crowd, session_of, ratio):
    began = time.perf_counter()
    with session_of("voting") as session:
        assert count_votes(crowd.run, session) == HANDS
    spent = time.perf_counter() - began
    ratio("count of 1,300 dirty hands, seconds", spent, "<= 1", f"{HANDS * READ:,} answers")
    kaisa, deals = crowd.reader(), []
    for batch in range(DEALS):
        began = time.perf_counter()
        kaisa.deal(after=batch)
        deals.append(time.perf_counter() - began)
    told = f"median of {DEALS}, over HTTP; the longest {max(deals) * 1000:.0f} ms"
    ratio("a deal among 10,000 views, seconds", statistics.median(deals), "<= 0.3", told)
