"""Forgetting an organisation: each service erases every row of it, answers, and passes over whatever is told of it later.

`listeners.py` of a service says `forget_the_erased(listeners, TenantErased, SurveyForgot)`. The announcement leaves a
tombstone in the service's schema, which the consumer asks before it handles anything; the rows go in steps by an
timer, children before their parents, whatever tables there are. A request or a timer that was under way may have
written after its table was emptied, so it is swept once more when all those must have ended.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.messaging.events import Event
from shared.messaging.listeners import Listeners
from shared.messaging.outbox import put_in_outbox
from shared.messaging.scheduling import schedule
from shared.messaging.tombstones import count_erased, mark_erased
from shared.privacy.keys import keys_of
from shared.tenancy.rows import SAY_SO, erase_from, tables_of_organisations
from shared.tenancy.sessions import tenant_of

FORGETTING, SWEEPING = "forget_the_organisation", "sweep_once_more"
AT_MOST = 20_000  # rows a transaction
SWEPT_AFTER = timedelta(minutes=10)
Erased = Callable[[Session], int]


def forget_the_erased(
    listeners: Listeners, erased: type[Event], answer: type[Event], also: Erased = lambda session: 0
) -> None:
    """Let a service forget organisations: `also` erases what lies outside the organisation's own rows, and counts it."""

    @listeners.on(erased, of_the_erased=True)
    def forget_the_organisation(happened: Any, session: Session) -> None:
        if mark_erased(session, happened.consultancy_id):
            schedule(session, now(), FORGETTING, tenant_of(session))

    @listeners.when_due(FORGETTING)
    def erase_the_next_rows(tenant: UUID, session: Session) -> None:
        gone = erase_some(session, answer) + also(session)
        tomb = count_erased(session, gone)
        if gone:
            schedule(session, now(), FORGETTING, tenant)
            return
        put_in_outbox(session, [answer(rows=tomb.rows, consultancy_id=tomb.told_to)])
        schedule(session, now() + SWEPT_AFTER, SWEEPING, tenant)

    @listeners.when_due(SWEEPING)
    def sweep_once_more(tenant: UUID, session: Session) -> None:
        if gone := erase_some(session, answer):
            count_erased(session, gone)
            schedule(session, now(), SWEEPING, tenant)


def erase_some(session: Session, answer: type[Event]) -> int:
    """Up to AT_MOST rows of the organisation that we act for; how many. None left: nothing of it is here any more. Its keys go
    first: what rows or backups still hold opens no more."""
    keys_of(session.info["service"]).destroy_all_of(tenant_of(session))
    session.execute(SAY_SO)
    session.execute(TIMERS, {"tenant": tenant_of(session), "ours": [FORGETTING, SWEEPING]})
    session.execute(UNSENT, {"tenant": str(tenant_of(session)), "answer": answer.type})
    session.execute(DEAD_LETTERS, {"tenant": str(tenant_of(session))})
    gone, referring_to_themselves = 0, set(session.scalars(SELF_REFERRING))
    for table in tables_of_organisations(session.connection()):
        gone += erase_from(table, None if table in referring_to_themselves else AT_MOST - gone, session)
        if gone >= AT_MOST:
            break
    return gone


def now() -> datetime:
    return datetime.now(UTC)


SELF_REFERRING = text("""
    SELECT DISTINCT c.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE k.contype = 'f' AND k.confrelid = k.conrelid AND c.relnamespace = current_schema()::regnamespace""")
TIMERS = text("DELETE FROM timer WHERE tenant_id = :tenant AND name <> ALL(:ours)")
UNSENT = text("DELETE FROM outbox WHERE headers->>'ce_tenantid' = :tenant AND headers->>'ce_type' <> :answer")
# Garbage need not say whose it is but by its key.
DEAD_LETTERS = text("""
    DELETE FROM dead_letter
    WHERE headers->>'ce_tenantid' = :tenant OR key = :tenant OR starts_with(key, :tenant || ':')""")
