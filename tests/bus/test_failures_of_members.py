"""What can happen to those who handle events: killed, stopped, too many, too late. Each event counts once, in order."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from psutil import STATUS_STOPPED, Process
from sqlalchemy import text

from shared.database import worker_sessions_of
from shared.messaging.bus import Record, Subscription
from shared.messaging.consumer import BATCH, Consumer
from shared.messaging.listeners import Listeners
from shared.messaging.scheduling import schedule
from shared.messaging.timers import run_due_timers
from shared.settings import SERVICES, operator_of, worker_of
from tests.bus.conftest import PATIENCE_SECONDS, WITHOUT_GROUPS_OF_MANY, everything, numbers, publish, until
from tests.bus.crew import (
    STOP_SECONDS,
    Books,
    a_clock_ahead,
    listeners_that_keep_order,
    worker_ahead,
    worker_process,
    worker_that_stands_still,
    worker_thread,
)
from tests.kafka.mock import FETCH, NOT_LEADER
from tests.shared.conftest import SERVICE, lay, on_its_way

FORK = multiprocessing.get_context("fork")


def owners(engine) -> set[str | None]:
    with engine.connect() as connection:
        return set(connection.scalars(text("SELECT owner FROM group_partition")))


def test_case_4_a_consumer_killed_in_the_middle_of_a_batch_leaves_no_trace(transport, avi):
    """Two members. Cure: effect, mark and position are one transaction, and a lease or a session ends by itself.
    With the position committed apart from the effect, rounds are missing and the listener refuses the next one."""
    books = Books(avi, runs=24)
    with worker_process(transport.address, slow=0.01) as first, worker_process(transport.address, slow=0.01):
        until(lambda: books.tell() or first.handling.wait(0.5))  # whoever of the two came first finds work
        books.tell(rounds=5)
        first.kill()
        until(books.balance)
    assert books.dead_letters() == 0


def test_case_5_one_who_is_stopped_in_the_middle_of_an_event_holds_up_nobody(transport, avi, impatience):
    """Cure: the database's patience with a silent transaction, without which the zombie's locks hold up its successor.
    It ends the zombie's transaction, so that this one never comes to its commit."""
    books = Books(avi, runs=4)
    books.tell(rounds=10)
    with worker_process(transport.address, slow=0.2) as zombie:
        assert zombie.handling.wait(60)
        os.kill(zombie.pid, signal.SIGSTOP)
        with worker_thread(transport.address):
            until(books.balance)
            os.kill(zombie.pid, signal.SIGCONT)
            books.tell(rounds=3)
            until(books.balance)
    assert books.dead_letters() == 0


def test_case_5_one_who_is_stopped_with_records_in_hand_commits_nothing_of_them_later(
    transport, avi, engine, impatience
):
    """Cure: a commit counts for the partition's owner alone, and under its epoch (either refuses this zombie). Without
    both, it finds everything done, since it has lost no connection, and sets the position back behind its successor's."""
    books = Books(avi, runs=1)
    books.tell(rounds=10)
    with worker_that_stands_still(transport.address) as zombie:
        until(lambda: Process(zombie.pid).status() == STATUS_STOPPED)
        with worker_thread(transport.address):
            until(books.balance)
            books.tell(rounds=3)
            until(books.balance)
            done = positions(engine)
            os.kill(zombie.pid, signal.SIGCONT)
            assert zombie.fenced.wait(PATIENCE_SECONDS)
            assert positions(engine) == done
            books.tell(rounds=3)
            until(books.balance)
    assert books.dead_letters() == 0


def positions(engine) -> dict[tuple[str, int], int]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT topic, partition, committed FROM group_partition")).all()
    return {(row.topic, row.partition): row.committed for row in rows}


@pytest.fixture
def impatience(server, database, engine):
    """What is two minutes in life is two seconds here, for the connections that this test opens."""
    patience = (
        f"ALTER ROLE {worker_of(SERVICE)} IN DATABASE {database} SET idle_in_transaction_session_timeout = "
    )
    with server.connect() as connection:
        connection.execute(patience + "'2s'")
        engine.dispose()
        yield
        connection.execute(patience + "'2min'")
        engine.dispose()


def test_the_database_does_not_wait_for_ever_for_a_silent_transaction(notes, server, database):
    for role in (SERVICE, worker_of(SERVICE), operator_of(SERVICE)):
        with server.connect(database, role) as connection:
            assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("2min",)


@pytest.mark.parametrize("transport", WITHOUT_GROUPS_OF_MANY, indirect=True)
def test_case_6_ten_come_and_go_within_30_seconds_and_nothing_is_lost_or_doubled(transport, avi, engine):
    """Each had partitions of its own before it left; half of the time is enough, also on a real Kafka.
    Cure: a new owner begins where the table says, under a new epoch. When it begins where it likes, rounds come twice."""
    books = Books(avi, runs=8)
    with worker_thread(transport.address):
        known = until(lambda: owners(engine) - {None})
        deadline = time.monotonic() + 30
        for _ in range(10):
            with worker_thread(transport.address):
                known |= first_to_come(engine, known, books, deadline)
        until(books.balance)
    assert len(known) == 1 + 10
    assert books.dead_letters() == 0


def first_to_come(engine, known, books, deadline) -> set[str | None]:
    """Who owns something and is new, while rounds are told."""
    left = deadline - time.monotonic()
    return until(lambda: books.tell() or owners(engine) - known - {None}, left, look_every=0.1)


