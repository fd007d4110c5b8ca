"""What can go wrong between a request and the bus: nothing told is lost, and the order is that of telling."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from shared.database import worker_engine_of
from shared.messaging.bus import BusAway
from shared.messaging.relay import relay_once
from tests.bus.conftest import BROKERS, everything, until
from tests.bus.crew import SPAWN, Books, worker_thread
from tests.kafka.mock import PRODUCE
from tests.shared.conftest import SERVICE

KAFKA_STORAGE_ERROR = 56


def relay_and_die(address):
    """Publishes, and is killed before the outbox is emptied."""
    bus = address.bus(worker_engine_of(SERVICE))
    publish = bus.publish

    def publish_and_die(*arguments):
        assert publish(*arguments) > 0
        os.kill(os.getpid(), signal.SIGKILL)

    bus.publish = publish_and_die
    relay_once(worker_engine_of(SERVICE), SERVICE, bus)


def relay(address):
    relay_once(worker_engine_of(SERVICE), SERVICE, address.bus(worker_engine_of(SERVICE)))


@pytest.mark.parametrize("transport", ["postgres"], indirect=True)
def test_case_1_a_relay_killed_in_the_midst_of_its_statement_loses_and_doubles_nothing(
    transport, owner_of_tables, avi
):
    """Cure: one statement deletes and lays, so that it is done whole or not at all."""
    books = Books(avi, runs=5)
    books.tell(rounds=10)
    killed = SPAWN.Process(target=relay, args=(transport.address,))
    with owner_of_tables.begin() as holding:
        holding.execute(text("LOCK TABLE event_log IN SHARE MODE"))
        killed.start()
        until(lambda: holding.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
        killed.kill()
        killed.join(60)
    with worker_thread(transport.address):
        until(books.balance)
    assert (books.dead_letters(), books.waiting()) == (0, 0)


@pytest.mark.parametrize("transport", BROKERS, indirect=True)
def test_case_1_a_relay_killed_between_publishing_and_deleting_loses_and_doubles_nothing(transport, avi):
    """Cure: the inbox, which knows what comes a second time. Without its mark the second coming is handled again."""
    books = Books(avi, runs=5)
    books.tell(rounds=10)
    relay = SPAWN.Process(target=relay_and_die, args=(transport.address,))
    relay.start()
    relay.join(60)
    assert relay.exitcode == -signal.SIGKILL
    assert books.waiting() == books.total
    with worker_thread(transport.address):
        until(books.balance)
    assert (books.dead_letters(), books.waiting()) == (0, 0)


@pytest.mark.parametrize("transport", BROKERS, indirect=True)
def test_case_3_while_the_broker_is_away_requests_go_on_and_all_is_drained_in_order(transport, avi, caplog):
    """Several people at once, for two of the relay's patiences. Cure: requests write to the outbox alone, and the relay
    takes nothing out that was not accepted. When carrying forgets the outbox whatever the broker said, the events of the
    outage never arrive."""
    crowd = [Books(avi, runs=2) for _ in range(4)]
    with worker_thread(transport.address):
        with requests_of(crowd):
            until(lambda: len(crowd[0].handled) == 8)
            transport.go_down()
            before = [books.total for books in crowd]
            until(lambda: caplog.text.count("its relay waits: BusAway") >= 2)
            during = [books.total - earlier for books, earlier in zip(crowd, before, strict=True)]
            assert min(during) > 20
            until(lambda: crowd[0].waiting() >= sum(during))  # the last of them are just being committed
            transport.come_up()
        told = {run: rounds for books in crowd for run, rounds in books.told.items()}
        until(lambda: crowd[0].handled == told)
    assert (crowd[0].dead_letters(), crowd[0].waiting()) == (0, 0)


@contextmanager
def requests_of(crowd: list[Books]) -> Iterator[None]:
    """Each of them goes on telling; a request that was refused breaks the test."""
    stop = threading.Event()

    def go_on_telling(books: Books) -> None:
        while not stop.wait(0.2):
            books.tell()

    with ThreadPoolExecutor(len(crowd)) as people:
        asked = [people.submit(go_on_telling, books) for books in crowd]
        try:
            yield
        finally:
            stop.set()
    for one in asked:
        one.result()


@pytest.mark.parametrize("transport", ["mock"], indirect=True)
def test_case_22_a_broker_whose_disk_is_full_gets_the_events_later(transport, bus, engine, avi, join):
    """Cure: a refused event stays in the outbox. When the producer's answer is not awaited, it is gone."""
    books = Books(avi, runs=3)
    books.tell(rounds=5)
    transport.cluster.refuse(PRODUCE, *[KAFKA_STORAGE_ERROR] * 1000)
    with pytest.raises(BusAway):
        relay_once(engine, SERVICE, bus)
    assert books.waiting() == 15
    transport.cluster.be_kind(PRODUCE)
    assert until(lambda: relay_until_empty(engine, bus, books))
    assert len({record.headers["ce_id"] for record in everything(join(), 15)}) == 15


def relay_until_empty(engine, bus, books):
    relay_once(engine, SERVICE, bus)
    return not books.waiting()


@pytest.mark.parametrize("transport", ["mock"], indirect=True)
def test_what_is_accepted_of_a_broken_batch_is_a_beginning_of_it(transport, bus, engine, avi, join):
    """Some partitions take theirs and one refuses: nothing overtakes within a key, whatever is sent again."""
    books = Books(avi, runs=8)
    books.tell(rounds=20)
    transport.cluster.refuse(
        PRODUCE, 0, 87
    )  # INVALID_RECORD: for good, so that it is not repeated within the attempt
    attempts = 0
    while books.waiting():
        attempts += 1
        try:
            relay_once(engine, SERVICE, bus)
        except BusAway:
            assert attempts < 20
    with worker_thread(transport.address):
        until(books.balance)
    assert books.dead_letters() == 0


def test_requests_are_unharmed_while_many_write_at_once(transport, avi):
    """Each writer tells its own runs; one relay moves them all."""
    books = [Books(avi, runs=2) for _ in range(4)]

    def write(book):
        for _ in range(20):
            book.tell()

    with worker_thread(transport.address):
        writers = [threading.Thread(target=write, args=(book,)) for book in books]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(60)
        told = {run: rounds for book in books for run, rounds in book.told.items()}
        until(lambda: books[0].handled == told)
    assert books[0].dead_letters() == 0
