"""roles are named and return addresses own"""

import sqlalchemy as sa
from alembic import op

revision = 'identity_0008'
down_revision = 'identity_0007'
branch_labels = None
depends_on = None

# A word of a directory that was one of our own roles counted although no table named it: now the table says so, where an
# administrator sees it and can take it away. What the table said already goes before.
COUNTED_UNTIL_NOW = """
    UPDATE connection SET role_names = CASE organisation.kind
        WHEN 'consultancy' THEN '{"lead": "lead", "facilitator": "facilitator", "editor": "editor"}'::jsonb
        ELSE '{"supervisor": "supervisor", "coordinator": "coordinator", "designer": "designer", "admin": "admin"}'::jsonb
        END || role_names
    FROM organisation WHERE organisation.tenant_id = connection.tenant_id"""
TABLES = ('connection', 'organisation')


def upgrade() -> None:
    # the shared address is written down at today's providers: their connections keep it
    op.add_column('connection', sa.Column('has_own_return_address', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.alter_column('connection', 'has_own_return_address', server_default=None)
    for table in TABLES:
        op.execute(f'ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY')  # every organisation's rows at once
    op.execute(COUNTED_UNTIL_NOW)
    for table in TABLES:
        op.execute(f'ALTER TABLE {table} FORCE ROW LEVEL SECURITY')
