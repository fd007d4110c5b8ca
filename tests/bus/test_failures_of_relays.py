"""What can go wrong between a request and the bus: nothing told is lost, and the order is that of telling."""

import os
import signal
import threading

import pytest

from shared.bus import BusAway
from shared.database import engine_of
from shared.relay import relay_once
from tests.bus.conftest import BROKERS, everything, until
from tests.bus.crew import SPAWN, Books, worker_thread
from tests.kafka.mock import PRODUCE
from tests.shared.conftest import SERVICE

KAFKA_STORAGE_ERROR = 56


def relay_and_die(address):
    """Publishes, and is killed before the outbox is emptied for good."""
    bus = address.bus(engine_of(SERVICE))
    carry = bus.carry

    def carry_and_die(*arguments, **options):
        assert carry(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    bus.carry = carry_and_die
    relay_once(engine_of(SERVICE), SERVICE, bus)


def test_case_1_a_relay_killed_between_publishing_and_deleting_loses_and_doubles_nothing(road, avi):
    """Cure: on PostgreSQL one transaction; on Kafka the inbox, which knows what comes a second time.
    Without the inbox's mark the second coming is handled again."""
    books = Books(avi, runs=5)
    books.tell(rounds=10)
    relay = SPAWN.Process(target=relay_and_die, args=(road.address,))
    relay.start()
    relay.join(60)
    assert relay.exitcode == -signal.SIGKILL
    assert books.waiting() == books.total
    with worker_thread(road.address):
        until(books.balance)
    assert (books.letters(), books.waiting()) == (0, 0)


@pytest.mark.parametrize("road", BROKERS, indirect=True)
def test_case_3_while_the_broker_is_away_requests_go_on_and_all_is_drained_in_order(road, avi, caplog):
    """Cure: requests write to the outbox alone, and the relay takes nothing out that was not accepted.
    When carrying forgets the outbox whatever the broker said, the events of the outage never arrive."""
    books = Books(avi, runs=4)
    with worker_thread(road.address):
        books.tell()
        until(books.balance)
        road.go_down()
        for _ in range(50):
            books.tell()
        until(lambda: "its teller waits: BusAway" in caplog.text)  # longer than the relay's patience
        assert books.waiting() > 0 and not books.balance()
        books.tell()
        road.come_up()
        until(books.balance)
    assert (books.letters(), books.waiting()) == (0, 0)


@pytest.mark.parametrize("road", ["mock"], indirect=True)
def test_case_22_a_broker_whose_disk_is_full_gets_the_events_later(road, bus, engine, avi, join):
    """Cure: a refused event stays in the outbox. When the producer's answer is not awaited, it is gone."""
    books = Books(avi, runs=3)
    books.tell(rounds=5)
    road.cluster.refuse(PRODUCE, *[KAFKA_STORAGE_ERROR] * 1000)
    with pytest.raises(BusAway):
        relay_once(engine, SERVICE, bus)
    assert books.waiting() == 15
    road.cluster.be_kind(PRODUCE)
    assert until(lambda: relay_until_empty(engine, bus, books))
    assert len({record.headers["ce_id"] for record in everything(join(), 15)}) == 15


def relay_until_empty(engine, bus, books):
    relay_once(engine, SERVICE, bus)
    return not books.waiting()


@pytest.mark.parametrize("road", ["mock"], indirect=True)
def test_what_is_accepted_of_a_broken_batch_is_a_beginning_of_it(road, bus, engine, avi, join):
    """Some partitions take theirs and one refuses: nothing overtakes within a key, whatever is sent again."""
    books = Books(avi, runs=8)
    books.tell(rounds=20)
    road.cluster.refuse(
        PRODUCE, 0, 87
    )  # INVALID_RECORD: for good, so that it is not repeated within the attempt
    attempts = 0
    while books.waiting():
        attempts += 1
        try:
            relay_once(engine, SERVICE, bus)
        except BusAway:
            assert attempts < 20
    with worker_thread(road.address):
        until(books.balance)
    assert books.letters() == 0


def test_requests_are_unharmed_while_many_write_at_once(road, avi):
    """Each writer tells its own runs; one relay moves them all."""
    books = [Books(avi, runs=2) for _ in range(4)]

    def write(book):
        for _ in range(20):
            book.tell()

    with worker_thread(road.address):
        writers = [threading.Thread(target=write, args=(book,)) for book in books]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(60)
        told = {run: rounds for book in books for run, rounds in book.told.items()}
        until(lambda: books[0].handled == told)
    assert books[0].letters() == 0
