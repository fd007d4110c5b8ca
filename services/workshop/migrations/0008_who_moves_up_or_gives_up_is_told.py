"""who moves up or gives up is told"""

import sqlalchemy as sa
from alembic import op

revision = "workshop_0008"
down_revision = "workshop_0007"
branch_labels = None
depends_on = None

TENANT = sa.text("current_setting('app.tenant')::uuid")


def upgrade() -> None:
    op.add_column("workshop", sa.Column("tellings", sa.Integer, nullable=False, server_default="0"))
    op.alter_column("workshop", "tellings", server_default=None)
    op.add_column("workshop", sa.Column("moved_at", sa.DateTime(timezone=True)))
    op.create_table(
        "given_up",
        sa.Column("tenant_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workshop_id", sa.Uuid(), nullable=False),
        sa.Column("telling", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "workshop_id"],
            ["workshop.tenant_id", "workshop.id"],
            name=op.f("fk_given_up_tenant_id_workshop_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_given_up")),
    )
    op.create_index(op.f("ix_given_up_tenant_id_workshop_id"), "given_up", ["tenant_id", "workshop_id"])
    op.protect("given_up")
