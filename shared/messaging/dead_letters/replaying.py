"""Replays dead letters, key by key and in order. Replaying twice, or being killed and replaying again, does nothing twice.

A dead letter is handled and deleted under the lock of its key: an event that arrives meanwhile either is parked before the last
one goes, and is then handled with the others, or finds its key free (`shared.messaging.dead_letters.storing.park`).
"""

import time
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, sessionmaker

from shared.connecting import looking
from shared.messaging.consumer import AWAY, what_went_wrong
from shared.messaging.dead_letters.storing import DEAD, PARKED, hold_the_key
from shared.messaging.events import open_where_it_lies
from shared.messaging.listeners import Listeners
from shared.messaging.messaging_tables import dead_letter
from shared.problems import RuleBroken

SETTLED, FAILED = "settled", "failed"


class AnEarlierOneWaits(RuleBroken):
    """An earlier dead letter of the same key waits before this one. Replay the whole key, or discard the earlier one."""


class Replay:
    """Handles a service's dead letters again, by its own listeners."""

    def __init__(self, listeners: Listeners, open_session: sessionmaker[Session]):
        self.listeners, self.open_session = listeners, open_session
        self.engine = open_session.kw["bind"]

    def all(self, tenant: UUID | None = None) -> Iterator[str]:
        """Replays every key in turn; one that fails again holds up only those behind it."""
        for key in self._keys(tenant):
            yield from self.key(key)

    def _keys(self, tenant: UUID | None) -> list[str]:
        """Returns the keys, those least often tried first: a command that is cut short and begins again gets to the others, too."""
        tries, oldest = func.max(dead_letter.c.attempts), func.min(dead_letter.c.nr)
        ours = select(dead_letter.c.key).group_by("key").order_by(tries, oldest)
        if tenant:
            ours = ours.where(dead_letter.c.headers["ce_tenantid"].astext == str(tenant))
        with self.engine.connect() as connection:
            return list(connection.scalars(ours))

    def freed(self) -> Iterator[str]:
        """Replays what is parked behind nothing any more, because the dead one before it was settled alone or discarded."""
        heads = select(dead_letter.c.key, dead_letter.c.state).ext(distinct_on(dead_letter.c.key))
        head = heads.order_by(dead_letter.c.key, dead_letter.c.nr).subquery()
        with looking(self.engine) as connection:
            free = list(connection.scalars(select(head.c.key).where(head.c.state == PARKED)))
        for key in free:
            yield from self.parked(key)

    def key(self, key: str) -> Iterator[str]:
        """Replays a key in order until none is left, those included that are parked meanwhile, or until one fails again."""
        while outcome := self._first_of(key):
            yield outcome
            if outcome == FAILED:
                return

    def parked(self, key: str) -> Iterator[str]:
        """Replays those parked at the head of a key without a dead one before them."""
        while outcome := self._first_of(key, state=PARKED):
            yield outcome
            if outcome == FAILED:
                return

    def one(self, row: Row) -> str:
        """Replays this one alone; those behind it are left to the worker (`freed`)."""
        outcome = self._first_of(row.key, nr=row.nr)
        if outcome is None:
            raise AnEarlierOneWaits
        return outcome

    def _first_of(self, key: str, **wanted) -> str | None:
        """Settles the first of a key, if there is one and it is as wanted, in one transaction under the key's lock."""
        with self.engine.begin() as connection:
            hold_the_key(connection, key)
            row = first(connection, key)
            if row is None or any(getattr(row, name) != value for name, value in wanted.items()):
                return None
            return self._settle(row, connection)

    def _settle(self, row: Row, connection: Connection) -> str:
        try:
            self.listeners.hear(open_where_it_lies(row), self.open_session)
        except AWAY:
            raise
        except Exception as error:
            again = {"reason": what_went_wrong(error), "state": DEAD, "attempts": row.attempts + 1}
            connection.execute(update(dead_letter).filter_by(nr=row.nr).values(again))
            return FAILED
        connection.execute(dead_letter.delete().filter_by(nr=row.nr))
        return SETTLED


def first(connection: Connection, key: str) -> Row | None:
    ours = select(dead_letter).filter_by(key=key).order_by(dead_letter.c.nr).limit(1)
    return connection.execute(ours).one_or_none()


def tally(outcomes: Iterator[str], seconds: float) -> Counter[str]:
    """Goes on for about so many seconds; the next call can go on from there. Returns how many were settled and failed."""
    until, done = time.monotonic() + seconds, Counter[str]()
    for outcome in outcomes:
        done[outcome] += 1
        if time.monotonic() > until:
            break
    return done
