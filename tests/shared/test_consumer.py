"""The consumer: exactly once in effect, in order, and what fails becomes a dead letter without holding up the others."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from uuid import uuid4

import pytest
from sqlalchemy import event, func, insert, select, text

from shared.contracts.process import RunMoved
from shared.contracts.survey import ViewShared
from shared.contracts.workshop import RoundStarted
from shared.messaging.bus import Outgoing
from shared.messaging.consumer import ATTEMPTS, BATCH, Consumer
from shared.messaging.dead_letters.listing import in_short
from shared.messaging.dead_letters.replaying import SETTLED, Replay
from shared.messaging.events import envelope_for
from shared.messaging.listeners import Listeners
from shared.messaging.messaging_tables import dead_letter, erased_tenant
from shared.messaging.scheduling import cancel, schedule
from shared.messaging.timers import run_due_timers
from shared.tenancy.sessions import acting_for
from tests.shared.conftest import SERVICE, Note, lay, on_its_way
from tests.waiting import until


def tell(bus, *events):
    lay(bus, *map(on_its_way, events))


def tell_garbage(bus, key, headers, value=b"{}"):
    lay(bus, Outgoing("workshop.round", key, headers, value))


@pytest.fixture
def listeners():
    """Writes every round down; rounds above 100 make it fail until `mended` is set."""
    listeners = Listeners(SERVICE)
    listeners.mended = False

    @listeners.on(RoundStarted)
    def write_the_round_down(started, session):
        if started.round > 100 and not listeners.mended:
            raise ValueError("secret words that must not reach a log")
        session.add(Note(words=str(started.round)))

    return listeners


def handle_all(listeners, notes, bus, rounds=400):
    """Until nothing moves any more; pauses between attempts are skipped."""
    consumer = patient(Consumer(listeners, notes, bus))
    handle(consumer, rounds)
    consumer.close()


def patient(consumer):
    consumer.subscription.pause = lambda record, seconds: None
    return consumer


def handle(consumer, rounds=400):
    idle = 0
    for _ in range(rounds):
        idle = 0 if consumer.run_once() else idle + 1
        if idle > 4 * (ATTEMPTS + 1):
            break


def written(notes):
    with notes() as session:
        return sorted(int(words) for words in session.scalars(select(Note.words)))


def dead_letters(engine):
    with engine.connect() as connection:
        return [
            row.state for row in connection.execute(select(dead_letter).order_by("partition", "position"))
        ]


def test_what_is_delivered_twice_is_done_once(notes, bus, engine, avi, listeners):
    tell(bus, *[RoundStarted(run_id=uuid4(), round=number) for number in range(50)])
    handle_all(listeners, notes, bus)
    with engine.begin() as connection:
        connection.execute(text("UPDATE group_partition SET committed = 0"))
    handle_all(listeners, notes, bus)
    assert written(notes) == list(range(50))


def test_a_batch_that_goes_well_is_one_transaction_and_one_look_into_the_inbox(
    notes, bus, engine, avi, listeners
):
    run, said = uuid4(), []
    tell(bus, *[RoundStarted(run_id=run, round=number) for number in range(50)])

    def write_down(connection, cursor, statement, *_):
        said.append(statement)

    event.listen(engine, "before_cursor_execute", write_down)
    handled = Consumer(listeners, notes, bus).run_once()
    event.remove(engine, "before_cursor_execute", write_down)
    assert handled == 50
    assert sum("INSERT INTO inbox" in statement for statement in said) == 1
    assert sum("SET committed = " in statement for statement in said) == 1


def test_a_batch_that_was_fenced_off_comes_again_smaller(notes, bus, engine, avi, monkeypatch):
    """It took longer than a lease: two workers would take it from each other for ever, neither ever through."""
    listeners, sizes = Listeners(SERVICE), []

    @listeners.on(RoundStarted)
    def lose_the_first_batch(started, session):
        if len(sizes) == 1 and started.round == 0:
            take_over(engine)
        session.add(Note(words=str(started.round)))

    run = uuid4()
    tell(bus, *[RoundStarted(run_id=run, round=number) for number in range(BATCH)])
    consumer = Consumer(listeners, notes, bus)
    handle_them = consumer._handle
    monkeypatch.setattr(
        consumer, "_handle", lambda records: sizes.append(len(records)) or handle_them(records)
    )
    until(lambda: consumer.run_once() == 0 and written(notes) == list(range(BATCH)))
    assert sizes == [BATCH, BATCH // 4, BATCH // 2, BATCH // 4]
    consumer.close()


def take_over(engine):
    with engine.begin() as connection:
        connection.execute(text("UPDATE group_partition SET epoch = epoch + 1"))


@contextmanager
def at_work(worker):
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop.set()
        thread.join(20)


def test_what_went_well_of_a_batch_is_not_gone_back_behind(notes, bus, engine, avi, kela, listeners):
    """The second organisation's event fails: the first one's is behind us."""
    first = uuid4()
    partition = Outgoing("", f"{avi}:{first}", {}, b"").partition
    second = next(
        run for run in iter(uuid4, None) if Outgoing("", f"{kela}:{run}", {}, b"").partition == partition
    )
    tell(bus, RoundStarted(run_id=first, round=1))
    with acting_for(kela):
        tell(bus, RoundStarted(run_id=second, round=101))
    consumer, seen = Consumer(listeners, notes, bus), []
    blocked = consumer._blocked
    consumer._blocked = lambda records: seen.append(len(records)) or blocked(records)
    assert (consumer.run_once(), seen, written(notes)) == (1, [1], [1])
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT max(committed) FROM group_partition")) == 1
    consumer.close()


def test_each_organisation_gets_its_own(notes, bus, avi, kela, listeners):
    for tenant in (avi, kela, avi):
        with acting_for(tenant):
            tell(bus, RoundStarted(run_id=uuid4(), round=1))
    handle_all(listeners, notes, bus)
    assert written(notes) == [1, 1]
    with acting_for(kela):
        assert written(notes) == [1]


def test_what_cannot_be_decoded_is_a_dead_letter_and_the_rest_goes_on(notes, bus, engine, avi, listeners):
    run = uuid4()
    good = envelope_for(RoundStarted(run_id=run, round=1), "workshop")
    tell_garbage(bus, good.key, {"ce_type": RoundStarted.type})
    tell_garbage(bus, good.key, {})
    handle_all(listeners, notes, bus)
    assert dead_letters(engine) == ["dead", "dead"]
    tell(bus, RoundStarted(run_id=uuid4(), round=7))
    handle_all(listeners, notes, bus)
    assert written(notes) == [7]


def test_a_failing_event_dies_after_some_attempts_and_parks_only_its_own_key(
    notes, bus, engine, avi, listeners
):
    run, other = uuid4(), uuid4()
    tell(bus, RoundStarted(run_id=run, round=101), RoundStarted(run_id=run, round=1))
    tell(bus, RoundStarted(run_id=other, round=2))
    handle_all(listeners, notes, bus)
    assert dead_letters(engine) == ["dead", "parked"]
    assert written(notes) == [2]


def test_whoever_failed_looks_at_the_other_partitions_before_waiting(notes, bus, avi, monkeypatch):
    """The one that failed pauses; up to a second's wait after every attempt would be the others' wait."""
    listeners, attempts, waits = Listeners(SERVICE), [], []

    @listeners.on(RoundStarted)
    def stumble(started, session):
        attempts.append(started)
        raise ValueError

    tell(bus, RoundStarted(run_id=uuid4(), round=1))
    consumer = Consumer(listeners, notes, bus)
    monkeypatch.setattr(consumer.subscription, "wait", waits.append)
    monkeypatch.setattr(consumer.subscription, "is_paused", lambda place: True)
    while not attempts:
        consumer.run_once()
    consumer.wait(60)
    assert waits == []
    consumer.run_once()
    consumer.wait(60)
    assert waits == [60]
    consumer.close()


def test_a_mended_service_takes_up_the_dead_letters_in_order(notes, bus, engine, avi, listeners):
    run = uuid4()
    tell(bus, RoundStarted(run_id=run, round=101), RoundStarted(run_id=run, round=1))
    handle_all(listeners, notes, bus)
    listeners.mended = True
    assert list(Replay(listeners, notes).all()) == [SETTLED, SETTLED]
    assert (dead_letters(engine), written(notes)) == ([], [1, 101])


def of_one_partition(count):
    """So many runs whose events lie in the same partition."""
    runs, first = [], Outgoing("", str(uuid4()), {}, b"").partition
    while len(runs) < count:
        run = uuid4()
        if Outgoing("", str(run), {}, b"").partition == first:
            runs.append(run)
    return runs


@pytest.mark.parametrize(
    "statement", ["SELECT repeat('x', 2000000000)", "SELECT currval('notes_never_drawn')"]
)
def test_what_the_database_refuses_is_no_database_that_is_away(notes, bus, engine, avi, statement):
    """PostgreSQL's errors of classes 54 and 55 come as OperationalError: who waits for them waits for ever."""
    listeners = Listeners(SERVICE)

    @listeners.on(RoundStarted)
    def ask_for_the_impossible(started, session):
        if started.round > 100:
            session.execute(text("CREATE TEMP SEQUENCE IF NOT EXISTS notes_never_drawn"))
            session.execute(text(statement))
        session.add(Note(words=str(started.round)))

    first, *others = of_one_partition(3)
    tell(bus, RoundStarted(run_id=first, round=101), *[RoundStarted(run_id=run, round=2) for run in others])
    handle_all(listeners, notes, bus)
    assert (dead_letters(engine), written(notes)) == (["dead"], [2, 2])


