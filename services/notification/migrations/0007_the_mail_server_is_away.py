"""the mail server is away"""

import sqlalchemy as sa
from alembic import op

revision = "notification_0007"
down_revision = "notification_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_outage",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("occasion_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "occasion_id", name=op.f("pk_mail_outage")),
    )
    op.create_index(op.f("ix_mail_outage_seen_at"), "mail_outage", ["seen_at"])
