"""Renames messaging tables of an installation of before: `create_all` would make empty ones beside them."""

from sqlalchemy import Connection, text

BUS = {"road": "transport"}
MESSAGING = {"alarm": "timer", "brake": "partition_halt"}
COLUMNS = {("partition_halt", "released_by"): "resumed_by"}
INDEXES = {
    "ix_alarm_due_at": "ix_timer_due_at",
    "alarm_pkey": "timer_pkey",
    "brake_pkey": "partition_halt_pkey",
}


def rename_tables(connection: Connection, tables: dict[str, str]) -> None:
    """Renames those that are there under their old names, in the current schema: their rows, policies and rights stay."""
    for old, new in tables.items():
        if is_there(connection, old) and not is_there(connection, new):
            connection.execute(text(f'ALTER TABLE "{old}" RENAME TO "{new}"'))


def rename_messaging_tables(connection: Connection) -> None:
    """Renames the tables of one service, which is the current schema, with their columns and indexes."""
    rename_tables(connection, MESSAGING)
    for (table, old), new in COLUMNS.items():
        if connection.scalar(HAS_COLUMN, {"table": table, "name": old}):
            connection.execute(text(f'ALTER TABLE "{table}" RENAME COLUMN "{old}" TO "{new}"'))
    for old, new in INDEXES.items():
        if is_there(connection, old):
            connection.execute(text(f'ALTER INDEX "{old}" RENAME TO "{new}"'))


def is_there(connection: Connection, name: str) -> bool:
    return bool(connection.scalar(IS_THERE, {"name": name}))


IS_THERE = text(
    "SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = :name)"
)
HAS_COLUMN = text("""
    SELECT EXISTS (SELECT FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = :table AND column_name = :name)""")
