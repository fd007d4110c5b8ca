"""The way from a commit to its effect in bare psycopg, as short as it can be made: the limit beside which ours is
measured. One event at a time, one statement a step, no fencing, no dead letters, no organisations, no traces."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from shared.messaging.bus.fair_relay import PARTITION_OF
from shared.messaging.bus.listen_connection import listening
from shared.migrations.event_log import LAY

GROUP = "workshop.bare"


@contextmanager
def bare_transport(engine: Engine, tenant: UUID, effects: SimpleQueue[float]) -> Iterator[None]:
    """Carries and hears what is told, in the name of `tenant`, and says when each effect was committed."""
    stop = threading.Event()
    relay = threading.Thread(target=tell, args=(engine, stop))
    consumer = threading.Thread(target=hear, args=(engine, tenant, effects, stop))
    relay.start(), consumer.start()
    try:
        effects.get(timeout=10)  # the consumer listens
        yield
    finally:
        stop.set()
        relay.join(10), consumer.join(10)


def connect(engine: Engine, autocommit: bool) -> psycopg.Connection:
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    path = "-c search_path=workshop,bus"
    return psycopg.connect(url, autocommit=autocommit, prepare_threshold=1, options=path)


def tell(engine: Engine, stop: threading.Event) -> None:
    with listening(engine, "outbox") as notifications, connect(engine, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        while not stop.is_set():
            list(notifications.notifies(timeout=0.5, stop_after=1))
            connection.execute(CARRY)


def hear(engine: Engine, tenant: UUID, effects: SimpleQueue[float], stop: threading.Event) -> None:
    with listening(engine, "event_log") as notifications, connect(engine, autocommit=False) as connection:
        connection.execute("SELECT set_config('app.tenant', %s, false)", [str(tenant)])
        connection.execute(SIGN_IN, [GROUP])
        connection.commit()
        effects.put(time.perf_counter())
        while not stop.is_set():
            list(notifications.notifies(timeout=0.5, stop_after=1))
            if found := connection.execute(NEXT, [GROUP]).fetchone():
                take_effect(connection, *found)
            connection.commit()
            if found:
                effects.put(time.perf_counter())


def take_effect(connection: psycopg.Connection, topic: str, partition: int, position: int, id: UUID) -> None:
    connection.execute("INSERT INTO inbox (event_id, listener) VALUES (%s, 'bare')", [id])
    connection.execute("INSERT INTO note (id, words) VALUES (gen_random_uuid(), 'x')")
    connection.execute(COMMIT, [position + 1, GROUP, topic, partition])


CARRY = f"""
    WITH moved AS (DELETE FROM outbox RETURNING *),
    come AS (SELECT topic, {PARTITION_OF.format(key="key")} AS partition, key, value, seq AS nr, headers FROM moved), {LAY}
    SELECT sum(number) FROM announced"""
SIGN_IN = """
    INSERT INTO group_partition (grp, topic, partition, committed)
    SELECT %s, topic, partition, next_position FROM log_partition"""
NEXT = """
    SELECT topic, partition, position, CAST(headers->>'ce_id' AS uuid)
    FROM group_partition JOIN event_log USING (topic, partition)
    WHERE grp = %s AND position = committed LIMIT 1"""
COMMIT = "UPDATE group_partition SET committed = %s WHERE (grp, topic, partition) = (%s, %s, %s)"
