"""views that stand are counted"""

import sqlalchemy as sa
from alembic import op

revision = "voting_0007"
down_revision = "voting_0006"
branch_labels = None
depends_on = None

SO_FAR = """
    INSERT INTO standing (tenant_id, theme_id, language, run_id, views)
    SELECT tenant_id, theme_id, coalesce(language, ''), run_id, count(*) FROM view WHERE status = 'stands' GROUP BY 1, 2, 3, 4"""


def upgrade() -> None:
    op.create_table(
        "standing",
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=sa.text("current_setting('app.tenant')::uuid"),
            nullable=False,
        ),
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "theme_id", "language", name=op.f("pk_standing")),
    )
    op.create_index("ix_standing_run", "standing", ["tenant_id", "run_id"])
    op.execute("ALTER TABLE view NO FORCE ROW LEVEL SECURITY")  # every organisation's rows at once
    op.execute(SO_FAR)
    op.execute("ALTER TABLE view FORCE ROW LEVEL SECURITY")
    op.protect("standing")
