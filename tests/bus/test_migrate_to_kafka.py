"""Failure case 27: the events of a living installation move from the log to Kafka without a gap or a doubled effect."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from kafka.errors import KafkaTimeoutError
from sqlalchemy import create_engine, select, text

from infra.kafka import migrate_to_kafka as moving
from infra.kafka.migrate_to_kafka import CannotMigrate, Migration, log_ends
from shared.contracts.asyncapi import topics
from shared.contracts.workshop import RoundStarted
from shared.messaging.bus import Outgoing
from shared.messaging.bus import transport as transports
from shared.messaging.bus.postgres import PostgresEventBus
from shared.messaging.bus.transport import EventTransport, current_transport
from shared.messaging.listeners import Listeners
from shared.messaging.outbox import put_in_outbox
from shared.messaging.relay import relay_once
from shared.messaging.worker import Worker
from shared.settings import database_url
from shared.tenancy.sessions import acting_for
from tests.bus.conftest import LEASE, everything, until
from tests.bus.transports import TOPICS
from tests.shared.conftest import SERVICE, Note

pytestmark = pytest.mark.parametrize(
    "transport", ["mock", pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True
)


@pytest.fixture
def owner(engine):
    """The operator's own connection; afterwards the transport is the old one again."""
    owner = create_engine(database_url("polku_owner"), connect_args={"options": "-c search_path=bus"})
    with owner.begin() as connection:
        connection.execute(text("UPDATE transport SET name = 'postgres'"))
    yield owner
    with owner.begin() as connection:
        connection.execute(text("UPDATE transport SET name = 'postgres'"))
    owner.dispose()


@pytest.fixture
def kafka(transport, engine):
    """With every topic that our log has, as the operator makes them before."""
    transport.lay({topic["name"] for topic in topics()} - set(TOPICS))
    bus = transport.address.bus(engine)
    yield bus
    bus.close()


class Life:
    """Runs whose rounds are told one after the other, and a listener that notes a round out of its turn."""

    def __init__(self, notes, tenant: UUID, runs: int):
        self.notes, self.tenant, self.runs = notes, tenant, [uuid4() for _ in range(runs)]
        self.told, self.stop = 0, threading.Event()
        self.listeners = Listeners(SERVICE)
        self.listeners.on(RoundStarted)(write_the_round_down)

    def go_on(self) -> None:
        with acting_for(self.tenant):
            while not self.stop.is_set():
                self.tell_one_round()

    def tell_one_round(self) -> None:
        with self.notes.begin() as session:
            put_in_outbox(session, [RoundStarted(run_id=run, round=self.told) for run in self.runs])
        self.told += 1

    def written(self) -> list[str]:
        with acting_for(self.tenant), self.notes() as session:
            return list(session.scalars(select(Note.words)))


def write_the_round_down(started: RoundStarted, session) -> None:
    before = session.scalars(select(Note.words).where(Note.words.startswith(f"{started.run_id} "))).all()
    turn = "in turn" if len(before) == started.round else "out of turn"
    session.add(Note(words=f"{started.run_id} {started.round} {turn}"))
    session.flush()


@pytest.fixture
def life(notes, avi):
    return Life(notes, avi, runs=6)


@pytest.fixture
def two_workers(life, transport, engine, monkeypatch):
    """Two members of the group, each looking for the transport by itself."""
    monkeypatch.setitem(
        transports.TRANSPORTS, "kafka", lambda engine, service, options: transport.address.bus(engine)
    )
    stop = threading.Event()
    crew = [
        Worker(life.listeners, life.notes, EventTransport(engine, SERVICE, lease=LEASE), stop)
        for _ in range(2)
    ]
    threads = [threading.Thread(target=worker.run) for worker in crew]
    for thread in threads:
        thread.start()
    yield
    life.stop.set()
    stop.set()
    for thread in threads:
        thread.join(30)


def expected(life: Life) -> list[str]:
    return sorted(f"{run} {number} in turn" for run in life.runs for number in range(life.told))


def test_a_living_system_moves_without_a_gap_or_a_doubled_effect(life, two_workers, owner, kafka, engine):
    telling = threading.Thread(target=life.go_on)
    telling.start()
    until(lambda: len(life.written()) > 20)
    Migration(owner, kafka, print).run()
    moved_at = life.told
    until(lambda: life.told > moved_at + 20)
    life.stop.set()
    telling.join(20)
    until(lambda: len(life.written()) >= len(expected(life)))
    assert sorted(life.written()) == expected(life)
    with engine.connect() as connection:
        assert current_transport(connection) == "kafka"
        logged = connection.scalar(text("SELECT count(*) FROM event_log"))
        told = connection.scalar(text("SELECT sum(next_position) FROM log_partition"))
    assert logged < told == len(expected(life)) == sum(kafka.ends(["workshop.round"]).values())


