"""accounts know the last day of signing in, and whether a confirmed way in has brought them; keys know their day

Nobody's day is known of before: it is that of a session that is there, else the day of joining. Keys from before have no day
and count as older than any. The worker makes the runs' missing keys, those of their events among them.
"""

import sqlalchemy as sa
from alembic import op

revision = 'identity_0011'
down_revision = 'identity_0010'
branch_labels = None
depends_on = None

DAYS = """
    UPDATE member SET signed_in_on = COALESCE(
        (SELECT max(ends_at - interval '24 hours') FROM visit
         WHERE visit.tenant_id = member.tenant_id AND visit.member_id = member.id), joined_at)::date
    WHERE subject IS NOT NULL"""
VOUCHED = """
    UPDATE member SET is_vouched = true FROM connection
    WHERE connection.tenant_id = member.tenant_id AND connection.id = member.connection_id AND subject IS NOT NULL
    AND (confirmed_on IS NOT NULL OR prove_by >= CURRENT_DATE)"""
KEYS_ARE_MISSING = """
    INSERT INTO timer (tenant_id, name, about, due_at)
    SELECT DISTINCT tenant_id, 'keys_are_missing', run_id, now() FROM pseudonym_key WHERE sealed IS NOT NULL
    ON CONFLICT DO NOTHING"""


def upgrade() -> None:
    op.add_column('member', sa.Column('signed_in_on', sa.Date(), nullable=True))
    op.add_column('member', sa.Column('is_vouched', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('pseudonym_key', sa.Column('made_on', sa.Date(), nullable=True))
    tables = ('member', 'visit', 'connection', 'pseudonym_key')
    for table in tables:
        op.execute(f'ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY')  # every organisation's rows at once
    for statement in (DAYS, VOUCHED, KEYS_ARE_MISSING):
        op.execute(statement)
    for table in tables:
        op.execute(f'ALTER TABLE {table} FORCE ROW LEVEL SECURITY')