def test_a_reason_names_the_error_and_never_its_words(notes, bus, engine, avi, listeners, caplog):
    tell(bus, RoundStarted(run_id=uuid4(), round=101))
    handle_all(listeners, notes, bus)
    with engine.connect() as connection:
        reason = connection.scalar(select(dead_letter.c.reason))
    assert reason.startswith("ValueError at test_consumer.py:")
    assert "secret words" not in caplog.text + reason


def test_what_may_be_an_anonymous_act_is_laid_aside_without_its_moment(notes, bus, engine, avi, caplog):
    """The table knows the day, the line knows the second and not which event it was."""
    listeners = Listeners(SERVICE)

    @listeners.on(ViewShared)
    def fail(shared, session):
        raise ValueError

    tell(bus, ViewShared(run_id=uuid4(), view_id=uuid4(), theme_id=uuid4(), language="fi"))
    handle_all(listeners, notes, bus)
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT *, died_at = date_trunc('day', died_at) AS is_the_day FROM dead_letter")
        ).one()
    (line,) = [line for line in caplog.messages if "dead letter at" in line]
    assert row.is_the_day and f" {row.position}:" not in line
    assert in_short(row)["died_at"] == row.died_at.date()


def test_nothing_of_an_organisation_that_was_erased_is_laid_aside_again(
    notes, bus, engine, owner_of_tables, avi, listeners
):
    """The log is read from its beginning: what could not be read, and what came behind it."""
    run = uuid4()
    good = envelope_for(RoundStarted(run_id=run, round=1), "workshop")
    for _ in range(2):
        tell_garbage(bus, good.key, {})
    tell(bus, RoundStarted(run_id=run, round=1))
    with engine.begin() as connection:
        connection.execute(insert(erased_tenant).values(tenant_id=avi))
    try:
        handle_all(listeners, notes, bus)
        assert (dead_letters(engine), written(notes)) == ([], [])
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT max(committed) FROM group_partition")) == 3
    finally:
        with owner_of_tables.begin() as connection:
            connection.execute(erased_tenant.delete())


