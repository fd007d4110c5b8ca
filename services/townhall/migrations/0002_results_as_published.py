"""results as published"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'townhall_0002'
down_revision = 'townhall_0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('result',
    sa.Column('tenant_id', sa.Uuid(), server_default=sa.text("current_setting('app.tenant')::uuid"), nullable=False),
    sa.Column('poll_id', sa.Uuid(), nullable=False),
    sa.Column('answers', sa.Integer(), nullable=False),
    sa.Column('counts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'poll_id'], ['poll.tenant_id', 'poll.id'], name=op.f('fk_result_tenant_id_poll_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'poll_id', name=op.f('pk_result'))
    )
    op.protect('result')
