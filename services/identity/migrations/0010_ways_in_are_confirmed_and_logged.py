"""ways in are confirmed and logged"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'identity_0010'
down_revision = 'identity_0009'
branch_labels = None
depends_on = None

TENANT = sa.text("current_setting('app.tenant')::uuid")
A_RANDOM_ONE = sa.text("replace(gen_random_uuid()::text, '-', '')")
FILLED = ('connection', 'member', 'organisation', 'visit')
# What works goes on working: a client has ninety days to prove ways in that are in use; the consultancy's were set up by
# the operator.
FROM_BEFORE = (
    """
    UPDATE connection SET prove_by = CURRENT_DATE + 90 FROM organisation
    WHERE organisation.tenant_id = connection.tenant_id AND organisation.kind = 'client' AND used_on IS NOT NULL""",
    """
    UPDATE connection SET confirmed_on = CURRENT_DATE, confirmed_how = 'operator' FROM organisation
    WHERE organisation.tenant_id = connection.tenant_id AND organisation.kind = 'consultancy'""",
    """
    UPDATE organisation SET handed_over_on = CURRENT_DATE WHERE EXISTS (
        SELECT FROM member WHERE member.tenant_id = organisation.tenant_id AND subject IS NOT NULL
        AND given_roles || vouched_roles @> ARRAY[CASE kind WHEN 'consultancy' THEN 'lead' ELSE 'admin' END])""",
    """
    UPDATE organisation SET first_administrator_id = (
        SELECT id FROM member WHERE member.tenant_id = organisation.tenant_id AND left_at IS NULL
        AND given_roles || vouched_roles @> ARRAY[CASE kind WHEN 'consultancy' THEN 'lead' ELSE 'admin' END]
        ORDER BY joined_at, id LIMIT 1)""",
    """
    UPDATE visit SET connection_id = member.connection_id FROM member
    WHERE member.tenant_id = visit.tenant_id AND member.id = visit.member_id""",
    'DELETE FROM visit WHERE connection_id IS NULL',
)
# An erased organisation's log goes with it. No service may delete from the log, so the owner of the table does, and only
# for an organisation that has its tombstone.
ERASE = """
    CREATE FUNCTION {schema}.erase_way_in_changes() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, {schema}, pg_temp AS $$
        WITH gone AS (
            DELETE FROM {schema}.way_in_change WHERE tenant_id = current_setting('app.tenant')::uuid
            AND EXISTS (SELECT FROM {schema}.erased_tenant WHERE tenant_id = current_setting('app.tenant')::uuid)
            RETURNING 1)
        SELECT count(*) FROM gone
    $$"""


def upgrade() -> None:
    op.add_column('connection', sa.Column('token', sa.String(), server_default=A_RANDOM_ONE, nullable=False))
    op.alter_column('connection', 'token', server_default=None)
    op.add_column('connection', sa.Column('keeper_id', sa.Uuid(), nullable=True))
    op.add_column('connection', sa.Column('confirmed_on', sa.Date(), nullable=True))
    op.add_column('connection', sa.Column('confirmed_how', sa.String(), nullable=True))
    op.add_column('connection', sa.Column('prove_by', sa.Date(), nullable=True))
    op.add_column('connection', sa.Column('missing_since', sa.Date(), nullable=True))
    op.add_column('organisation', sa.Column('first_administrator_id', sa.Uuid(), nullable=True))
    op.add_column('organisation', sa.Column('handed_over_on', sa.Date(), nullable=True))
    op.add_column('visit', sa.Column('connection_id', sa.Uuid(), nullable=True))
    fill_in()
    op.alter_column('visit', 'connection_id', nullable=False)
    op.drop_constraint(op.f('uq_member_tenant_id_connection_id_issuer_subject'), 'member', type_='unique')
    op.create_unique_constraint(op.f('uq_member_tenant_id_issuer_subject_connection_id'), 'member', ['tenant_id', 'issuer', 'subject', 'connection_id'])
    make_links()
    make_the_log()


def fill_in() -> None:
    for table in FILLED:
        op.execute(f'ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY')  # every organisation's rows at once
    for statement in FROM_BEFORE:
        op.execute(statement)
    op.create_foreign_key(op.f('fk_visit_tenant_id_connection_id'), 'visit', 'connection', ['tenant_id', 'connection_id'], ['tenant_id', 'id'])
    for table in FILLED:
        op.execute(f'ALTER TABLE {table} FORCE ROW LEVEL SECURITY')


def make_links() -> None:
    op.create_table('confirmation_link',
    sa.Column('tenant_id', sa.Uuid(), server_default=TENANT, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('connection_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('sealed_secret', sa.LargeBinary(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'connection_id'], ['connection.tenant_id', 'connection.id'], name=op.f('fk_confirmation_link_tenant_id_connection_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'member_id'], ['member.tenant_id', 'member.id'], name=op.f('fk_confirmation_link_tenant_id_member_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_confirmation_link'))
    )
    op.protect('confirmation_link')


def make_the_log() -> None:
    op.create_table('way_in_change',
    sa.Column('tenant_id', sa.Uuid(), server_default=TENANT, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('connection_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=True),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('operators', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('because', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_way_in_change'))
    )
    op.protect('way_in_change')
    op.create_index('ix_way_in_change_at', 'way_in_change', ['tenant_id', 'at'])
    op.execute('REVOKE UPDATE, DELETE ON way_in_change FROM identity')
    schema = op.get_bind().dialect.identifier_preparer.quote(op.get_bind().scalar(sa.text('SELECT current_schema()')))
    op.execute(ERASE.format(schema=schema))
    op.execute(f'REVOKE ALL ON FUNCTION {schema}.erase_way_in_changes() FROM PUBLIC')
    op.execute(f'GRANT EXECUTE ON FUNCTION {schema}.erase_way_in_changes() TO identity')
