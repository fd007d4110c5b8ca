"""groups as they stood

Where people belong is written down for open activities at their next count. Of parts that are withheld today it is drawn how many
people they need; what is published stays.
"""

import sqlalchemy as sa
from alembic import op

revision = "identity_0012"
down_revision = "identity_0011"
branch_labels = None
depends_on = None

DRAWN = "greatest(0, 5 + floor(-ln(1 - random()))::int - floor(-ln(1 - random()))::int)"
NEXT = f"""
    UPDATE participation SET next_at = 5 + CASE
        WHEN kind = 'whole' THEN counted
        WHEN shown IS NULL THEN {DRAWN}
        ELSE counted + {DRAWN} END"""


def upgrade() -> None:
    tenant = sa.text("current_setting('app.tenant')::uuid")
    op.create_table(
        "belonging",
        sa.Column("tenant_id", sa.Uuid(), server_default=tenant, nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("activity", sa.String(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", f"{kind}_id"],
                [f"{kind}.tenant_id", f"{kind}.id"],
                name=op.f(f"fk_belonging_tenant_id_{kind}_id"),
            )
            for kind in ("member", "unit", "site")
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "run_id", "activity", "member_id", name=op.f("pk_belonging")
        ),
    )
    op.protect("belonging")
    op.add_column("participation", sa.Column("next_at", sa.Integer(), nullable=True))
    op.execute("ALTER TABLE participation NO FORCE ROW LEVEL SECURITY")  # every organisation's rows at once
    op.execute(NEXT)
    op.execute("ALTER TABLE participation FORCE ROW LEVEL SECURITY")
    op.alter_column("participation", "next_at", nullable=False)
    op.drop_column("participation", "counted")
