"""ANALYZE keeps samples of what columns hold in a table of the database's own, where neither a dead key nor an erasure reaches: none of
numbers that stand for people, of hashes of theirs, and of words that they may take back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Engine

FORGET = sa.text("SELECT pg_clear_attribute_stats(current_schema(), :table, :column, false)")


def never_sampled(**columns: tuple[str, ...]) -> None:
    """Columns by their tables: no samples from now on, and those of before go."""
    for table, names in columns.items():
        for column in names:
            op.execute(f"ALTER TABLE {table} ALTER {column} SET STATISTICS 0")
            op.get_bind().execute(FORGET, {"table": table, "column": column})


def write_samples_anew(engine: Engine) -> None:
    """The file that held what has gone is gone with it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM FULL pg_catalog.pg_statistic"))
