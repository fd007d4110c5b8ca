"""The one interface of the event bus: in PostgreSQL on one machine, on Apache Kafka when it grows."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from sqlalchemy import Connection

PARTITIONS = 4
LEASE_SECONDS = 30.0


class Fenced(Exception):
    """Another member owns the partition now: the work is dropped, the transaction rolls back."""


class BusAway(ConnectionError):
    """The broker cannot be reached, or did not accept anything: nothing is lost, it is tried again."""


class EventsLost(BusAway):
    """The topic ends before the position that we had come to: what is told next would count as handled."""


@dataclass(frozen=True, slots=True)
class Record:
    """One event as it lies on the bus."""

    topic: str
    partition: int
    position: int
    key: str
    headers: dict[str, str]
    value: bytes

    @property
    def place(self) -> tuple[str, int]:
        return self.topic, self.partition


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One event on its way to the bus."""

    topic: str
    key: str
    headers: dict[str, str]
    value: bytes

    @property
    def partition(self) -> int:
        return zlib.crc32(self.key.encode()) % PARTITIONS


class OutboxScan(NamedTuple):
    """The state of an outbox, as its relay finds it: whether it is the active one, how many events wait (counted no further than to FEW + 1),
    whether they are of several organisations, and how many were published."""

    is_mine: bool
    waiting: int
    is_shared: bool
    published: int = 0


class EventBus(Protocol):
    """The interface of a bus, as relays and consumers need it."""

    def publish(self, connection: "Connection", events: Sequence[Outgoing]) -> int:
        """Publishes in order; returns the length of the durably accepted prefix. `connection` holds the outbox transaction.
        Raises BusAway when nothing was accepted."""

    def relay(self, connection: "Connection", service: str, at_most: int, window: int | None) -> OutboxScan:
        """Takes events out of the service's outbox and publishes them. Without a `window`: only if few wait, in the order in which
        they were told. With it every organisation gets its turn, and an organisation with many gets only so many before a reader
        (shared/messaging/bus/fair_relay.py). `connection` commits each statement; a bus that needs a transaction opens its own."""

    def subscribe(self, group: str, topics: Sequence[str]) -> "Subscription":
        """Joins the consumer group."""

    def read(self, topic: str, partition: int, start: int, at_most: int) -> list[Record]:
        """Returns records from position `start` on, outside of any group; none at the end."""

    def is_current(self) -> bool:
        """Returns whether subscriptions of this bus still receive events; False once the installation has another transport."""

    def close(self) -> None:
        """Closes its connections; what was accepted stays accepted."""


class Subscription(Protocol):
    """One member of a consumer group."""

    def poll(self, at_most: int) -> list[Record]:
        """Returns the next records of one partition from its committed position, in order; none when there is nothing."""

    def wait(self, seconds: float) -> bool:
        """Waits until there may be something to poll, at most so long; returns whether there may be."""

    def commit(self, record: Record, connection: "Connection") -> None:
        """Commits the position: everything up to and including this record is done. Raises Fenced when another member took over."""

    def attempt(self, record: Record) -> int:
        """Counts one more failed attempt at this record; returns how many there have been."""

    def pause(self, record: Record, seconds: float) -> None:
        """Polls nothing of the record's partition for so long."""

    def lag(self) -> dict[tuple[str, int], int]:
        """Returns how many events the group has not handled yet, by (topic, partition)."""

    def close(self) -> None:
        """Gives the partitions back."""
