"""why a mail was not delivered"""

import sqlalchemy as sa
from alembic import op

revision = "notification_0005"
down_revision = "notification_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notice", sa.Column("why", sa.String))
    op.add_column("notice", sa.Column("failed_on", sa.Date))
    op.create_index(
        "ix_notice_undelivered",
        "notice",
        ["tenant_id", "member_id", "id"],
        postgresql_where=sa.text("why IS NOT NULL"),
    )
