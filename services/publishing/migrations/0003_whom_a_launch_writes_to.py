"""whom a launch writes to"""

import sqlalchemy as sa
from alembic import op

revision = "publishing_0003"
down_revision = "publishing_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("launch", sa.Column("writes_to", sa.String(), nullable=False, server_default="not_told_yet"))
    op.alter_column("launch", "writes_to", server_default=None)
