"""runs that were planned"""

import sqlalchemy as sa
from alembic import op

from shared.migrations.known_runs import note_the_planned_runs

revision = 'publishing_0002'
down_revision = 'publishing_0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('planned_run',
    sa.Column('tenant_id', sa.Uuid(), server_default=sa.text("current_setting('app.tenant')::uuid"), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'run_id', name=op.f('pk_planned_run'))
    )
    note_the_planned_runs()
    op.protect('planned_run')
