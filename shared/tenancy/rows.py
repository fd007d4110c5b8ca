"""All rows of an organisation in a service's schema: which tables have some, and how they go."""

from collections.abc import Iterator
from graphlib import TopologicalSorter

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from shared.tenancy.acting import tenant_of

KEPT = {"erased_tenant", "timer"}  # which go, or stay, by other ways (shared/privacy/erasure.py)


def erase_from(table: str, at_most: int | None, session: Session) -> int:
    """All at once without `at_most`: a part of a table that refers to itself could be held by the rest. The condition
    stands beside row security, which messaging tables do not have."""
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
    return (table for table in order.static_order() if table not in KEPT)


OWNED = text("""
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    AND has_table_privilege(c.oid, 'DELETE') ORDER BY 1""")
REFERENCES = text("""
    SELECT child.relname, parent.relname FROM pg_constraint k
    JOIN pg_class child ON child.oid = k.conrelid JOIN pg_class parent ON parent.oid = k.confrelid
    WHERE k.contype = 'f' AND child.relnamespace = current_schema()::regnamespace AND child.oid <> parent.oid""")
# Some tables let nothing go but by this (publishing's editions).
SAY_SO = text("SELECT set_config('app.erasing', 'yes', true)")
