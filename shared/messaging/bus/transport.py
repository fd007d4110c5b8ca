"""The transport of this installation's events, PostgreSQL's log or Kafka, and the change from one to the other on a living system.

One row in PostgreSQL says which it is, and infra/kafka/migrate_to_kafka.py changes it. Relays ask when they have published nothing, and
PostgreSQL's log takes nothing once it is not the transport; consumers ask while they are idle: nobody has to be restarted. Positions and
fencing are the same on both (shared/messaging/bus/member.py).
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, text

from shared.connecting import looking
from shared.messaging.bus import EventBus, OutboxScan, Outgoing, Record, Subscription
from shared.messaging.bus.postgres import PostgresEventBus
from shared.settings import NotConfigured, kafka_client_settings, setting

POSTGRES, KAFKA = "postgres", "kafka"

CURRENT = text("SELECT name FROM transport")
BEGIN = text("""
    INSERT INTO transport (name)
    SELECT CASE WHEN EXISTS (SELECT FROM event_log) THEN 'postgres' ELSE :wanted END
    WHERE NOT EXISTS (SELECT FROM transport) ON CONFLICT DO NOTHING""")


def choose_transport(connection: Connection) -> None:
    """Chooses for a new installation: Kafka where there is one. An installation whose log has events stays until it is migrated."""
    wanted = setting("TRANSPORT", KAFKA if setting("KAFKA", "") else POSTGRES)
    connection.execute(BEGIN, {"wanted": wanted})


def current_transport(connection: Connection) -> str:
    return connection.scalar(CURRENT) or POSTGRES


class EventTransport:
    """The event bus over the current transport, for one service. Make it after fork."""

    def __init__(self, engine: Engine, service: str, **options: Any):
        self.engine, self.service, self.options = engine, service, options
        self._lock = Lock()  # the relay and the consumer of a service share it, each in its own thread
        self._buses: dict[str, EventBus] = {}
        self._subscribed_to: str | None = None
        self._relays_to: str | None = None

    def publish(self, connection: Connection, events: Sequence[Outgoing]) -> int:
        return self._bus_of(current_transport(connection)).publish(connection, events)

    def relay(self, connection: Connection, service: str, at_most: int, window: int | None) -> OutboxScan:
        """Relays to the transport of the last events; asks which is current once nothing was published."""
        self._relays_to = self._relays_to or current_transport(connection)
        scan = self._bus_of(self._relays_to).relay(connection, service, at_most, window)
        if not scan.published:
            self._relays_to = None
        return scan

    def subscribe(self, group: str, topics: Sequence[str]) -> Subscription:
        self._subscribed_to = self._current()
        return self._bus_of(self._subscribed_to).subscribe(group, topics)

    def read(self, topic: str, partition: int, start: int, at_most: int) -> list[Record]:
        return self._bus_of(self._current()).read(topic, partition, start, at_most)

    def is_current(self) -> bool:
        return self._subscribed_to in (None, self._current())

    def close(self) -> None:
        with self._lock:
            for bus in self._buses.values():
                bus.close()
            self._buses = {}

    def _current(self) -> str:
        with looking(self.engine) as connection:
            return current_transport(connection)

    def _bus_of(self, name: str) -> EventBus:
        with self._lock:
            if name not in self._buses:
                self._buses[name] = TRANSPORTS[name](self.engine, self.service, self.options)
            return self._buses[name]


def on_postgres(engine: Engine, service: str, options: dict[str, Any]) -> EventBus:
    return PostgresEventBus(engine, **options)


def on_kafka(engine: Engine, service: str, options: dict[str, Any]) -> EventBus:
    from shared.messaging.bus.kafka import KafkaEventBus  # loaded only where there is a Kafka

    if not setting("KAFKA", ""):
        raise NotConfigured("This installation's events travel on Kafka: set POLKU_KAFKA=host:port.")
    return KafkaEventBus(engine, setting("KAFKA"), **kafka_client_settings(service), **options)


TRANSPORTS: dict[str, Callable[[Engine, str, dict[str, Any]], EventBus]] = {
    POSTGRES: on_postgres,
    KAFKA: on_kafka,
}
