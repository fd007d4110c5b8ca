"""Fills in what services know of runs in an installation of before, whose workers have read past what told of it."""

from alembic import op
from sqlalchemy import text

FORCE = "ALTER TABLE {} {} FORCE ROW LEVEL SECURITY"
PLANNED = """
    INSERT INTO planned_run (tenant_id, run_id) SELECT tenant_id, id FROM process.run ON CONFLICT DO NOTHING"""

FORGOTTEN = """
    UPDATE {table} SET forgotten_at = key.destroyed_at FROM identity.pseudonym_key key
    WHERE key.tenant_id = {table}.tenant_id AND key.run_id = {table}.{run} AND key.purpose = :purpose"""


def note_the_planned_runs() -> None:
    """Notes every organisation's runs as the process has them; call it before `planned_run` is protected."""
    if op.get_bind().scalar(text("SELECT to_regclass('process.run') IS NULL")):
        return  # a new installation: nothing has been planned
    op.execute(FORCE.format("process.run", "NO"))
    op.execute(PLANNED)
    op.execute(FORCE.format("process.run", ""))


def note_the_forgotten_runs(table: str, run: str, purpose: str, also: str) -> None:
    """Notes in `forgotten_at` when identity's key of a run and purpose was destroyed; `run` is the column with the run's id, and
    `also` is done while every organisation's rows are seen."""
    if op.get_bind().scalar(text("SELECT to_regclass('identity.pseudonym_key') IS NULL")):
        return  # a new installation, or one of no people: nothing was destroyed
    tables = (table, "identity.pseudonym_key")
    for each in tables:
        op.execute(FORCE.format(each, "NO"))
    forgotten = FORGOTTEN.format(table=table, run=run)
    op.get_bind().execute(text(forgotten), {"purpose": purpose})
    op.execute(also)
    for each in tables:
        op.execute(FORCE.format(each, ""))
