"""turnout as published

The numbers of runs of before are reckoned by a timer; until it has fired, they are withheld.
"""

import sqlalchemy as sa
from alembic import op

revision = 'identity_0006'
down_revision = 'identity_0005'
branch_labels = None
depends_on = None

OF_BEFORE = """
    INSERT INTO timer (tenant_id, name, about, due_at)
    SELECT DISTINCT tenant_id, 'turnout_reckoned', run_id, now() FROM attendance ON CONFLICT DO NOTHING"""


def upgrade() -> None:
    op.create_table('participation',
    sa.Column('tenant_id', sa.Uuid(), server_default=sa.text("current_setting('app.tenant')::uuid"), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('activity', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('part_id', sa.Uuid(), nullable=False),
    sa.Column('counted', sa.Integer(), nullable=False),
    sa.Column('shown', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('tenant_id', 'run_id', 'activity', 'kind', 'part_id', name=op.f('pk_participation'))
    )
    op.protect('participation')
    op.execute('ALTER TABLE attendance NO FORCE ROW LEVEL SECURITY')  # every organisation's rows at once
    op.execute(OF_BEFORE)
    op.execute('ALTER TABLE attendance FORCE ROW LEVEL SECURITY')
