"""Who has nothing to do sleeps until something is announced or the next thing is due, and looks now and then all the same."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, func, select, text

from shared.contracts.workshop import RoundStarted
from shared.messaging import worker as workers
from shared.messaging.bus.postgres import PostgresEventBus
from shared.messaging.jobs import LEASE, JobRunner
from shared.messaging.listeners import Listeners
from shared.messaging.outbox import put_in_outbox
from shared.messaging.relay import relaying
from shared.messaging.scheduling import schedule
from shared.messaging.worker import SCAN_SECONDS, STEP_SECONDS, Worker
from tests.bus.conftest import until
from tests.shared.conftest import SERVICE, lay, on_its_way
from tests.shared.test_consumer import at_work

TOPIC = "workshop.round"


@pytest.fixture
def nobody_looks(monkeypatch):
    """Whatever happens now happens because it was due or was announced."""
    monkeypatch.setattr(workers, "SCAN_SECONDS", 3600.0)


@pytest.fixture
def rung():
    return []


@pytest.fixture
def listeners(rung):
    listeners = Listeners(SERVICE)
    listeners.when_due("wake up")(lambda about, session: rung.append(about))
    return listeners


def set_the_alarm(notes, name: str, seconds: float):
    about = uuid4()
    with notes.begin() as session:
        schedule(session, session.scalar(select(func.now())) + timedelta(seconds=seconds), name, about)
    return about


def seconds_of_sleep(worker, engine, bus) -> float:
    with relaying(engine, SERVICE, bus) as relay:
        worker._timers_at = 0.0
        return worker._relay_once(relay)


def test_a_teller_without_work_sleeps_until_its_look_or_the_next_alarm(notes, engine, bus, avi, listeners):
    worker = Worker(listeners, notes, bus, threading.Event())
    assert SCAN_SECONDS - 1 < seconds_of_sleep(worker, engine, bus) <= SCAN_SECONDS
    set_the_alarm(notes, "wake up", 5.0)
    assert 0 < seconds_of_sleep(worker, engine, bus) <= 5.0


def test_an_alarm_rings_when_it_is_due_though_nobody_looks(notes, bus, avi, listeners, rung, nobody_looks):
    with at_work(Worker(listeners, notes, bus, threading.Event())):
        about = set_the_alarm(notes, "wake up", 0.3)
        until(lambda: rung)
    assert rung == [about]


def test_an_alarm_that_failed_rings_again_when_its_pause_is_over_though_nobody_looks(
    notes, bus, avi, rung, nobody_looks
):
    listeners = Listeners(SERVICE)

    @listeners.when_due("wake up")
    def fail_at_first(about, session):
        rung.append(about)
        if len(rung) == 1:
            raise ValueError

    with at_work(Worker(listeners, notes, bus, threading.Event())):
        about = set_the_alarm(notes, "wake up", 0.0)
        until(lambda: len(rung) == 2)
    assert rung == [about] * 2


def test_who_finds_the_outbox_in_the_hands_of_another_relay_looks_again_soon(
    notes, engine, bus, avi, listeners, owner_of_tables
):
    """That one may be killed before it has carried anything, and nothing would be announced then."""
    worker = Worker(listeners, notes, bus, threading.Event())
    with notes.begin() as session:
        put_in_outbox(session, [RoundStarted(run_id=uuid4(), round=1)])
    with owner_of_tables.begin() as another:
        another.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:service, 7120))"), {"service": SERVICE}
        )
        assert 0 < seconds_of_sleep(worker, engine, bus) <= STEP_SECONDS
    assert seconds_of_sleep(worker, engine, bus) > STEP_SECONDS
    with engine.connect() as connection:
        assert not connection.scalar(text("SELECT count(*) FROM outbox"))


def test_who_waits_stops_at_once_when_told(notes, bus, listeners, nobody_looks):
    worker = Worker(listeners, notes, bus, threading.Event())
    working = threading.Thread(target=worker.run)
    working.start()
    until(lambda: worker.is_ready)
    worker.stop.set()
    working.join(20)
    assert not working.is_alive()


def test_a_job_that_wants_to_come_back_does_so_though_nobody_looks(notes, bus, avi, nobody_looks, moment_of):
    came = []

    def go_out(about):
        came.append(about)
        return moment_of(0.3) if len(came) == 1 else None

    with at_work(worker_with_job(notes, bus, go_out)):
        about = set_the_alarm(notes, "go out", 0.0)
        until(lambda: len(came) == 2)
    assert came == [about] * 2


BEFORE_THE_LEASE_ENDS = LEASE.total_seconds() / 2  # then everybody looks again, told or not


@pytest.mark.parametrize("trouble", [ValueError, ConnectionError])
def test_a_job_that_fails_lets_the_next_one_of_its_organisation_go(notes, bus, avi, nobody_looks, trouble):
    """Two of one organisation are out at a time; the third goes when one of them is back, however that one ended."""
    tried, one_waits, looks = set(), threading.Event(), []

    def go_out(about):
        assert one_waits.wait(30)
        tried.add(about)
        raise trouble

    abouts = {set_the_alarm(notes, "go out", 0.0) for _ in range(3)}
    with at_work(worker_with_job(notes, bus, go_out, looks)):
        until(lambda: sum(looks) == 2 and looks[-1] == 0)
        one_waits.set()
        until(lambda: tried == abouts, patience=BEFORE_THE_LEASE_ENDS)


def worker_with_job(notes, bus, do, looks=None) -> Worker:
    """`looks`: how many were taken at each."""
    jobs, listeners = JobRunner(SERVICE, {"go out": do}), Listeners(SERVICE)

    @listeners.job
    def run_jobs(open_session):
        taken = jobs.start_due(open_session)
        if looks is not None:
            looks.append(taken)
        return taken

    return Worker(listeners, notes, bus, threading.Event())


@pytest.fixture
def moment_of(notes):
    def in_seconds(seconds):
        with notes() as session:
            return session.scalar(select(func.now())) + timedelta(seconds=seconds)

    return in_seconds


@pytest.fixture
def member(engine, bus, avi):
    """Alone in its group, with leases that end in an hour: nothing has to be renewed while a test waits."""
    lay(bus, on_its_way(RoundStarted(run_id=uuid4(), round=1)))
    member = PostgresEventBus(engine, lease=3600.0).subscribe(SERVICE, [TOPIC])
    member.wait(0)  # from now on it listens
    yield member
    member.close()


def test_a_partition_whose_pause_is_over_wakes_its_reader(member, avi):
    (record,) = member.poll(1)
    member.pause(record, 0.2)
    assert member.poll(1) == [] and member.wait(0) is False
    assert member.wait(30) is True
    assert member.poll(1) == [record]


def test_a_reader_with_nothing_to_read_waits_and_says_so(member, avi):
    (record,) = member.poll(1)
    with member.engine.begin() as connection:
        member.commit(record, connection)
    assert member.poll(1) == [] and member.wait(0.01) is False


@pytest.fixture
def statements(engine):
    asked = []

    def note(connection, cursor, statement, parameters, context, many):
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def renew(member) -> None:
    member._balance_at = 0.0
    member.balance()


def test_leases_are_renewed_in_one_statement_while_nobody_comes_or_goes(member, avi, engine, statements):
    renew(member)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE group_partition SET leased_until = clock_timestamp() + interval '1 minute'")
        )
        connection.execute(text("UPDATE group_member SET seen_at = clock_timestamp() - interval '1 minute'"))
    epochs = dict(member.epochs)
    statements.clear()
    renew(member)
    assert len(statements) == 1 and member.epochs == epochs
    with engine.connect() as connection:
        left = connection.scalar(
            text("SELECT min(leased_until) > clock_timestamp() + interval '50 minutes' FROM group_partition")
        )
        seen = connection.scalar(
            text("SELECT min(seen_at) > clock_timestamp() - interval '10 seconds' FROM group_member")
        )
    assert (left, seen) == (True, True)


def test_partitions_are_shared_anew_when_somebody_comes_goes_or_leaves_one_behind(member, avi, engine):
    renew(member)
    assert len(member.epochs) == 4
    another = PostgresEventBus(engine, lease=3600.0).subscribe(SERVICE, [TOPIC])
    another.balance()
    renew(member)
    renew(another)
    assert (len(member.epochs), len(another.epochs)) == (2, 2)
    another.close()
    renew(member)
    assert len(member.epochs) == 4
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE group_partition SET owner = 'gone', leased_until = now() - interval '1 second' WHERE partition = 1"
            )
        )
    renew(member)
    assert len(member.epochs) == 4
    with engine.begin() as connection:
        connection.execute(
            text("DELETE FROM group_partition WHERE partition = 2")
        )  # as if its topic had just been made
    renew(member)
    assert len(member.epochs) == 4


def test_who_only_renews_its_leases_has_no_news_and_who_gets_a_partition_has(member, avi, engine):
    (record,) = member.poll(1)
    with engine.begin() as connection:
        member.commit(record, connection)
    member._balance_at = 0.0
    assert member.wait(0) is False and member._balance_at > 0
    another = PostgresEventBus(engine, lease=3600.0).subscribe(SERVICE, [TOPIC])
    another.balance()
    renew(member)
    another.close()
    member._balance_at = 0.0
    assert member.wait(0) is True and len(member.epochs) == 4
