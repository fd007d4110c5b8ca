"""Holding the new tables against the living ones: which rows only one of them has, table by table, organisation by organisation."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection, text

from shared.messaging.rebuild.read_models import ReadModels

Differences = dict[str, Counter[str]]  # {"thing": {"rows": 12, "living alone": 0, "new alone": 1}}


def compare(
    models: ReadModels, living: str, new: str, tenants: Iterable[UUID], connection: Connection
) -> Differences:
    """Within row security, so it looks at those organisations of which the log knows."""
    found: Differences = {table: Counter() for table in models.tables}
    wanted = {table: counting(models, table, living, new, connection) for table in models.tables}
    for tenant in sorted(tenants):
        connection.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)})
        for table, question in wanted.items():
            found[table].update(dict(connection.execute(question).one()._mapping))
    return found


def counting(models: ReadModels, table: str, living: str, new: str, connection: Connection):
    names = connection.scalars(COLUMNS, {"schema": new, "table": table}).all()
    facts = ", ".join(f'"{name}"' for name in names if name not in models.volatile.get(table, ()))
    old_rows, new_rows = (f'SELECT {facts} FROM "{schema}"."{table}"' for schema in (living, new))
    return text(f"""
        SELECT (SELECT count(*) FROM "{new}"."{table}") AS "rows",
               (SELECT count(*) FROM ({old_rows} EXCEPT {new_rows}) a) AS "living alone",
               (SELECT count(*) FROM ({new_rows} EXCEPT {old_rows}) b) AS "new alone" """)


def are_equal(found: Differences) -> bool:
    return not any(counts["living alone"] or counts["new alone"] for counts in found.values())


COLUMNS = text("""
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = :schema AND table_name = :table ORDER BY ordinal_position""")
