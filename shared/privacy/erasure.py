"""Forgetting an organisation: each service erases every row of it, answers, and passes over whatever is told of it later.

`listeners.py` of a service says `forget_the_erased(listeners, TenantErased, SurveyForgot)`. The announcement leaves a
tombstone in the service's schema, which the consumer asks before it handles anything; the rows go in steps by an
alarm, children before their parents, whatever tables there are. A request or an alarm that was under way may have
written after its table was emptied, so it is swept once more when all those must have ended.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from graphlib import TopologicalSorter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from shared.database import put_in_outbox, ring
from shared.messaging.events import Event
from shared.messaging.listeners import Listeners
from shared.messaging.tombstones import bury, count
from shared.privacy.keys import keys_of
from shared.tenancy.sessions import tenant_of

FORGETTING, SWEEPING = "forget_the_organisation", "sweep_once_more"
AT_MOST = 20_000  # rows a transaction
SWEPT_AFTER = timedelta(minutes=10)
KEPT = {"erased_tenant"}
Erased = Callable[[Session], int]


def forget_the_erased(
    listeners: Listeners, erased: type[Event], answer: type[Event], also: Erased = lambda session: 0
) -> None:
    """Let a service forget organisations: `also` erases what lies outside the organisation's own rows, and counts it."""

    @listeners.on(erased, of_the_erased=True)
    def forget_the_organisation(happened: Any, session: Session) -> None:
        if bury(session, happened.consultancy_id):
            ring(session, now(), FORGETTING, tenant_of(session))

    @listeners.when_due(FORGETTING)
    def erase_the_next_rows(tenant: UUID, session: Session) -> None:
        gone = erase_some(session, answer) + also(session)
        tomb = count(session, gone)
        if gone:
            ring(session, now(), FORGETTING, tenant)
            return
        put_in_outbox(session, [answer(rows=tomb.rows, consultancy_id=tomb.told_to)])
        ring(session, now() + SWEPT_AFTER, SWEEPING, tenant)

    @listeners.when_due(SWEEPING)
    def sweep_once_more(tenant: UUID, session: Session) -> None:
        if gone := erase_some(session, answer):
            count(session, gone)
            ring(session, now(), SWEEPING, tenant)


def erase_some(session: Session, answer: type[Event]) -> int:
    """Up to AT_MOST rows of the organisation that we act for; how many. None left: nothing of it is here any more. Its keys go
    first: what rows or backups still hold opens no more."""
    keys_of(session.info["service"]).destroy_all_of(tenant_of(session))
    session.execute(SAY_SO)
    session.execute(ALARMS, {"tenant": tenant_of(session), "ours": [FORGETTING, SWEEPING]})
    session.execute(UNSENT, {"tenant": str(tenant_of(session)), "answer": answer.type})
    session.execute(LETTERS, {"tenant": str(tenant_of(session))})
    gone, referring_to_themselves = 0, set(session.scalars(SELF_REFERRING))
    for table in tables_of_organisations(session.connection()):
        gone += erase_from(table, None if table in referring_to_themselves else AT_MOST - gone, session)
        if gone >= AT_MOST:
            break
    return gone


def erase_from(table: str, at_most: int | None, session: Session) -> int:
    """All at once without `at_most`: a part of a table that refers to itself could be held by the rest. The condition
    stands beside row security, which tables of the mechanisms do not have."""
    some = f'SELECT ctid FROM "{table}" WHERE tenant_id = :tenant LIMIT :at_most'
    delete = text(f'DELETE FROM "{table}" WHERE ctid = ANY(ARRAY({some})) AND tenant_id = :tenant')
    return session.connection().execute(delete, {"tenant": tenant_of(session), "at_most": at_most}).rowcount


def tables_of_organisations(connection: Connection) -> Iterator[str]:
    """Every table of the service that says whose its rows are; those that refer to others come before them.

    A log from which the service may delete nothing is not among them: who keeps one erases it by `also`.
    """
    order = TopologicalSorter[str](dict.fromkeys(connection.scalars(OWNED), ()))
    for referring, referred in connection.execute(REFERENCES):
        order.add(referred, referring)
    return (table for table in order.static_order() if table not in KEPT | {"alarm"})


def now() -> datetime:
    return datetime.now(UTC)


OWNED = text("""
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    AND has_table_privilege(c.oid, 'DELETE') ORDER BY 1""")
REFERENCES = text("""
    SELECT child.relname, parent.relname FROM pg_constraint k
    JOIN pg_class child ON child.oid = k.conrelid JOIN pg_class parent ON parent.oid = k.confrelid
    WHERE k.contype = 'f' AND child.relnamespace = current_schema()::regnamespace AND child.oid <> parent.oid""")
SELF_REFERRING = text("""
    SELECT DISTINCT c.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE k.contype = 'f' AND k.confrelid = k.conrelid AND c.relnamespace = current_schema()::regnamespace""")
# Some tables let nothing go but by this (publishing's editions).
SAY_SO = text("SELECT set_config('app.erasing', 'yes', true)")
ALARMS = text("DELETE FROM alarm WHERE tenant_id = :tenant AND name <> ALL(:ours)")
UNSENT = text("DELETE FROM outbox WHERE headers->>'ce_tenantid' = :tenant AND headers->>'ce_type' <> :answer")
# Garbage need not say whose it is but by its key.
LETTERS = text("""
    DELETE FROM dead_letter
    WHERE headers->>'ce_tenantid' = :tenant OR key = :tenant OR starts_with(key, :tenant || ':')""")
