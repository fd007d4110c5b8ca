"""Which sessions are in use, to the hour: kept in this process's memory, and written down together once the hour is over.

A row that is written at each visit has its moment, and a transaction number beside those of what the person does then
(docs/decisions/0075). What a process has not written down when it ends makes its sessions look an hour older than they are.
"""

from collections import defaultdict
from datetime import UTC, datetime
from threading import Lock
from typing import NamedTuple
from uuid import UUID


def this_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


class Ended(NamedTuple):
    """The sessions of an organisation that were used in an hour that is over."""

    tenant: UUID
    hour: datetime
    ids: set[UUID]


class InUse:
    """The sessions that have been used in the hour that goes on, by organisation."""

    def __init__(self) -> None:
        self._hour = this_hour()
        self._ids = defaultdict[UUID, set[UUID]](set)
        self._lock = Lock()

    def note(self, tenant: UUID, id: UUID) -> list[Ended]:
        """Remembers that the session is used; returns, once, what the hour before has left to be written down."""
        with self._lock:
            ended = self._begin_the_hour()
            self._ids[tenant].add(id)
        return ended

    def has(self, tenant: UUID, id: UUID) -> bool:
        """Whether the session was used in the last hour of which this process knows."""
        return id in self._ids.get(tenant, ())

    @property
    def hour(self) -> datetime:
        return self._hour

    def _begin_the_hour(self) -> list[Ended]:
        if (hour := this_hour()) == self._hour:
            return []
        ended = [Ended(tenant, self._hour, ids) for tenant, ids in self._ids.items()]
        self._hour, self._ids = hour, defaultdict(set)
        return ended


IN_USE = InUse()


def now() -> datetime:
    return datetime.now(UTC)
