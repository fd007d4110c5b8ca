"""views that stand no more"""

import sqlalchemy as sa
from alembic import op
revision = 'workshop_0002'
down_revision = 'workshop_0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('fallen_view',
    sa.Column('tenant_id', sa.Uuid(), server_default=sa.text("current_setting('app.tenant')::uuid"), nullable=False),
    sa.Column('view_id', sa.Uuid(), nullable=False),
    sa.Column('was_taken_back', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'view_id', name=op.f('pk_fallen_view'))
    )
    op.protect('fallen_view')