@pytest.mark.parametrize("transport", ["mock"], indirect=True)
def test_what_a_broker_refuses_to_hand_out_or_hands_out_slowly_comes_later_and_in_order(transport, bus, join):
    """A member waits and asks again; it neither breaks nor passes over what it could not get. When an empty answer counts
    as read, rounds are missing."""
    member = join()
    publish(bus, 3)
    assert numbers(everything(member, 3)) == [0, 1, 2]
    transport.cluster.refuse(FETCH, *[NOT_LEADER] * 1000)
    member.wait(1)  # what was asked for before is answered
    publish(bus, 20, first=3)
    member.wait(1)
    assert member.poll(20) == []
    transport.cluster.be_kind(FETCH)
    transport.cluster.answer_after(300)
    assert numbers(everything(member, 20)) == list(range(3, 23))


def test_case_7_every_event_comes_three_times_and_counts_once(bus, transport, engine, avi):
    """Cure: the inbox. Without its mark the second coming is handled and refused as out of order."""
    books = Books(avi, runs=5)
    events = [on_its_way(event) for event in books.next_rounds(20)]
    with worker_thread(transport.address):
        for coming in (
            events,
            [event for event in events for _ in range(2)],
        ):  # again later, and twice in a row
            assert lay(bus, *coming) == len(coming)
            until(books.balance)
        books.tell()
        until(books.balance)
    assert books.dead_letters() == 0


def test_case_13_members_and_tellers_whose_clocks_are_an_hour_apart_keep_the_order(transport, engine, avi):
    """Cure: the order is that of telling, and a partition's is that of its positions; no time on an envelope decides."""
    books = Books(avi, runs=6)
    with worker_process(transport.address), worker_ahead(transport.address):
        until(lambda: len(owners(engine) - {None}) == 2)
        for hours in (1, -1, 0, 1):
            with a_clock_ahead(hours):
                books.tell(rounds=3)
        until(books.balance)
    assert books.dead_letters() == 0


def test_case_13_an_alarm_rings_by_the_clock_of_the_database(notes, bus, avi):
    rang, listeners = [], Listeners(SERVICE)
    listeners.when_due("wake_up")(lambda about, session: rang.append(about))
    with notes.begin() as session:
        schedule(session, datetime.now(UTC) + timedelta(minutes=10), "wake_up", uuid4())
    with a_clock_ahead(hours=1):
        assert (run_due_timers(listeners, notes), rang) == (0, [])


def looks(member: Subscription) -> list[Record]:
    """What it is given, or nothing after a moment."""
    records = member.poll(1)
    member.wait(0.1)
    return records


def test_case_13_clocks_an_hour_apart_take_nothing_from_anybody(transport, bus, join, monkeypatch, engine):
    """Cure: leases are written and read by the database's clock alone, and pauses by a clock that is never set."""
    one = join()
    until(lambda: looks(one) or one.epochs)
    monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)
    before = dict(one.epochs)
    two = bus.subscribe(SERVICE, ["workshop.round"])
    until(lambda: looks(two) or looks(one) or two.epochs)
    with engine.connect() as connection:
        late = connection.scalar(
            text("SELECT max(abs(extract(epoch FROM leased_until - clock_timestamp()))) FROM group_partition")
        )
    two.close()
    assert before
    assert late < 1800


def test_case_14_a_long_lag_is_caught_up_while_more_arrives(transport, bus, engine, avi):
    """For every five that are handled one more arrives, to the end: the lag is gone when five quarters of it are handled,
    in batches that are bounded."""
    lag, runs = 2000, 10
    books = Books(avi, runs)
    tell_at_once(bus, books, rounds=lag // runs)
    consumer = Consumer(listeners_that_keep_order(), worker_sessions_of(SERVICE), bus)
    sizes, owed = [], 0
    while not books.balance():
        done = consumer.run_once()
        if done:
            sizes.append(done)
        else:
            consumer.wait(0.2)
        rounds, owed = divmod(owed + done, 5 * runs)
        tell_at_once(bus, books, rounds)
    consumer.close()
    assert max(sizes) <= BATCH
    assert (sum(sizes), books.dead_letters()) == (books.total, 0)
    assert lag < books.total <= lag * 5 / 4


def tell_at_once(bus, books, rounds):
    lay(bus, *map(on_its_way, books.next_rounds(rounds)))


CLIENTS = "print([name for name in ('kafka', 'confluent_kafka') if name in __import__('sys').modules])"


@pytest.mark.parametrize("service", SERVICES)
def test_case_21_a_web_worker_loads_no_client_that_a_fork_could_break(service):
    """Cure: requests write to the outbox, and shared.messaging.bus.kafka is imported by workers alone."""
    load = f"from services.{service}.app import create_app; {CLIENTS}"
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", load], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize("transport", ["mock"], indirect=True)
def test_case_21_a_bus_made_before_a_fork_opens_its_clients_after_it(transport, bus, engine, join):
    """Cure: the producer is made when it is first needed. One made before the fork has no thread in the child."""
    child = FORK.Process(target=tell_three, args=(bus,))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert numbers(everything(join(), 3)) == [0, 1, 2]


def tell_three(bus) -> None:
    bus.engine.dispose(close=False)  # the parent's connections
    publish(bus, 3)


def test_case_23_sigterm_ends_what_is_in_hand_and_gives_the_partitions_back(transport, engine, avi):
    """Cure: the worker looks at its stop between batches, and releases what it owned."""
    books = Books(avi, runs=4)
    books.tell(rounds=5)
    with worker_process(transport.address, slow=0.05) as worker:
        assert worker.handling.wait(60)
        worker.terminate()
        worker.join(STOP_SECONDS)
        assert worker.exitcode == 0
    assert owners(engine) == {None}
    assert books.handled
    with worker_thread(transport.address):
        until(books.balance)
    assert books.dead_letters() == 0
