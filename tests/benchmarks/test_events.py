"""What the events cost: beside a request without them, a bare append, a consumer that does nothing, a bare Kafka client."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from statistics import median, quantiles
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from psycopg.types.json import Jsonb
from sqlalchemy import event, insert, text

from shared.contracts.workshop import RoundStarted
from shared.database import worker_engine_of
from shared.messaging.bus import Outgoing
from shared.messaging.bus.kafka import KafkaEventBus
from shared.messaging.bus.postgres import PostgresEventBus
from shared.messaging.consumer import BATCH, Consumer
from shared.messaging.events import envelope_for
from shared.messaging.listeners import Listeners
from shared.messaging.messaging_tables import outbox
from shared.messaging.outbox import put_in_outbox
from shared.messaging.relay import Relay, relaying
from shared.messaging.worker import Worker
from shared.settings import setting
from shared.tenancy.sessions import acting_for
from shared.web.acts import session
from shared.web.service import create_service
from shared.web.tokens import Caller
from tests.benchmarks.bare_transport import bare_transport
from tests.bus.conftest import open_kafka as open_kafka
from tests.bus.conftest import until
from tests.bus.transports import RealTransport
from tests.conftest import Door
from tests.kafka.conftest import ask_for_kafka
from tests.shared.conftest import SERVICE, Note, empty_the_bus
from tests.shared.conftest import bus as bus
from tests.shared.conftest import engine as engine
from tests.shared.conftest import notes as notes
from tests.shared.conftest import owner_of_tables as owner_of_tables
from tests.shared.test_web import notes_api

TOPIC = "workshop.round"
REQUESTS, EVENTS, TOLD_ALONE, IN_A_BLOCK, WARM, SINGLE = 300, 20_000, 400, 20, 12, 300


@pytest.fixture(scope="session")
def jars() -> None:
    """The broker that is measured is fetched and compiled as in life."""
    ask_for_kafka()


def a_row(key: str = "k") -> dict:
    row = envelope_for(RoundStarted(run_id=uuid4(), round=1), "workshop").as_row()
    return row | {"key": key}


def seconds_of(act) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def test_a_request_that_tells(bus, notes, engine, avi, ratio):
    """Turn about on one thread, so that both meet the same noise."""

    def door(telling: bool) -> Door:
        app = create_service(SERVICE, [notes_api], Listeners(SERVICE))
        if telling:

            @app.before_request
            def tell_as_well():
                put_in_outbox(session(), [RoundStarted(run_id=uuid4(), round=1)])

        return Door(SERVICE, app.test_client(), Caller(tenant=avi, subject=uuid4())).as_("participant")

    quiet, telling = door(False), door(True)
    spent: dict[str, list[float]] = {"quiet": [], "telling": []}
    for _ in range(REQUESTS):
        for name, through in (("quiet", quiet), ("telling", telling)):
            spent[name].append(
                seconds_of(lambda through=through: through.post("/notes/", json={"words": "x"}))
            )
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM outbox")) == REQUESTS
    without, with_it = median(spent["quiet"]), median(spent["telling"])
    told = f"{with_it * 1000:.1f} ms beside {without * 1000:.1f} ms"
    ratio("request with outbox / without, requests a second", without / with_it, ">= 0.75", told)


def test_the_relay_into_the_log(bus, engine, owner_of_tables, avi, ratio):
    rows = [a_row(str(number % 40)) for number in range(EVENTS)]
    bare = EVENTS / seconds_of(lambda: append_one_by_one_in_batches(owner_of_tables, rows))
    with relaying(engine, SERVICE, bus) as relay:
        for _ in range(WARM):  # a relay runs all day: its statements are prepared, as the client's are
            put_in_and_carry(owner_of_tables, relay, rows[:100])
        with owner_of_tables.begin() as connection:
            connection.execute(insert(outbox), rows)
        moved = list[int]()
        ours = EVENTS / seconds_of(lambda: moved.extend(carry_all(relay)))
    assert sum(moved) == EVENTS
    ratio(
        "relay into the log / batch append of one client",
        ours / bare,
        ">= 4",
        f"{ours:,.0f}/s of {bare:,.0f}/s",
    )


def put_in_and_carry(owner, relay: Relay, rows: list[dict]) -> None:
    with owner.begin() as connection:
        connection.execute(insert(outbox), rows)
    assert sum(carry_all(relay)) == len(rows)


def carry_all(relay: Relay) -> Iterator[int]:
    while published := relay.run_once().published:
        yield published


def append_one_by_one_in_batches(engine, rows: list[dict]) -> None:
    """What a client does that knows no set-based SQL: an INSERT an event, five hundred to a transaction."""
    append = "INSERT INTO event_log (topic, partition, position, key, headers, value) VALUES (%s, 0, %s, %s, %s, %s)"
    with engine.connect() as connection:
        bare = connection.connection.driver_connection
        bare.autocommit = False
        cursor = bare.cursor()
        for first in range(0, len(rows), 500):
            for number, row in enumerate(rows[first : first + 500], first):
                values = ("bare", number, row["key"], Jsonb(row["headers"]), row["value"])
                cursor.execute(append, values)
            bare.commit()


def fill(bus, engine, topic: str = TOPIC) -> None:
    """Events of forty runs, each under the key that its envelope says."""
    runs = [uuid4() for _ in range(40)]
    for first in range(0, EVENTS, 500):
        happened = [
            RoundStarted(run_id=runs[number % 40], round=number) for number in range(first, first + 500)
        ]
        rows = [envelope_for(one, "workshop").as_row() for one in happened]
        with engine.begin() as connection:
            bus.publish(connection, [Outgoing(**row | {"topic": topic}) for row in rows])


def test_consuming_with_the_inbox(bus, engine, notes, avi, ratio):
    """Turn about, a batch each, so that both meet the same noise."""
    fill(bus, engine)
    reader = bus.subscribe(f"{SERVICE}.does-nothing", [TOPIC])
    listeners = Listeners(SERVICE)
    heard: list[int] = []
    listeners.on(RoundStarted)(lambda started, session: heard.append(started.round))
    consumer = Consumer(listeners, notes, bus)
    bare, ours = list[float](), list[float]()
    while len(heard) < EVENTS:
        bare.append(seconds_of(lambda: do_nothing(reader, engine)))
        ours.append(seconds_of(consumer.run_once))
    reader.close(), consumer.close()
    assert len(heard) == EVENTS
    told = f"{BATCH / median(ours):,.0f}/s of {BATCH / median(bare):,.0f}/s"
    name = "consume with the inbox / consume without doing anything"
    ratio(name, median(bare) / median(ours), ">= 0.35", told)


def do_nothing(reader, engine) -> None:
    records = reader.poll(BATCH)
    with engine.begin() as connection:
        reader.commit(records[-1], connection)


@pytest.mark.parametrize("slower", [0, 2, 4], ids="{} ms longer".format)
def test_from_the_commit_to_its_effect(
    server, bus, engine, owner_of_tables, notes, avi, ratio, slower, request
):
    """One event at a time on a quiet system: commit, relay, reader, effect committed. Once on this disk, and once as if
    it had no cache that outlives a loss of power; beside durable commits, and beside the shortest transport there is."""
    let_it_come_to_rest(server)
    commits_take(server, slower)
    request.addfinalizer(lambda: commits_take(server, 0))
    effects, listeners = SimpleQueue[float](), Listeners(SERVICE)
    listeners.on(RoundStarted)(lambda started, session: session.add(Note(words="x")))
    bus.subscribe(SERVICE, [TOPIC]).close()  # its partitions are there
    with bare_transport(owner_of_tables, avi, effects):
        shortest, _ = beside_durable_commits(engine, notes, effects)
    empty_the_bus(owner_of_tables)
    say_when_committed(notes, effects)
    with at_work(Worker(listeners, notes, bus, threading.Event())):
        whole, bare = beside_durable_commits(engine, notes, effects)
    middle, late, commit = median(whole), quantiles(whole, n=100)[98], median(bare)
    where = f", {slower} ms disk" if slower else ""
    told = f"{middle * 1000:.1f} ms, a commit {commit * 1000:.1f} ms"
    ratio(f"commit to effect, median / two durable commits{where}", middle / (2 * commit), "<= 1", told)
    told = f"the shortest transport {median(shortest) * 1000:.1f} ms"
    ratio(f"commit to effect, median / bare psycopg{where}", middle / median(shortest), "<= 3", told)
    told = f"{late * 1000:.1f} ms"
    ratio(f"commit to effect, p99 / four medians{where}", late / (4 * middle), "<= 1", told)


def beside_durable_commits(engine, notes, effects: SimpleQueue[float]) -> tuple[list[float], list[float]]:
    """Turn about with blocks of them, of which only the first can still meet a worker that is not asleep yet."""
    bare, whole = list[float](), list[float]()
    for _ in range(TOLD_ALONE // IN_A_BLOCK):
        whole += [from_commit_to_effect(notes, effects) for _ in range(IN_A_BLOCK)]
        bare += [seconds_of(lambda: durable_commit(engine)) for _ in range(IN_A_BLOCK)]
    return whole, bare


def let_it_come_to_rest(server) -> None:
    """What earlier tests left behind would otherwise be swept up in the background."""
    database = setting("DATABASE").rpartition("/")[2]
    with server.connect(database) as connection:
        for step in ("VACUUM ANALYZE", "CHECKPOINT"):
            connection.execute(step)


def commits_take(server, longer: int) -> None:
    """Milliseconds that PostgreSQL waits before it flushes a commit, also for a single one
    (https://www.postgresql.org/docs/18/runtime-config-wal.html#GUC-COMMIT-DELAY)."""
    with server.connect() as connection:
        connection.autocommit = True
        connection.execute("ALTER SYSTEM SET commit_siblings = 0")
        connection.execute(f"ALTER SYSTEM SET commit_delay = {longer * 1000}")
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def at_work(worker: Worker):
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        until(lambda: worker.is_ready)
        yield
    finally:
        worker.stop.set()
        thread.join(30)


def from_commit_to_effect(notes, effects: SimpleQueue[float]) -> float:
    with notes.begin() as opened:
        put_in_outbox(opened, [RoundStarted(run_id=uuid4(), round=1)])
    began = time.perf_counter()
    return effects.get(timeout=10) - began


def test_one_organisation_beside_anothers_fifty_thousand(
    server, bus, engine, owner_of_tables, notes, avi, kela, ratio
):
    """Failure case 19: kela imports fifty thousand events of fifty runs while avi goes on telling one at a time."""
    fill(bus, engine, "workshop.of-old")  # or PostgreSQL plans to read a log of no length through
    let_it_come_to_rest(server)
    heard, listeners = {}, Listeners(SERVICE)

    @listeners.on(RoundStarted)
    def note_when(started, session):
        session.add(Note(words="x"))
        if started.round < 0:
            heard[started.round] = time.perf_counter()

    worker = Worker(listeners, notes, bus, threading.Event())
    with at_work(worker):
        run = uuid4()
        quiet = [seconds_until_heard(notes, run, -number, heard) for number in range(1, SINGLE + 1)]
        with owner_of_tables.begin() as connection:
            connection.execute(insert(outbox), imported_by(kela, 50_000))
        beside = [
            seconds_until_heard(notes, run, -number, heard) for number in range(SINGLE + 1, 2 * SINGLE + 1)
        ]
        with engine.connect() as connection:
            left = connection.scalar(text("SELECT count(*) FROM outbox"))
    assert left, "The import was over before the last single event was told: nothing was shown."
    calm, loud = quantiles(quiet, n=20)[18], quantiles(beside, n=20)[18]
    told = f"{loud * 1000:.0f} ms beside {calm * 1000:.0f} ms, {left:,} still waiting"
    ratio("p95 beside another's 50,000 events / quiet p95", loud / calm, "<= 3", told)


def imported_by(tenant, count: int) -> list[dict]:
    """Fifty runs, one round after the other."""
    with acting_for(tenant):
        started = [RoundStarted(run_id=uuid4(), round=1) for _ in range(50)]
        rows = [envelope_for(one, "workshop").as_row() for one in started]
    whose = [rows[number % len(rows)] for number in range(count)]
    return [row | {"headers": row["headers"] | {"ce_id": str(uuid4())}} for row in whose]


def seconds_until_heard(notes, run, number: int, heard: dict[int, float]) -> float:
    with notes.begin() as opened:
        put_in_outbox(opened, [RoundStarted(run_id=run, round=number)])
    told = time.perf_counter()
    until(lambda: number in heard, look_every=0.001)
    return heard[number] - told


def say_when_committed(notes, effects: SimpleQueue[float]) -> None:
    """After PostgreSQL has said so, and of the worker alone."""

    @event.listens_for(notes, "after_commit")
    def look(session):
        if threading.current_thread().name.startswith(SERVICE):
            effects.put(time.perf_counter())


def durable_commit(engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO inbox (event_id, listener) VALUES (gen_random_uuid(), 'bare')"))


def work_until_killed(ready) -> None:
    worker_engine_of.cache_clear()
    from tests.shared.conftest import worker_sessions_of

    worker_sessions_of.cache_clear()
    listeners = Listeners(SERVICE)
    listeners.on(RoundStarted)(lambda started, session: ready.set())
    Worker(
        listeners,
        worker_sessions_of(SERVICE),
        PostgresEventBus(worker_engine_of(SERVICE), lease=2.0),
        threading.Event(),
    ).run()


def test_taking_over_from_the_dead(bus, engine, notes, avi, ratio):
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    victim = spawn.Process(target=work_until_killed, args=(ready,))
    victim.start()
    put_on_the_bus(bus)
    assert ready.wait(60)
    heir = bus.subscribe(SERVICE, [TOPIC])
    os.kill(victim.pid, signal.SIGKILL)
    victim.join(20)
    spent = seconds_of(lambda: until(lambda: heir.poll(1) is not None and len(heir.epochs) == 4))
    heir.close()
    ratio(
        "take-over after kill -9, leases",
        spent / bus.lease,
        "<= 1.5",
        f"{spent:.1f} s, lease {bus.lease:.0f} s",
    )


def put_on_the_bus(bus) -> None:
    row = envelope_for(RoundStarted(run_id=uuid4(), round=1), "workshop").as_row()
    with bus.engine.begin() as connection:
        bus.publish(connection, [Outgoing(**row)])


def test_the_kafka_adapter(engine, open_kafka, bus, avi, ratio):
    """The same events by the same client library, alone and through the adapter with its books in PostgreSQL; both have
    connected and begun before the clock runs."""
    transport = RealTransport(open_kafka)
    ours, bare = KafkaEventBus(engine, transport.address.bootstrap), bare_producer(transport)
    rows = [a_row(str(number % 40)) for number in range(EVENTS)]
    events = [Outgoing(TOPIC, row["key"], row["headers"], row["value"]) for row in rows]
    publish_bare(bare, events[:500]), publish_ours(ours, events[:500])
    sent_bare = EVENTS / seconds_of(lambda: publish_bare(bare, events))
    sent_ours = EVENTS / seconds_of(lambda: publish_ours(ours, events))
    bare.close()
    told = f"{sent_ours:,.0f}/s of {sent_bare:,.0f}/s"
    ratio("Kafka: publish through the adapter / bare producer", sent_ours / sent_bare, ">= 0.8", told)
    total = sum(ours.ends([TOPIC]).values())
    consumer = bare_consumer(transport)
    read_bare = total / seconds_of(lambda: read_all_bare(consumer, total - 1))
    reader = ours.subscribe(SERVICE, [TOPIC])
    until(lambda: reader.wait(0.1) or len(reader.epochs) == 4)
    read_ours = total / seconds_of(lambda: read_all(reader, total))
    told = f"{read_ours:,.0f}/s of {read_bare:,.0f}/s"
    ratio("Kafka: consume through the adapter / bare consumer", read_ours / read_bare, ">= 0.8", told)
    reader.close()
    ours.close()


def bare_producer(transport) -> KafkaProducer:
    return KafkaProducer(
        bootstrap_servers=transport.address.bootstrap,
        acks="all",
        linger_ms=1,
        batch_size=64 * 1024,
        metrics_enabled=False,
    )


def publish_bare(producer: KafkaProducer, events: list[Outgoing]) -> None:
    for first in range(0, len(events), 500):
        for one in events[first : first + 500]:
            headers = [(name, value.encode()) for name, value in one.headers.items()]
            producer.send(one.topic, one.value, one.key.encode(), headers, partition=one.partition)
        producer.flush()


def publish_ours(bus: KafkaEventBus, events: list[Outgoing]) -> None:
    for first in range(0, len(events), 500):
        with bus.engine.begin() as connection:
            assert bus.publish(connection, events[first : first + 500]) == len(events[first : first + 500])


def bare_consumer(transport) -> KafkaConsumer:
    """It has read one record."""
    settings = {"auto_offset_reset": "earliest", "metrics_enabled": False}
    consumer = KafkaConsumer(bootstrap_servers=transport.address.bootstrap, **settings)
    consumer.assign([TopicPartition(TOPIC, partition) for partition in range(4)])
    until(lambda: consumer.poll(1000, 1))
    return consumer


def read_all_bare(consumer: KafkaConsumer, total: int) -> None:
    seen = 0
    while seen < total:
        seen += sum(len(records) for records in consumer.poll(1000, BATCH).values())
    consumer.close()


def read_all(reader, total: int) -> None:
    seen = 0
    while seen < total:
        records = reader.poll(BATCH)
        if records:
            with reader.engine.begin() as connection:
                reader.commit(records[-1], connection)
            seen += len(records)
        else:
            reader.wait(0.1)
    assert sum(reader.lag().values()) == 0
