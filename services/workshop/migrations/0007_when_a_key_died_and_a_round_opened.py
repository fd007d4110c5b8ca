"""when a key died and a round opened

Sessions that were scheduled after the run's key was destroyed have a key of their own still: it is destroyed, with their places.
"""

import sqlalchemy as sa
from alembic import op

from shared.migrations.known_runs import note_the_forgotten_runs

revision = "workshop_0007"
down_revision = "workshop_0006"
branch_labels = None
depends_on = None

FORGET = """
    INSERT INTO timer (tenant_id, name, about, due_at)
    SELECT tenant_id, 'forget_the_run', run_id, now() FROM planned_run WHERE forgotten_at IS NOT NULL"""


def upgrade() -> None:
    for name in ("opened_at", "forgotten_at"):
        op.add_column("planned_run", sa.Column(name, sa.DateTime(timezone=True)))
    note_the_forgotten_runs("planned_run", "run_id", "workshop", also=FORGET)
