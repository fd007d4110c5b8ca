"""Impatient fingers and many of them: every vote counts once, and no rule gives way."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from services.voting.models import Ballot, Card, Hand, View
from services.voting.models.hand import Answer
from services.voting.models.view import count_votes
from shared.contracts.process import PhaseClosed
from shared.database import worker_sessions_of
from shared.tenancy import acting_for


def at_once(work, times):
    with ThreadPoolExecutor(8) as people:
        return list(people.map(work, range(times)))


def test_an_impatient_double_click_is_dealt_one_batch(reading):
    kaisa = reading.reader()
    for after in range(2):
        decks = at_once(lambda _, after=after: kaisa.deal(after=after), 16)
        assert len({tuple(card["view_id"] for card in deck["cards"]) for deck in decks}) == 1
    assert kaisa.deck()["batches"] == 2


def test_an_impatient_double_click_wins_no_extra_hearts(reading, session_of):
    kaisa = reading.reader()
    views = [card["view_id"] for card in kaisa.deal()["cards"]]
    kaisa.answer(*({"view_id": view, "answer": "agree"} for view in views))
    answers = at_once(lambda n: kaisa.say(views[n % 5], "agree", heart=True).status_code, 20)
    assert 409 in answers
    with session_of("voting") as session:
        assert session.scalar(select(func.count()).select_from(Card).where(Card.heart)) == 1


def test_the_database_itself_refuses_hearts_that_were_not_earned(reading, session_of):
    reading.reader().read()
    with pytest.raises(Exception, match="hearts_are_earned"), session_of("voting") as session:
        session.execute(text("UPDATE hand SET hearts = hearts + 2"))


def test_many_readers_and_counters_at_once_lose_and_double_nothing(reading, session_of, world):
    readers = [reading.reader(unit=f"unit {n % 3}") for n in range(24)]

    def read_and_change_my_mind(n):
        kaisa = readers[n]
        read = kaisa.read(batches=3)
        for view in read:
            kaisa.say(view, "disagree")
            kaisa.say(view, "pass" if n % 2 else "agree")
            with acting_for(world.avi), session_of("voting") as session:
                count_votes(reading.run, session)
        return len(read)

    answers = sum(at_once(read_and_change_my_mind, len(readers)))
    reading.end()
    with session_of("voting") as session:
        sums = session.execute(
            select(func.sum(View.agrees), func.sum(View.passes), func.sum(View.disagrees)).filter_by(
                run_id=reading.run
            )
        ).one()
        cards = dict(session.execute(select(Card.answer, func.count()).group_by(Card.answer)).all())
        parts = session.execute(
            text("SELECT sum(agrees), sum(passes) FROM tally WHERE dimension = 'unit'")
        ).one()
    assert tuple(sums) == (cards[1], cards[0], 0)
    assert sum(cards.values()) == answers
    assert tuple(parts) == (cards[1], cards[0])


def test_counting_twice_counts_once(reading, session_of):
    reading.reader().read()
    with session_of("voting") as session:
        assert count_votes(reading.run, session) == 5
        assert count_votes(reading.run, session) == 0
        assert session.scalar(select(func.sum(View.agrees)).filter_by(run_id=reading.run)) == 5


def test_somebody_who_was_let_in_before_the_end_is_counted(reading, world, session_of):
    """Kaisa has pressed the button; before her answer is stored, reading ends and the last count begins."""
    kaisa = reading.reader()
    view = kaisa.deal()["cards"][0]["view_id"]
    with ThreadPoolExecutor(1) as elsewhere, session_of("voting") as session:
        hand = Hand.held_by(kaisa.door.who.subject, reading.run, session)
        hand.answer([Answer(UUID(view), "agree")], session)
        session.flush()
        world.hear("voting", PhaseClosed(run_id=reading.run, phase="read", activities=["prioritise"]))
        counting = elsewhere.submit(count_in_another_thread, world)
        wait_until_somebody_waits_for_a_lock()
        assert not counting.done()
        session.commit()
        session.close()
        counting.result(timeout=20)
    with session_of("voting") as session:
        assert Ballot.of(reading.run, session).counted_at is not None
        assert session.scalar(select(func.sum(View.agrees)).filter_by(run_id=reading.run)) == 1


def count_in_another_thread(world):
    with acting_for(world.avi):
        world.let_time_pass("voting")


def wait_until_somebody_waits_for_a_lock():
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    for _ in range(10_000):
        with worker_sessions_of("voting")() as session:  # who counts is a worker, and seen by its like alone
            if session.scalar(waiting):
                return
    raise AssertionError("Nobody waited.")


def test_a_release_pressed_twice_at_once_is_one_release(reading):
    reading.reader().read()
    reading.end()
    assert sorted(at_once(lambda _: reading.release().status_code, 6)) == [204, *[409] * 5]
