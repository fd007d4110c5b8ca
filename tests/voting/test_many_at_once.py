"""Impatient fingers and many of them: every vote counts once, and no rule gives way."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import func, select, text, update

from services.voting import ballots, hands
from services.voting.models import Hand, View
from services.voting.models.counting import changes, count_votes, open_all, sums
from services.voting.models.hand import Answer
from services.voting.views import answers_in_all
from shared.contracts.process import PhaseClosed
from shared.database import worker_sessions_of
from shared.tenancy.sessions import acting_for
from tests.voting.hands import cards_of


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
        assert sum(bool(card.heart) for card in cards_of(reading.run, session)) == 1


def test_whoever_writes_to_the_database_can_put_no_other_hand_in_a_readers_place(reading, session_of):
    """Neither a colleague's, nor the reader's own of before."""
    for _ in range(2):
        reading.reader().read()
    with session_of("voting") as session:
        first, second = session.scalars(select(Hand).filter_by(run_id=reading.run))
        first.sealed = second.sealed
    with pytest.raises(InvalidTag), session_of("voting") as session:
        open_all(reading.run, session)
    with session_of("voting") as session:
        session.execute(update(Hand).filter_by(participant=first.participant).values(version=0))
    with pytest.raises(InvalidTag), session_of("voting") as session:
        open_all(reading.run, session)


def test_many_readers_and_counters_at_once_lose_and_double_nothing(reading, session_of, world, caplog):
    readers = [reading.reader(unit=f"unit {n % 3}") for n in range(24)]

    def read_and_change_my_mind(n):
        kaisa, counted = readers[n], 0
        read = kaisa.read(batches=3)
        for view in read:
            kaisa.say(view, "disagree")
            kaisa.say(view, "pass" if n % 2 else "agree")
            with acting_for(world.avi), session_of("voting") as session:
                counted += count_votes(reading.run, session)
        return len(read), counted

    answers, counted = map(sum, zip(*at_once(read_and_change_my_mind, len(readers)), strict=True))
    assert counted >= 5
    with session_of("voting") as session:
        opened = open_all(reading.run, session)
        left, said = changes(opened), sums(opened)
        for view in session.scalars(select(View).filter_by(run_id=reading.run)):
            counts = (view.agrees, view.passes, view.disagrees, view.hearts)
            assert [a + b for a, b in zip(counts, left[view.id], strict=True)] == said[view.id]
    assert sum(sum(counts) for counts in said.values()) == answers
    reading.end()
    assert not [record for record in caplog.records if "hands are believed" in record.getMessage()]


def test_counting_twice_counts_once(reading, session_of):
    for _ in range(5):
        reading.reader().read()
    with session_of("voting") as session:
        assert count_votes(reading.run, session) == 5
        assert count_votes(reading.run, session) == 0
        assert agreed(reading, session) == 25


def test_a_count_that_is_cut_off_has_counted_nothing_and_the_next_counts_once(reading, session_of):
    for _ in range(5):
        reading.reader().read()
    with session_of("voting") as session:
        assert count_votes(reading.run, session) == 5
        session.rollback()
    for counted in (5, 0):
        with session_of("voting") as session:
            assert count_votes(reading.run, session) == counted
            assert agreed(reading, session) == 25


def test_who_changes_their_mind_is_counted_as_one_all_the_same(reading, session_of):
    readers = [reading.reader() for _ in range(5)]
    read = [reader.read() for reader in readers]
    with session_of("voting") as session:
        assert count_votes(reading.run, session) == 5
    for reader, views in zip(readers, read, strict=True):
        assert reader.say(views[0], "disagree").status_code == 200
    with session_of("voting") as session:
        assert count_votes(reading.run, session) == 5
        assert agreed(reading, session) == 20
        assert answers_in_all(session, reading.run) == 25


def agreed(reading, session) -> int:
    return session.scalar(select(func.sum(View.agrees)).filter_by(run_id=reading.run))


def test_somebody_who_was_let_in_before_the_end_is_counted(reading, world, session_of):
    """Kaisa has pressed the button; before her answer is stored, reading ends and the last count begins."""
    kaisa = reading.reader()
    view = kaisa.deal()["cards"][0]["view_id"]
    with ThreadPoolExecutor(1) as elsewhere, session_of("voting") as session:
        hand = hands.held(session, kaisa.door.who.subject, reading.run)
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
        assert ballots.of(session, reading.run).counted_at is not None
        assert agreed(reading, session) == 1


def count_in_another_thread(world):
    with acting_for(world.avi):
        world.let_time_pass("voting")


def wait_until_somebody_waits_for_a_lock():
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(10_000):
        with worker_sessions_of("voting")() as session:  # who counts is a worker, and seen by its like alone
            if session.scalar(waiting):
                return
    raise AssertionError("Nobody waited.")


def test_a_release_pressed_twice_at_once_is_one_release(reading):
    reading.reader().read()
    reading.end()
    assert sorted(at_once(lambda _: reading.release().status_code, 6)) == [204, *[409] * 5]
