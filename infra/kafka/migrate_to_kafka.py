"""`python -m infra.kafka.migrate_to_kafka`: the events of a living installation move from PostgreSQL's log to Kafka.

The log is copied partition by partition into empty topics while everything goes on, so that an event's position is the
same in both. Then all relays are held for a moment, the rest is copied, and one row says that the transport is Kafka.
Members of consumer groups go on from the positions they have committed: no gap, no doubled effect. It may be killed at
any moment and started again: what is copied is found again and checked.
"""

import sys
from collections.abc import Callable

from sqlalchemy import Connection, Engine, create_engine, text

from shared.messaging.bus import BusAway, Outgoing, Record
from shared.messaging.bus.kafka import KafkaEventBus
from shared.messaging.bus.postgres import PostgresEventBus
from shared.messaging.bus.transport import KAFKA, current_transport
from shared.settings import SERVICES, database_url, kafka_client_settings, setting

AT_ONCE, FEW = 1000, 500
Place = tuple[str, int]


class CannotMigrate(RuntimeError):
    """The events stay where they are; the text says why, and what to do."""


class Migration:
    """Moves events from the log that `engine` (as owner) reaches to `kafka`; `say` is told how it goes."""

    def __init__(self, engine: Engine, kafka: KafkaEventBus, say: Callable[[str], None]):
        self.engine, self.kafka, self.say = engine, kafka, say
        self.log = PostgresEventBus(engine)
        self.copied: dict[Place, int] = {}

    def run(self) -> None:
        with self.engine.connect() as connection:
            if current_transport(connection) == KAFKA:
                raise CannotMigrate("The events travel on Kafka already; there is nothing to move.")
            ends = log_ends(connection)
        self.find_what_is_copied(ends)
        while (left := self.left(ends)) > FEW:
            self.say(f"{left} events to copy; everything goes on meanwhile.")
            self.copy(ends)
            ends = self.look()
        self.switch()

    def look(self) -> dict[Place, int]:
        with self.engine.connect() as connection:
            return log_ends(connection)

    def left(self, ends: dict[Place, int]) -> int:
        return sum(end - self.copied.get(place, 0) for place, end in ends.items())

    def find_what_is_copied(self, ends: dict[Place, int]) -> None:
        """A topic may hold the beginning of our log, from an attempt that was cut off, and nothing else."""
        self.copied = self.kafka.ends(sorted({topic for topic, _ in ends})) if ends else {}
        for place, there in self.copied.items():
            if there and self.last(self.kafka, place, there) != self.last(self.log, place, there):
                raise CannotMigrate(
                    f"Topic {place[0]} holds something else than our log. Delete the topics, make them anew, try again."
                )

    def last(self, bus: KafkaEventBus | PostgresEventBus, place: Place, there: int) -> str | None:
        found: list[Record] = bus.read(*place, there - 1, 1)
        return found[0].headers.get("ce_id") if found else None

    def copy(self, ends: dict[Place, int]) -> None:
        for place, end in sorted(ends.items()):
            while (start := self.copied.get(place, 0)) < end:
                self.copy_some(place, self.log.read(*place, start, min(AT_ONCE, end - start)))

    def copy_some(self, place: Place, records: list[Record]) -> None:
        outgoing = [Outgoing(place[0], record.key, record.headers, record.value) for record in records]
        if {event.partition for event in outgoing} != {place[1]}:
            raise CannotMigrate(f"{place} does not hold what belongs there; nothing has been switched.")
        laid = self.kafka.lay(outgoing)
        if laid != [(*place, record.position) for record in records[: len(laid)]]:
            raise CannotMigrate(
                f"Topic {place[0]} holds something twice: the broker stood still, and answered too late. Everything goes "
                "on through PostgreSQL; delete the topics, make them anew, try again."
            )
        self.copied[place] = self.copied.get(place, 0) + len(laid)

    def switch(self) -> None:
        """Holds all relays, copies the rest, compares, and changes the row. If it fails, everything goes on through PostgreSQL."""
        with self.engine.begin() as connection:
            hold_the_relays(connection)
            ends = log_ends(connection)
            self.say(f"{self.left(ends)} events left; relays are held.")
            self.copy(ends)
            self.compare(ends)
            change_the_road(connection)
            connection.execute(
                text("SELECT pg_notify('outbox', s) FROM unnest(CAST(:all AS text[])) s"),
                {"all": list(SERVICES)},
            )
            connection.execute(text("SELECT pg_notify('event_log', topic) FROM log_partition"))  # readers go
        self.say(f"{sum(ends.values())} events lie on Kafka, and that is where they travel from now on.")

    def compare(self, ends: dict[Place, int]) -> None:
        there = self.kafka.ends(sorted({topic for topic, _ in ends})) if ends else {}
        if different := {place: there[place] for place, end in ends.items() if there[place] != end}:
            raise CannotMigrate(
                f"Kafka does not hold exactly our log: {different}. Everything goes on through PostgreSQL; delete the "
                "topics, make them anew, try again."
            )


def log_ends(connection: Connection) -> dict[Place, int]:
    rows = connection.execute(text("SELECT topic, partition, next_position FROM log_partition"))
    return {(row.topic, row.partition): row.next_position for row in rows}


def hold_the_relays(connection: Connection) -> None:
    """The lock that a relay takes for each round (shared/messaging/bus/fair_relay.py), until our transaction ends."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(s, 7120)) FROM unnest(CAST(:all AS text[])) s"),
        {"all": list(SERVICES)},
    )


def change_the_road(connection: Connection) -> None:
    """A relay that looks just then could get the lock behind us and still see the old transport: it waits for the row that it
    reads with its look, so that it looks after us."""
    connection.execute(text("LOCK TABLE transport IN ACCESS EXCLUSIVE MODE"))
    connection.execute(text("UPDATE transport SET name = :kafka"), {"kafka": KAFKA})


def main() -> int:
    if not setting("KAFKA", ""):
        print(
            "Say where Kafka is: POLKU_KAFKA=host:port python -m infra.kafka.migrate_to_kafka",
            file=sys.stderr,
        )
        return 2
    engine = create_engine(
        database_url("polku_owner"), connect_args={"options": "-c search_path=bus"}, hide_parameters=True
    )
    kafka = KafkaEventBus(engine, setting("KAFKA"), **kafka_client_settings("admin"))
    try:
        Migration(engine, kafka, lambda sentence: print(sentence, flush=True)).run()
    except (CannotMigrate, BusAway) as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        kafka.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
