"""providers sign people out

A session knows the provider's own session, as a hash, so that it ends with it; and the numbers of logout tokens are used once.
"""

import sqlalchemy as sa
from alembic import op

revision = "identity_0023"
down_revision = "identity_0022"
branch_labels = None
depends_on = None

TENANT = sa.text("current_setting('app.tenant')::uuid")


def upgrade() -> None:
    op.add_column("visit", sa.Column("sid_hash", sa.LargeBinary(), nullable=True))
    op.create_table(
        "used_logout_token",
        sa.Column("tenant_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["connection.tenant_id", "connection.id"],
            name=op.f("fk_used_logout_token_tenant_id_connection_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "connection_id", "number_hash", name=op.f("pk_used_logout_token")
        ),
    )
    op.protect("used_logout_token")
