"""lists of people on their way

What was read of a list, and what it did, is sealed, and let go of after a day.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.migrations.samples import never_sampled

revision = "identity_0021"
down_revision = "identity_0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people_import",
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("current_setting('app.tenant')::uuid"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_result", sa.LargeBinary(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("erase_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_people_import")),
    )
    op.protect("people_import")
    never_sampled(people_import=("by_id", "sealed_content", "sealed_result"))
