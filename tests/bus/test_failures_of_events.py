"""Events that cannot be handled, or were told at the same moment: on every transport they hold up only those that must wait."""

import random
import threading
from collections import Counter
from uuid import UUID

import pytest
from confluent_kafka import Producer
from sqlalchemy import select, text

from shared.contracts.workshop import RoundStarted
from shared.database import worker_sessions_of
from shared.messaging.bus import PARTITIONS, Outgoing
from shared.messaging.consumer import HALT_AFTER
from shared.messaging.dead_letters.discarding import discard
from shared.messaging.dead_letters.replaying import SETTLED, Replay
from shared.messaging.listeners import Listeners
from shared.messaging.messaging_tables import dead_letter
from shared.messaging.relay import relay_once
from shared.tenancy.sessions import acting_for
from tests.bus.conftest import BROKERS, everything, until
from tests.bus.crew import Books, listeners_that_keep_order, worker_thread
from tests.shared.conftest import SERVICE, Note, lay


class Bug:
    """In the listeners, until it is `mended`."""

    def __init__(self, run: UUID | None = None, round: int = 0) -> None:
        self.run, self.round, self.mended = run, round, False

    def __call__(self, started: RoundStarted) -> bool:
        is_met = self.run in (None, started.run_id) and started.round >= self.round
        return is_met and not self.mended


def dead_letters(engine) -> Counter[str]:
    with engine.connect() as connection:
        return Counter(connection.scalars(select(dead_letter.c.state)))


def handle_all_again(listeners: Listeners) -> list[str]:
    return list(Replay(listeners, worker_sessions_of(SERVICE)).all())


def test_case_8_and_26_a_poison_event_stops_its_own_run_alone_and_is_replayed_once(transport, engine, avi):
    """Cure: those of the key are parked behind it. Without that the next round is refused as out of order, and dies, too.
    Whoever replays again finds nothing to do."""
    books = Books(avi, runs=6)
    bug = Bug(next(iter(books.told)), round=3)
    listeners = listeners_that_keep_order(bug=bug)
    with worker_thread(transport.address, listeners=listeners):
        books.tell(rounds=10)
        until(lambda: dead_letters(engine) == {"dead": 1, "parked": 6})
        until(lambda: books.handled == books.told | {bug.run: 3})
        bug.mended = True
        assert handle_all_again(listeners) == [SETTLED] * 7
        assert handle_all_again(listeners) == []
        books.tell(rounds=2)
        until(books.balance)
    assert books.dead_letters() == 0


def test_case_9_a_bug_on_all_events_halts_the_partitions_and_they_stay_halted_over_a_restart(
    transport, engine, avi
):
    """Cure: the halted partition. Without it every event of every run becomes a dead letter."""
    books, bug = Books(avi, runs=PARTITIONS * 3 * HALT_AFTER), Bug()
    listeners = listeners_that_keep_order(bug=bug)
    busy = Counter(partition_of(books, run) for run in books.told)
    halted = sum(number > HALT_AFTER for number in busy.values())
    with worker_thread(transport.address, listeners=listeners):
        books.tell()
        until(lambda: halts(engine) == halted, patience=120)
    found = dead_letters(engine)
    assert found["dead"] <= PARTITIONS * HALT_AFTER and not found["parked"]
    bug.mended = True
    with worker_thread(transport.address, listeners=listeners):
        until(lambda: sum(books.handled.values()) == books.total - found["dead"])
        handle_all_again(listeners)
        until(books.balance)
    assert books.dead_letters() == 0


def partition_of(books: Books, run: UUID) -> int:
    return Outgoing("workshop.round", f"{books.tenant}:{run}", {}, b"").partition


def halts(engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM partition_halt WHERE resumed_by IS NULL"))


def test_case_25_garbage_parks_the_run_under_whose_key_it_lies_until_it_is_given_up(
    transport, bus, engine, avi
):
    """Cure: what cannot be read is a dead letter. Without that the consumer dies of it again and again."""
    books = Books(avi, runs=4)
    run = next(iter(books.told))
    garbage = Outgoing("workshop.round", f"{avi}:{run}", {"ce_type": RoundStarted.type}, b"\xff")
    listeners = listeners_that_keep_order()
    with worker_thread(transport.address, listeners=listeners):
        assert lay(bus, garbage) == 1
        until(lambda: dead_letters(engine) == {"dead": 1})
        books.tell(rounds=5)
        until(lambda: dead_letters(engine) == {"dead": 1, "parked": 5})
        with engine.begin() as connection:
            nr = connection.scalar(select(dead_letter.c.nr).filter_by(state="dead"))
            discard(connection, listeners, nr, why="garbage", by="a test", with_parked=False)
        until(books.balance)
    assert books.dead_letters() == 0


KIND = ("ce_type", RoundStarted.type)
GARBAGE = {
    "nothing at all": {"key": None, "value": None, "headers": []},
    "NUL": {"key": b"a\x00b", "value": b"\x00", "headers": [KIND, ("a\x00b", b"\x00"), ("ce_id", b"\x00")]},
    "what is no text": {"key": b"\xff", "value": b"\xff", "headers": [KIND, ("ce_id", b"\xff\xfe")]},
    "an endless key": {"key": random.Random(1).randbytes(9_000), "value": b"{}", "headers": [KIND]},
    "an attribute without a value": {"key": b"k", "value": b"{}", "headers": [("ce_type", None)]},
    "an attribute twice": {"key": b"k", "value": b"{}", "headers": [KIND, KIND]},
}


@pytest.mark.parametrize("transport", BROKERS, indirect=True)
@pytest.mark.parametrize("kind", GARBAGE)
def test_case_25_whatever_a_stranger_puts_on_a_broker_is_a_letter_and_the_rest_goes_on(
    transport, engine, avi, kind
):
    """Cures: what is no text is made into some, and a key is cut to what can be looked up."""
    books, stranger = Books(avi, runs=8), Producer({"bootstrap.servers": transport.address.bootstrap})
    with worker_thread(transport.address):
        stranger.produce("workshop.round", partition=0, **GARBAGE[kind])
        assert stranger.flush(30) == 0
        until(lambda: dead_letters(engine) == {"dead": 1})
        books.tell(rounds=3)
        until(books.balance)
        del stranger  # it would go on looking for a broker that is gone


def test_case_12_two_writers_of_one_thing_are_told_in_the_order_they_committed(notes, bus, join, engine, avi):
    """T1 began first but wrote its event after T2 committed: an xid cursor would show them in the wrong order."""
    with notes.begin() as session:
        note = Note(words="x")
        session.add(note)
    late, early = notes(), notes()
    late.execute(text("SELECT pg_current_xact_id()"))
    first = early.get_one(Note, (avi, note.id), with_for_update=True)
    first.say(1)
    early.flush()
    waiting = threading.Thread(target=say_second, args=(late, avi, note.id))
    waiting.start()
    early.commit()
    waiting.join(10)
    until(lambda: relay_once(engine, SERVICE, bus))
    seen = everything(join(), 2)
    assert [record.value.split(b'"round":')[1] for record in seen] == [b"1}", b"2}"]


def say_second(session, tenant, id):
    with acting_for(tenant):
        session.get_one(Note, (tenant, id), with_for_update=True).say(2)
        session.commit()
