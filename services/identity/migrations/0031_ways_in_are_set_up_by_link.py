"""ways in are set up by link"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "identity_0031"
down_revision = "identity_0030"
branch_labels = None
depends_on = None

TENANT = sa.text("current_setting('app.tenant')::uuid")


def upgrade() -> None:
    op.add_column("connection", sa.Column("for_tests_only", sa.Boolean(), server_default="false", nullable=False))
    op.alter_column("connection", "for_tests_only", server_default=None)
    op.add_column("organisation", sa.Column("mail_domains", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.alter_column("organisation", "mail_domains", server_default=None)
    op.create_table(
        "setup_link",
        sa.Column("tenant_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("way_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("is_guests", sa.Boolean(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holder_hash", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_setup_link")),
    )
    op.protect("setup_link")
