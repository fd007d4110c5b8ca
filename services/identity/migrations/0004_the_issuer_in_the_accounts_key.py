"""the issuer in an account's key"""

import sqlalchemy as sa
from alembic import op

revision = 'identity_0004'
down_revision = 'identity_0003'
branch_labels = None
depends_on = None

# The issuer of today vouched for the accounts of today, and a way in with accounts was used.
HAVE_THEIR_ISSUER = """
    UPDATE member SET issuer = connection.issuer FROM connection
    WHERE connection.tenant_id = member.tenant_id AND connection.id = member.connection_id"""
WERE_USED = """
    UPDATE connection SET used_on = CURRENT_DATE WHERE EXISTS (
        SELECT FROM member WHERE member.tenant_id = connection.tenant_id AND member.connection_id = connection.id)"""


def upgrade() -> None:
    op.add_column('connection', sa.Column('used_on', sa.Date(), nullable=True))
    op.add_column('member', sa.Column('issuer', sa.String(), nullable=True))
    for table in ('connection', 'member'):
        op.execute(f'ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY')  # every organisation's rows at once
    op.execute(HAVE_THEIR_ISSUER)
    op.execute(WERE_USED)
    for table in ('connection', 'member'):
        op.execute(f'ALTER TABLE {table} FORCE ROW LEVEL SECURITY')
    op.drop_constraint(op.f('uq_member_tenant_id_connection_id_subject'), 'member', type_='unique')
    op.create_unique_constraint(op.f('uq_member_tenant_id_connection_id_issuer_subject'), 'member', ['tenant_id', 'connection_id', 'issuer', 'subject'])
    op.drop_index('ix_member_tenant_email', 'member')  # it held the word email, not the address
    op.create_index('ix_member_tenant_email', 'member', ['tenant_id', sa.text('lower(email)')])
