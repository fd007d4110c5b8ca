"""Which road the events of this installation travel, and the change from one to the other on a living system.

One row in PostgreSQL says it, and infra/kafka/migrate_to_kafka.py changes it. Relays look when nothing has left, and PostgreSQL's log takes
nothing once it is not the road; consumers look while they are idle: nobody has to be restarted. Positions and fencing are
the same on both roads (shared/messaging/bus/member.py).
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, text

from shared.connecting import looking
from shared.messaging.bus import EventBus, Look, Outgoing, Record, Subscription
from shared.messaging.bus.postgres import PostgresEventBus
from shared.settings import NotConfigured, kafka_client_settings, setting

POSTGRES, KAFKA = "postgres", "kafka"

LOOK = text("SELECT name FROM road")
BEGIN = text("""
    INSERT INTO road (name)
    SELECT CASE WHEN EXISTS (SELECT FROM event_log) THEN 'postgres' ELSE :wanted END
    WHERE NOT EXISTS (SELECT FROM road) ON CONFLICT DO NOTHING""")


def begin(connection: Connection) -> None:
    """A new installation with a Kafka begins on Kafka; one whose log has events stays until it is moved."""
    wanted = setting("ROAD", KAFKA if setting("KAFKA", "") else POSTGRES)
    connection.execute(BEGIN, {"wanted": wanted})


def in_force(connection: Connection) -> str:
    return connection.scalar(LOOK) or POSTGRES


class Road:
    """The bus of the road in force; a member of `service` on it. Make it after fork."""

    def __init__(self, engine: Engine, service: str, **options: Any):
        self.engine, self.service, self.options = engine, service, options
        self._lock = Lock()  # the relay and the consumer of a service share it, each in its own thread
        self._buses: dict[str, EventBus] = {}
        self._subscribed_at: str | None = None
        self._carries_on: str | None = None

    def publish(self, connection: Connection, events: Sequence[Outgoing]) -> int:
        return self._lead(in_force(connection)).publish(connection, events)

    def carry(self, connection: Connection, service: str, at_most: int, room: int | None) -> Look:
        """On the road that was in force when something last left; PostgreSQL's log takes nothing once it is not."""
        self._carries_on = self._carries_on or in_force(connection)
        found = self._lead(self._carries_on).carry(connection, service, at_most, room)
        if not found.left:
            self._carries_on = None
        return found

    def subscribe(self, group: str, topics: Sequence[str]) -> Subscription:
        self._subscribed_at = self._now()
        return self._lead(self._subscribed_at).subscribe(group, topics)

    def read(self, topic: str, partition: int, start: int, at_most: int) -> list[Record]:
        return self._lead(self._now()).read(topic, partition, start, at_most)

    def still_leads(self) -> bool:
        return self._subscribed_at in (None, self._now())

    def close(self) -> None:
        with self._lock:
            for bus in self._buses.values():
                bus.close()
            self._buses = {}

    def _now(self) -> str:
        with looking(self.engine) as connection:
            return in_force(connection)

    def _lead(self, name: str) -> EventBus:
        with self._lock:
            if name not in self._buses:
                self._buses[name] = ROADS[name](self.engine, self.service, self.options)
            return self._buses[name]


def on_postgres(engine: Engine, service: str, options: dict[str, Any]) -> EventBus:
    return PostgresEventBus(engine, **options)


def on_kafka(engine: Engine, service: str, options: dict[str, Any]) -> EventBus:
    from shared.messaging.bus.kafka import KafkaEventBus  # who has no Kafka need not load its client

    if not setting("KAFKA", ""):
        raise NotConfigured("This installation's events travel on Kafka: set POLKU_KAFKA=host:port.")
    return KafkaEventBus(engine, setting("KAFKA"), **kafka_client_settings(service), **options)


ROADS: dict[str, Callable[[Engine, str, dict[str, Any]], EventBus]] = {
    POSTGRES: on_postgres,
    KAFKA: on_kafka,
}
