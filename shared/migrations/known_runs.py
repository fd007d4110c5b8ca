"""Fills a service's `planned_run` in an installation of before, whose worker has read past what told of its runs."""

from alembic import op
from sqlalchemy import text

FORCE = "ALTER TABLE process.run {} FORCE ROW LEVEL SECURITY"
PLANNED = """
    INSERT INTO planned_run (tenant_id, run_id) SELECT tenant_id, id FROM process.run ON CONFLICT DO NOTHING"""


def note_the_planned_runs() -> None:
    """Notes every organisation's runs as the process has them; call it before `planned_run` is protected."""
    if op.get_bind().scalar(text("SELECT to_regclass('process.run') IS NULL")):
        return  # a new installation: nothing has been planned
    op.execute(FORCE.format("NO"))
    op.execute(PLANNED)
    op.execute(FORCE.format(""))
