"""host names are proven"""

import sqlalchemy as sa
from alembic import op

revision = 'identity_0003'
down_revision = 'identity_0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('host_claim',
    sa.Column('tenant_id', sa.Uuid(), server_default=sa.text("current_setting('app.tenant')::uuid"), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('proven_on', sa.Date(), nullable=True),
    sa.Column('missing_since', sa.Date(), nullable=True),
    sa.Column('prove_by', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_host_claim')),
    sa.UniqueConstraint('tenant_id', 'name', name=op.f('uq_host_claim_tenant_id_name'))
    )
    op.add_column('host', sa.Column('is_proven', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.alter_column('host', 'is_proven', server_default=None)
    # Names in use go on leading where they led; their organisations have ninety days to prove them.
    op.execute("""
        INSERT INTO host_claim (tenant_id, id, name, token, prove_by)
        SELECT organisation_id, gen_random_uuid(), name, replace(gen_random_uuid()::text, '-', ''), current_date + 90
        FROM host WHERE name LIKE '%.%'""")
    op.protect('host_claim')


def downgrade() -> None:
    op.drop_column('host', 'is_proven')
    op.drop_table('host_claim')
