"""Ends keys that belong to nothing: made in a transaction that was rolled back or cut off, or left behind by an end that was.

A file is there from the moment on in which it is made, its owner only when the transaction commits; and who is told that a
commit failed cannot know that it did. So nobody destroys a key at a rollback: a day after something of an organisation was let go, a
service looks at the keys of that organisation that are older than a day, and destroys what nothing owns. Whoever starts it with another database finds none of
these timers in it, and destroys nothing.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.messaging.listeners import Listeners
from shared.messaging.scheduling import schedule
from shared.privacy.keys import OWNERS, KeyName, keys_of
from shared.tenancy.sessions import tenant_of

log = logging.getLogger(__name__)
TIMER = "unowned_keys_end"
LONGEST_TRANSACTION = timedelta(days=1)
Owned = Callable[[Iterable[KeyName], Session], set[KeyName]]


def end_unowned_keys(listeners: Listeners, owned: Owned) -> None:
    """Declares how a service tells which of these keys belong to something that is there."""

    @listeners.when_due(TIMER)
    def end_keys_without_an_owner(about: Any, session: Session) -> None:
        keys, made_at = keys_of(listeners.service), dict(keys_of(listeners.service).of(tenant_of(session)))
        unowned = made_at.keys() - owned(made_at, session)
        old = {name for name in unowned if made_at[name] < datetime.now(UTC) - LONGEST_TRANSACTION}
        if old:
            log.warning("%s: %d keys that belong to nothing are destroyed", listeners.service, len(old))
        for name in sorted(old):
            keys.destroy(name)
        if unowned - old:
            look_for_unowned_keys(session)


def look_for_unowned_keys(session: Session) -> None:
    """Has the service's keys of this organisation looked at in a day, where the service has any."""
    if session.info["service"] in OWNERS:
        schedule(session, datetime.now(UTC) + LONGEST_TRANSACTION, TIMER, tenant_of(session))


def owned_by(column: Any, *conditions: Any) -> Owned:
    """A key is owned by the row whose `column` is its owner and which meets the conditions."""

    def owned(names: Iterable[KeyName], session: Session) -> set[KeyName]:
        theirs = select(column).where(column.in_({name.owner for name in names}), *conditions)
        there = set(session.scalars(theirs))
        return {name for name in names if name.owner in there}

    return owned
