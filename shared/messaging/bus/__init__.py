"""The one interface over the road that events travel: PostgreSQL on one machine, Apache Kafka when it grows."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from sqlalchemy import Connection

PARTITIONS = 4
LEASE_SECONDS = 30.0


class Fenced(Exception):
    """Another member owns the partition now: drop the work, the transaction rolls back."""


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


class Look(NamedTuple):
    """What a relay finds in its outbox: whether it is the active one, how many events wait (counted no further than to one
    more than few) and whether of several organisations; and how many have left."""

    is_mine: bool
    waiting: int
    is_shared: bool
    left: int = 0


class EventBus(Protocol):
    """What a relay and a consumer need of a bus."""

    def publish(self, connection: "Connection", events: Sequence[Outgoing]) -> int:
        """Publish in order; the length of the durably accepted prefix. `connection` holds the outbox transaction.
        Raises BusAway when nothing was accepted."""

    def carry(self, connection: "Connection", service: str, at_most: int, room: int | None) -> Look:
        """Take events out of the service's outbox and publish them. Without `room`: only if few wait, in the order of
        telling. With it every organisation gets its turn, and of who has much there may lie only so many before a reader
        (shared/messaging/bus/fair_relay.py). `connection` commits each statement; a road that needs more takes one of its own."""

    def subscribe(self, group: str, topics: Sequence[str]) -> "Subscription":
        """Become a member of the consumer group."""

    def read(self, topic: str, partition: int, start: int, at_most: int) -> list[Record]:
        """Records from position `start` on, outside of any group; empty at the end."""

    def still_leads(self) -> bool:
        """Whether subscriptions made by this bus still lead anywhere; False once the events travel another road."""

    def close(self) -> None:
        """Let go of connections; what was accepted stays accepted."""


class Subscription(Protocol):
    """One member of a consumer group."""

    def poll(self, at_most: int) -> list[Record]:
        """The next records of one partition from its committed position, in order; empty when there is nothing."""

    def wait(self, seconds: float) -> bool:
        """Waits until there may be something to poll, at most so long; returns whether there may be."""

    def commit(self, record: Record, connection: "Connection") -> None:
        """Everything up to and including this record is done; raises Fenced when another member took over."""

    def attempt(self, record: Record) -> int:
        """Count one more failed attempt at this record; how many there have been."""

    def pause(self, record: Record, seconds: float) -> None:
        """Leave the record's partition alone for a while."""

    def lag(self) -> dict[tuple[str, int], int]:
        """Events not yet handled by the group, by (topic, partition)."""

    def close(self) -> None:
        """Give the partitions back."""
