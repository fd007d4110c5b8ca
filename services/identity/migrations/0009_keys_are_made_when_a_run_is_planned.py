"""keys are made when a run is planned

Until now a key was made at the first need, also for a run id that somebody made up. Of the runs that have a living key the
missing ones are made by the worker, which has the vault; a run without any key gets them when its next phase opens.
"""

from alembic import op

revision = 'identity_0009'
down_revision = 'identity_0008'
branch_labels = None
depends_on = None

KEYS_ARE_MISSING = """
    INSERT INTO timer (tenant_id, name, about, due_at)
    SELECT DISTINCT tenant_id, 'keys_are_missing', run_id, now() FROM pseudonym_key WHERE sealed IS NOT NULL
    ON CONFLICT DO NOTHING"""


def upgrade() -> None:
    op.execute('ALTER TABLE pseudonym_key NO FORCE ROW LEVEL SECURITY')  # every organisation's rows at once
    op.execute(KEYS_ARE_MISSING)
    op.execute('ALTER TABLE pseudonym_key FORCE ROW LEVEL SECURITY')
