"""decisions that are kept

Results made before are put in place anew by a timer, from blurred counts; their groups stay as they were drawn.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "voting_0003"
down_revision = "voting_0002"
branch_labels = None
depends_on = None

OF_BEFORE = """
    INSERT INTO timer (tenant_id, name, about, due_at)
    SELECT tenant_id, 'break_down_again', run_id, now() FROM ballot WHERE counted_at IS NOT NULL
    ON CONFLICT DO NOTHING"""


def upgrade() -> None:
    nothing = sa.text("'{}'")
    op.add_column("ballot", sa.Column("groups", postgresql.JSONB(), server_default=nothing, nullable=False))
    op.execute("ALTER TABLE ballot NO FORCE ROW LEVEL SECURITY")  # every organisation's rows at once
    op.execute(OF_BEFORE)
    op.execute("ALTER TABLE ballot FORCE ROW LEVEL SECURITY")
