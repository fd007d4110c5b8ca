"""The consumer: brings events from the bus to a service's listeners, exactly once each and in the order of their key.

A batch of one partition is handled in one transaction per organisation; when that fails, event by event. What
cannot be decoded is a dead letter at once; what fails again and again becomes one after some attempts, later events
of its key are parked behind it, and a brake stops the partition when too many die in a row. While the database is
away nothing is given up: it is tried for ever.
"""

import logging
import traceback
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from shared.bus import EventBus, Fenced, Record
from shared.events import Envelope, Undecodable, open_envelope
from shared.listening import Listeners, Reaction, act, first_times
from shared.mechanisms import dead_letter
from shared.tenancy import acting_for

log = logging.getLogger(__name__)
BATCH, ATTEMPTS, BRAKE_AFTER, LONGEST_PAUSE = 200, 5, 5, 300.0
AWAY = (OperationalError, InterfaceError, ConnectionError)


@dataclass(frozen=True)
class Entry:
    """A record, the organisation its reactions act for, and those reactions."""

    record: Record
    tenant: UUID
    envelope: Any
    reactions: list[Reaction]


class Consumer:
    """One service's member of its consumer group."""

    def __init__(self, listeners: Listeners, open_session: sessionmaker[Session], bus: EventBus):
        self.listeners, self.open_session = listeners, open_session
        self.engine = open_session.kw["bind"]
        self.subscription = bus.subscribe(listeners.service, listeners.topics)
        self.deaths_in_a_row: Counter[tuple[str, int]] = Counter()

    def run_once(self) -> int:
        """Handle the next batch; how many records are behind us now."""
        try:
            records = self.subscription.poll(BATCH)
            return self._handle(records) if records else 0
        except Fenced:
            return 0

    def _handle(self, records: list[Record]) -> int:
        parked = self._blocked_keys(records)
        try:
            if not parked:
                return self._all_at_once(records)
        except (Fenced, *AWAY):
            raise
        except Exception as error:
            service, why = self.listeners.service, what_went_wrong(error)
            log.warning("%s: a batch failed and is handled event by event: %s", service, why)
        return self._one_by_one(records, parked)

    def _all_at_once(self, records: list[Record]) -> int:
        """Consecutive events of one organisation share a transaction."""
        done = 0
        for chunk in self._chunks(records):
            with acting_for(chunk[0].tenant), self.open_session.begin() as session:
                do_all(chunk, session)
                self.subscription.commit(chunk[-1].record, session.connection())
            done += len(chunk)
        return done

    def _chunks(self, records: list[Record]) -> list[list["Entry"]]:
        """By organisation; a record nobody reacts to rides along with the one before it."""
        entries: list[Entry] = []
        for record in records:
            envelope = self._opened(record)
            reactions = self.listeners.reactions_to(envelope) if envelope else []
            tenants = {reaction.tenant(envelope) for reaction in reactions if envelope}
            if len(tenants) > 1:
                raise ValueError("An event for several organisations is handled by itself.")
            usual = entries[-1].tenant if entries else tenant_of(record)
            entries.append(Entry(record, tenants.pop() if tenants else usual, envelope, reactions))
        return [list(chunk) for _, chunk in groupby(entries, key=lambda entry: entry.tenant)]

    def _opened(self, record: Record) -> Envelope | None:
        """The envelope, or None for an event that is none of our business."""
        if record.headers.get("ce_type", "?") not in self.listeners.types and record.headers.get("ce_type"):
            return None
        return open_envelope(record.headers, record.value)

    def _one_by_one(self, records: list[Record], blocked: set[str]) -> int:
        for done, record in enumerate(records):
            try:
                if record.key in blocked and record.headers.get("ce_type") in self.listeners.types:
                    self._lay_aside(record, "parked", "behind a dead letter of its key")
                else:
                    self._handle_one(record)
            except (Fenced, *AWAY):
                raise
            except Exception as error:
                if not self._give_up(record, error):
                    return done
                blocked.add(record.key)
            else:
                self.deaths_in_a_row[record.topic, record.partition] = 0
        return len(records)

    def _handle_one(self, record: Record) -> None:
        envelope = self._opened(record)
        if envelope:
            self.listeners.hear(envelope, self.open_session)
        with self.engine.begin() as connection:
            self.subscription.commit(record, connection)

    def _give_up(self, record: Record, error: Exception) -> bool:
        """Whether the record is behind us, as a dead letter; otherwise it is tried again after a pause."""
        attempts = self.subscription.attempt(record)
        place = (record.topic, record.partition)
        hopeless = isinstance(error, Undecodable) or attempts >= ATTEMPTS
        if not hopeless or self.deaths_in_a_row[place] >= BRAKE_AFTER:
            self.subscription.pause(record, min(0.1 * 2**attempts, LONGEST_PAUSE))
            log.warning("%s: %s waits: %s", self.listeners.service, place, what_went_wrong(error))
            return False
        self.deaths_in_a_row[place] += 1
        self._lay_aside(record, "dead", what_went_wrong(error))
        log.error(
            "%s: dead letter at %s %s: %s",
            self.listeners.service,
            place,
            record.position,
            what_went_wrong(error),
        )
        return True

    def _lay_aside(self, record: Record, state: str, reason: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(dead_letter).values(state=state, reason=reason, **columns(record)))
            self.subscription.commit(record, connection)

    def _blocked_keys(self, records: list[Record]) -> set[str]:
        keys = list({record.key for record in records})
        with self.engine.connect() as connection:
            return set(
                connection.scalars(select(dead_letter.c.key).where(dead_letter.c.key == func.any(keys)))
            )

    def wait(self, seconds: float) -> None:
        """Until there may be something to do."""
        self.subscription.wait(seconds)

    def close(self) -> None:
        self.subscription.close()


def do_all(chunk: list[Entry], session: Session) -> None:
    """Every reaction that has not been done before, with one look into the inbox for all of them."""
    acts = {
        (reaction.name, entry.envelope.id): (reaction, entry.envelope)
        for entry in chunk
        for reaction in entry.reactions
    }
    fresh = first_times(session, list(acts))
    for mark, (reaction, envelope) in acts.items():
        if mark in fresh:
            act(reaction, envelope, session)


def tenant_of(record: Record) -> UUID:
    """Any tenant will do for committing the position of an event that nobody here reacts to."""
    try:
        return UUID(record.headers.get("ce_tenantid", ""))
    except ValueError:
        return UUID(int=0)


def columns(record: Record) -> dict:
    return {
        name: getattr(record, name) for name in ("topic", "partition", "position", "key", "headers", "value")
    }


def what_went_wrong(error: Exception) -> str:
    """The kind of error and where: never its message, which could quote what people wrote."""
    if isinstance(error, Undecodable):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} at {where}"


def redrive(listeners: Listeners, open_session: sessionmaker[Session]) -> int:
    """Handle the dead and parked letters again, in order; stops at the first that fails. How many were settled."""
    engine, settled = open_session.kw["bind"], 0
    with engine.connect() as connection:
        letters = connection.execute(select(dead_letter).order_by("topic", "partition", "position")).all()
    for letter in letters:
        listeners.hear(open_envelope(letter.headers, bytes(letter.value)), open_session)
        with engine.begin() as connection:
            bury(connection, letter)
        settled += 1
    return settled


def bury(connection: Connection, letter) -> None:
    place = {name: getattr(letter, name) for name in ("topic", "partition", "position")}
    connection.execute(dead_letter.delete().filter_by(**place))
