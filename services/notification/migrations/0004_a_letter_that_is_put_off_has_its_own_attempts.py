"""a letter that is put off has its own attempts"""

import sqlalchemy as sa
from alembic import op

revision = "notification_0004"
down_revision = "notification_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notice", sa.Column("try_at", sa.DateTime(timezone=True)))
    op.add_column("notice", sa.Column("attempts", sa.Integer, nullable=False, server_default="0"))
