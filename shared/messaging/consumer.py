"""The consumer brings events from the bus to a service's listeners, exactly once each and in the order of their key.

A batch of one partition is handled in one transaction per organisation; when that fails, event by event. What cannot be decoded
is a dead letter at once; what fails again and again becomes one after some attempts, and later events of its key are parked behind
it. The partition is halted when too many fail with no success in between. While the database is away everything is tried for ever.
"""

import logging
import traceback
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session, sessionmaker

from shared.messaging.batch_telemetry import handling
from shared.messaging.bus import EventBus, Fenced, Record
from shared.messaging.dead_letters import partition_halt
from shared.messaging.dead_letters.storing import add_dead_letter, blocked_keys, is_of_an_erased, park
from shared.messaging.events import Envelope, Undecodable, may_tell_its_moment, open_where_it_lies
from shared.messaging.listeners import Act, DeadLettersWait, Listeners, do_all
from shared.telemetry.metrics import failed_attempt
from shared.tenancy.sessions import acting_for

log = logging.getLogger(__name__)
BATCH, ATTEMPTS, HALT_AFTER = 200, 5, 5
LONGEST_PAUSE, HALT_PAUSE = 300.0, 15.0  # a halted partition that is resumed goes on within its pause
AWAY = (OperationalError, InterfaceError, NoConnectionFree, ConnectionError)


@dataclass(slots=True)
class Entry:
    """A record, the organisation for which we act because of it, and what there is to do about it."""

    record: Record
    tenant: UUID
    acts: list[Act]


