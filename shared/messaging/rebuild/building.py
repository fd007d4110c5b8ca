"""Reading the log from its beginning and doing again what feeds the read models, in large batches.

Within a partition everything comes in its order; between partitions, as far as their clocks agree, in the order in which
it happened. What is a dead letter or was discarded is left out, as it is in the living tables; so is what nobody
can read, whose dead letter may have gone with its organisation.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import islice
from uuid import UUID

from sqlalchemy import Engine, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from shared.messaging.bus import EventBus, Record
from shared.messaging.events import Envelope, Undecodable, hearing, open_where_it_lies
from shared.messaging.listeners import Act, not_yet_done
from shared.messaging.messaging_tables import dead_letter, discarding, erased_tenant
from shared.messaging.rebuild.read_models import ReadModels
from shared.tenancy.rows import SAY_SO, erase_from, tables_of_organisations
from shared.tenancy.sessions import acting_for

AT_ONCE, READ_AT_ONCE = 8_000, 2_000  # events
Place = tuple[str, int]
Spot = tuple[str, int, int]
Progress = Callable[[int, int], None]
REFUSED = "42501"  # https://www.postgresql.org/docs/18/errcodes-appendix.html: insufficient_privilege


class NotByEventsAlone(RuntimeError):
    """A reaction that is declared to feed a read model tells events or schedules timers; that would be done twice."""


class Building:
    """One building of a service's read models: how far it has come, and whose rows it has written."""

    def __init__(self, models: ReadModels, living: Engine, sessions: sessionmaker[Session], bus: EventBus):
        self.models, self.living, self.sessions, self.bus = models, living, sessions, bus
        self.reached: dict[Place, int] = {}
        self.tenants: set[UUID] = set()
        self.left_out: set[Spot] = set()
        self.done = self.unreadable = 0
        self.types = models.types

    def up_to(self, ends: dict[Place, int], progress: Progress = lambda done, total: None) -> None:
        """Read on to these positions."""
        total = self.done + sum(end - self.reached.get(place, 0) for place, end in ends.items())
        coming = merge(*(self._records(place, end) for place, end in ends.items()), key=when)
        while batch := list(islice(coming, AT_ONCE)):
            self._take_in(batch)
            self.done += len(batch)
            progress(self.done, total)
        self.reached |= ends

    def catch_up_with_dead_letters(self) -> None:
        """Handles here, too, what was left out as a dead letter and has been handled since."""
        for topic, partition, position in sorted(self.left_out - self._laid_aside()):
            self._take_in(self.bus.read(topic, partition, position, 1))
            self.left_out.discard((topic, partition, position))

    def forget_the_erased(self) -> None:
        """Forgets organisations that were erased meanwhile: they were taken in before, and nobody would sweep here once the tables have changed places."""
        for tenant in self.tenants & self._erased():
            with acting_for(tenant), self.sessions.begin() as session:
                session.execute(SAY_SO)
                for table in tables_of_organisations(session.connection()):
                    if table in self.models.tables:
                        erase_from(table, None, session)

    def _records(self, place: Place, end: int) -> Iterator[Record]:
        position = self.reached.get(place, 0)
        while position < end:
            records = self.bus.read(*place, position, min(READ_AT_ONCE, end - position))
            if not records:
                raise LookupError(f"The log of {place} ends at {position}, before {end}: it is not whole.")
            yield from records
            position = records[-1].position + 1

    def _take_in(self, records: Iterable[Record]) -> None:
        aside, erased = self._laid_aside(), self._erased()
        by_tenant: dict[UUID, list[Act]] = defaultdict(list)
        for record in records:
            spot = (record.topic, record.partition, record.position)
            if spot in aside:
                self.left_out.add(spot)
            elif record.headers.get("ce_type") in self.types:
                self._sort(record, erased, by_tenant)
        for tenant, acts in by_tenant.items():
            self._do(tenant, acts)

    def _sort(self, record: Record, erased: set[UUID], by_tenant: dict) -> None:
        envelope = self._opened(record)
        if envelope is None:
            return
        for reaction in self.models.reactions_to(envelope):
            if erased.isdisjoint(reaction.concerns(envelope)):
                by_tenant[reaction.tenant(envelope)].append((reaction, envelope))

    def _opened(self, record: Record) -> Envelope | None:
        try:
            return open_where_it_lies(record)
        except Undecodable:  # the consumer has laid it aside, so it is in no read model
            self.unreadable += 1
            return None

    def _do(self, tenant: UUID, acts: list[Act]) -> None:
        self.tenants.add(tenant)
        try:
            with acting_for(tenant), self.sessions.begin() as session:
                for reaction, envelope in not_yet_done(acts, session):
                    with hearing(envelope):
                        reaction.do(envelope.event, session)
        except ProgrammingError as refusal:
            if getattr(refusal.orig, "sqlstate", None) == REFUSED:
                raise NotByEventsAlone(NotByEventsAlone.__doc__) from refusal
            raise

    def _laid_aside(self) -> set[Spot]:
        with self.living.connect() as connection:
            return {
                (row.topic, row.partition, row.position)
                for table in (dead_letter, discarding)
                for row in connection.execute(select(table.c.topic, table.c.partition, table.c.position))
            }

    def _erased(self) -> set[UUID]:
        with self.living.connect() as connection:
            return set(connection.scalars(select(erased_tenant.c.tenant_id)))


def when(record: Record) -> str:
    """ISO 8601 in UTC sorts as text; what has no time comes first."""
    return str(record.headers.get("ce_time", ""))


def handled(connection, service: str, topics: list[str], lock: bool = False) -> dict[Place, int]:
    """How far the living tables are; locked, they stay there until the end of the transaction."""
    rows = connection.execute(
        text(HANDLED + (" FOR UPDATE" if lock else "")), {"service": service, "topics": topics}
    )
    return {(row.topic, row.partition): row.committed for row in rows}


HANDLED = """
    SELECT topic, partition, committed FROM group_partition
    WHERE grp = :service AND topic = ANY(:topics) ORDER BY topic, partition"""