def test_a_move_that_was_cut_off_goes_on_where_it_was(life, owner, kafka, engine, monkeypatch):
    log_some(life, engine, 40)
    lay, cut = kafka.lay, []

    def lay_once(events):
        if cut:
            raise ConnectionError("as if it had been killed here")
        cut.append(lay(events))
        return cut[0]

    monkeypatch.setattr(kafka, "lay", lay_once)
    with pytest.raises(ConnectionError):
        Migration(owner, kafka, print).run()
    monkeypatch.setattr(kafka, "lay", lay)
    Migration(owner, kafka, print).run()
    assert sum(kafka.ends(["workshop.round"]).values()) == 40 * len(life.runs)


def test_a_broker_that_stood_still_leaves_the_transport_as_it_was(life, owner, kafka, engine, monkeypatch):
    """It had taken everything, and answered in time for the beginning alone: the rest is sent again, and lies there twice."""
    log_some(life, engine, 10)
    with engine.connect() as connection:
        before = log_ends(connection)
    answers_for_the_beginning_alone(kafka, monkeypatch)
    with pytest.raises(CannotMigrate, match="delete the topics"):
        Migration(owner, kafka, print).run()
    with engine.connect() as connection:
        assert (current_transport(connection), log_ends(connection)) == ("postgres", before)
    reader = EventTransport(engine, SERVICE).subscribe(SERVICE, ["workshop.round"])
    assert len(everything(reader, 10 * len(life.runs))) == 10 * len(life.runs)
    reader.close()


def answers_for_the_beginning_alone(kafka, monkeypatch) -> None:
    """The first time that it is sent something."""
    send = kafka._send

    def too_late(events):
        laid, _ = send(events)
        monkeypatch.setattr(kafka, "_send", send)
        return laid[:3], KafkaTimeoutError()

    monkeypatch.setattr(kafka, "_send", too_late)


def test_a_relay_that_looks_while_the_road_changes_waits_and_sees_the_new_one(life, owner, kafka, engine):
    """Otherwise it could get the lock just after the change, and lay where nobody reads any more what it saw before."""
    with acting_for(life.tenant):
        life.tell_one_round()
    with owner.connect() as moving_on, ThreadPoolExecutor(1) as elsewhere:
        moving.hold_the_relays(moving_on)
        moving.change_the_road(moving_on)
        late = elsewhere.submit(relay_once, engine, SERVICE, PostgresEventBus(engine))
        until(lambda: moving_on.scalar(text(WAITING_FOR_THE_TRANSPORT)))
        moving_on.commit()
        assert late.result(30) == 0
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM event_log")) == 0


WAITING_FOR_THE_TRANSPORT = (
    "SELECT count(*) FROM pg_locks WHERE relation = 'transport'::regclass AND NOT granted"
)


def test_topics_that_hold_something_else_are_refused_and_nothing_changes(life, owner, kafka, engine):
    log_some(life, engine, 3)
    kafka.lay(others_with_the_same_keys(life))
    with pytest.raises(CannotMigrate, match="something else"):
        Migration(owner, kafka, print).run()
    with engine.connect() as connection:
        assert current_transport(connection) == "postgres"


def test_what_somebody_else_tells_meanwhile_keeps_the_road_as_it_was(life, owner, kafka, engine, monkeypatch):
    """A process that was forgotten on the new transport tells there, while the last events are copied."""
    log_some(life, engine, 3)
    hold = moving.hold_the_relays

    def while_relays_are_held(connection):
        hold(connection)
        move.copy(log_ends(connection))
        kafka.lay(others_with_the_same_keys(life))  # and it was killed before it could note what it had told

    monkeypatch.setattr(moving, "hold_the_relays", while_relays_are_held)
    move = Migration(owner, kafka, print)
    with pytest.raises(CannotMigrate, match="exactly our log"):
        move.run()
    with engine.connect() as connection:
        assert current_transport(connection) == "postgres"


def test_there_is_nothing_to_move_twice(life, owner, kafka, engine):
    Migration(owner, kafka, print).run()
    with pytest.raises(CannotMigrate, match="already"):
        Migration(owner, kafka, print).run()


def log_some(life: Life, engine, rounds: int) -> None:
    with acting_for(life.tenant):
        for _ in range(rounds):
            life.tell_one_round()
    while relay_once(engine, SERVICE, EventTransport(engine, SERVICE)):
        pass


def others_with_the_same_keys(life: Life) -> list[Outgoing]:
    return [
        Outgoing("workshop.round", f"{life.tenant}:{run}", {"ce_id": str(uuid4())}, b"{}")
        for run in life.runs
    ]