class Consumer:
    """One service's member of its consumer group."""

    def __init__(self, listeners: Listeners, open_session: sessionmaker[Session], bus: EventBus):
        self.listeners, self.open_session = listeners, open_session
        self.engine = open_session.kw["bind"]
        self.subscription = bus.subscribe(listeners.service, listeners.topics)
        self.types = listeners.types
        self.deaths_in_a_row: Counter[tuple[str, int]] = Counter()
        self._found_some, self._at_most = False, BATCH

    def run_once(self) -> int:
        """Handles the next batch; returns how many records are done with."""
        self._found_some = False
        try:
            records = self.subscription.poll(self._at_most)
            self._found_some = bool(records)
            with handling(self.listeners.service, records) as took:
                done = took(self._handle(records)) if records else 0
        except Fenced:  # perhaps the batch took longer than a lease: who comes after us would meet the same
            self._at_most = max(1, self._at_most // 4)
            return 0
        self._at_most = min(BATCH, self._at_most * 2) if done else self._at_most
        return done

    def _handle(self, records: list[Record]) -> int:
        """Handles the batch in one transaction per organisation; after a failure, event by event."""
        done = 0
        try:
            for tenant, chunk in self._chunks(records):
                self._in_one_transaction(tenant, chunk)
                done += len(chunk)
        except (Fenced, *AWAY):
            raise
        except DeadLettersWait:
            pass
        except Exception as error:
            service, why = self.listeners.service, what_went_wrong(error)
            log.warning("%s: a batch failed and is handled event by event: %s", service, why)
        rest = records[done:]
        return done + (self._one_by_one(rest, self._blocked(rest)) if rest else 0)

    def _chunks(self, records: list[Record]) -> list[tuple[UUID, list[Entry]]]:
        """Groups consecutive events of one organisation, which share a transaction."""
        entries = self._entries(records)
        return [(tenant, list(chunk)) for tenant, chunk in groupby(entries, key=attrgetter("tenant"))]

    def _entries(self, records: list[Record]) -> list[Entry]:
        """Makes the entries; a record that nobody reacts to belongs to the organisation of the one before it."""
        entries, tenant = list[Entry](), tenant_of(records[0])
        for record in records:
            envelope = self._opened(record)
            acts = self.listeners.acts_on(envelope) if envelope else []
            tenant = tenant_of_all(acts) if acts else tenant
            entries.append(Entry(record, tenant, acts))
        return entries

    def _opened(self, record: Record) -> Envelope | None:
        """Returns the envelope, or None for an event that this service does not listen to."""
        kind = record.headers.get("ce_type")
        if kind and kind not in self.types:
            return None
        return open_where_it_lies(record)

    def _in_one_transaction(self, tenant: UUID, chunk: list[Entry]) -> None:
        acts = [act for entry in chunk for act in entry.acts]
        with acting_for(tenant), self.open_session.begin() as session:
            ran = do_all(acts, session, {entry.record.key for entry in chunk})
            self.subscription.commit(chunk[-1].record, session.connection())
        if ran:
            self.deaths_in_a_row.pop(chunk[-1].record.place, None)

    def _blocked(self, records: list[Record]) -> set[str]:
        with self.engine.connect() as connection:
            return blocked_keys(connection, {record.key for record in records})

    def _one_by_one(self, records: list[Record], blocked: set[str]) -> int:
        for done, record in enumerate(records):
            try:
                if not (record.key in blocked and self._park(record)):
                    self._handle_one(record)
            except (Fenced, *AWAY):
                raise
            except Exception as error:
                others_wait = any(tenant_of(later) != tenant_of(record) for later in records[done + 1 :])
                if not self._give_up(record, error, others_wait):
                    return done
                blocked.add(record.key)
        return len(records)

    def _handle_one(self, record: Record) -> None:
        envelope = self._opened(record)
        if envelope and self.listeners.hear(envelope, self.open_session):
            self.deaths_in_a_row.pop(record.place, None)
        with self.engine.begin() as connection:
            self.subscription.commit(record, connection)

    def _park(self, record: Record) -> bool:
        """Parks it behind the dead letters of its key; returns False when they have just been handled, or when we do not listen to it."""
        if record.headers.get("ce_type") not in self.types:
            return False
        with self.engine.begin() as connection:
            parked = park(connection, record)
            if parked:
                self.subscription.commit(record, connection)
        return parked

    def _give_up(self, record: Record, error: Exception, others_wait: bool) -> bool:
        """Makes the record a dead letter and returns True, or pauses its partition and returns False. What nobody can read says nothing
        about our listeners, and does not halt the partition."""
        attempts, why = self.subscription.attempt(record), what_went_wrong(error)
        failed_attempt(self.listeners.service)
        unreadable, hopeless = isinstance(error, Undecodable), attempts >= ATTEMPTS
        if not unreadable and (not hopeless or self._is_halted(record, why, others_wait)):
            longest = LONGEST_PAUSE if not hopeless else HALT_PAUSE
            self.subscription.pause(record, min(0.1 * 2 ** min(attempts, 20), longest))
            log.warning("%s: %s waits: %s", self.listeners.service, record.place, why)
            return False
        self.deaths_in_a_row[record.place] += not unreadable
        if unreadable and self._belongs_to_the_erased(record):
            return True
        self._dead_letter(record, why, attempts)
        log.error("%s: dead letter at %s: %s", self.listeners.service, where(record), why)
        return True

    def _belongs_to_the_erased(self, record: Record) -> bool:
        """Passes over what nobody can read of an organisation that was erased, as all else of it; returns whether it did."""
        with self.engine.begin() as connection:
            gone = is_of_an_erased(connection, record)
            if gone:
                self.subscription.commit(record, connection)
        return gone

    def _is_halted(self, record: Record, why: str, others_wait: bool) -> bool:
        """Returns whether the partition is halted: after some failures in a row it is, also over a restart, until it is resumed. It is not
        while only one organisation's events fail and another's wait behind them: they share the partition, not the fault."""
        with self.engine.begin() as connection:
            if others_wait and not partition_halt.several_die_here(connection, record, HALT_AFTER):
                return False
            if self.deaths_in_a_row[record.place] >= HALT_AFTER:
                partition_halt.halt(connection, record, why)
            if partition_halt.was_resumed(connection, record):
                self.deaths_in_a_row[record.place] = 0
            return partition_halt.is_halted(connection, record)

    def _dead_letter(self, record: Record, why: str, attempts: int) -> None:
        with self.engine.begin() as connection:
            add_dead_letter(connection, record, why, attempts)
            self.subscription.commit(record, connection)

    def wait(self, seconds: float) -> bool:
        """Waits until there may be something to do, at most so long; returns whether there may be. After a failed batch only its own
        partition pauses."""
        return self._found_some or self.subscription.wait(seconds)

    def close(self) -> None:
        self.subscription.close()


def where(record: Record) -> str:
    """Returns the place for a log line. A line has the second, so of what may be an anonymous act it does not say which one."""
    which = f" {record.position}" if may_tell_its_moment(record.headers.get("ce_type")) else ""
    return f"{record.place}{which}"


def tenant_of(record: Record) -> UUID:
    """Returns the organisation of a record; any will do for committing the position of an event that nobody here reacts to."""
    try:
        return UUID(record.headers.get("ce_tenantid", ""))
    except ValueError:
        return UUID(int=0)


def tenant_of_all(acts: list[Act]) -> UUID:
    """Returns the one organisation for which we act because of an event; raises ValueError for several."""
    tenant, *others = [reaction.tenant(envelope) for reaction, envelope in acts]
    if any(other != tenant for other in others):
        raise ValueError("An event for several organisations is handled by itself.")
    return tenant


def what_went_wrong(error: Exception) -> str:
    """Returns the kind of error and where it happened, never its message, which could quote what people wrote."""
    if isinstance(error, Undecodable):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} at {where}"
