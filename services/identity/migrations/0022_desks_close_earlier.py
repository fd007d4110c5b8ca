"""desks close earlier

How long the sessions of those who work at the desk, and of the consultancy's people, go on: minutes without a click, hours at most.
"""

import sqlalchemy as sa
from alembic import op

revision = "identity_0022"
down_revision = "identity_0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisation", sa.Column("idle_minutes", sa.Integer, nullable=False, server_default="30"))
    op.add_column("organisation", sa.Column("session_hours", sa.Integer, nullable=False, server_default="8"))