def test_two_reactions_of_one_name_to_one_event_are_refused():
    """The inbox could not tell them apart: one of them would never be done."""
    listeners = Listeners(SERVICE)
    listeners.on(RoundStarted)(lambda started, session: None)
    with pytest.raises(TypeError, match="already"):
        listeners.on(RoundStarted)(lambda started, session: None)


def test_a_reaction_can_act_for_the_organisation_that_the_event_names(notes, bus, avi, kela):
    listeners = Listeners(SERVICE)

    @listeners.on(RunMoved, acts_for=attrgetter("consultancy_id"))
    def keep_for_the_consultancy(moved, session):
        session.add(Note(words="9"))

    tell(bus, RunMoved(run_id=uuid4(), client_id=avi, consultancy_id=kela, phase="views"))
    handle_all(listeners, notes, bus)
    assert written(notes) == []
    with acting_for(kela):
        assert written(notes) == [9]


def test_an_alarm_rings_once_also_after_downtime(notes, bus, avi):
    rang = []
    listeners = Listeners(SERVICE)
    listeners.when_due("wake_up")(lambda about, session: rang.append(about))
    about, yesterday = uuid4(), datetime.now(UTC) - timedelta(days=1)
    with notes.begin() as session:
        schedule(session, yesterday, "wake_up", about)
        schedule(session, yesterday, "wake_up", other := uuid4())
        cancel(session, "wake_up", other)
        schedule(session, yesterday + timedelta(days=2), "wake_up", uuid4())
    threads = [threading.Thread(target=run_due_timers, args=(listeners, notes)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert rang == [about]


def test_an_alarm_that_fails_is_put_off_and_not_lost(notes, bus, engine, avi):
    listeners = Listeners(SERVICE)

    @listeners.when_due("wake_up")
    def fail(about, session):
        session.add(Note(words="1"))
        session.flush()
        raise ValueError

    with notes.begin() as session:
        schedule(session, datetime.now(UTC), "wake_up", uuid4())
    assert run_due_timers(listeners, notes) == 0
    with engine.connect() as connection:
        assert connection.execute(text("SELECT attempts, due_at > now() FROM timer")).one() == (1, True)
    assert written(notes) == []


def count(notes, tenant):
    with notes() as session:
        return session.scalar(select(func.count()).select_from(Note))


def renamed(**known_as):
    """The same listener after somebody has found a better name for it."""
    listeners = Listeners(SERVICE)

    @listeners.on(RoundStarted, **known_as)
    def keep_the_round(started, session):
        session.add(Note(words=str(started.round)))

    return listeners


@pytest.mark.parametrize(
    ("known_as", "is_written"), [({"name": "write_the_round_down"}, [1]), ({}, [1, 1])], ids=["kept", "lost"]
)
def test_a_renamed_listener_handles_an_event_once_only_if_it_keeps_its_name(
    known_as, is_written, notes, bus, listeners, owner_of_tables, avi
):
    with acting_for(avi):
        tell(bus, RoundStarted(run_id=uuid4(), round=1))
    handle_all(listeners, notes, bus)
    with owner_of_tables.begin() as connection:
        connection.execute(text("UPDATE group_partition SET committed = 0"))  # the event comes again
    handle_all(renamed(**known_as), notes, bus)
    assert written(notes) == is_written
