"""keys are files

Until now a run's keys lay in the database, sealed by the vault. Each living one is replaced: its file is new, and with it all
pseudonyms. Those of people who are not there any more, and those of keys that are dead, become numbers of chance, so that no key of
before leads from a member to a row. The marks of people who were forgotten cannot be made anew without knowing them, and go.
"""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from shared.privacy.keys import Keys, KeyIsDead, KeyName, keys_of
from shared.privacy.vault import vault_of

revision = 'identity_0013'
down_revision = 'identity_0012'
branch_labels = None
depends_on = None

PSEUDONYMS = (
    ('survey', 'view', 'author'),
    ('survey', 'draft', 'author'),
    ('voting', 'hand', 'participant'),
    ('workshop', 'place', 'participant'),
)
RENAMED = 'CREATE TEMPORARY TABLE renamed (old uuid PRIMARY KEY, new uuid NOT NULL) ON COMMIT DROP'
LIVING = 'SELECT tenant_id, run_id, purpose, sealed FROM pseudonym_key WHERE sealed IS NOT NULL'
MEMBERS = 'SELECT id FROM member WHERE tenant_id = :tenant'
PAIRS = 'INSERT INTO renamed SELECT * FROM unnest(CAST(:old AS uuid[]), CAST(:new AS uuid[])) ON CONFLICT DO NOTHING'
OTHERS = """
    INSERT INTO renamed SELECT DISTINCT {column}, gen_random_uuid() FROM {schema}.{table} WHERE {column} IS NOT NULL
    ON CONFLICT DO NOTHING"""
RENAME = 'UPDATE {schema}.{table} SET {column} = new FROM renamed WHERE {column} = old'
THERE = """
    SELECT EXISTS (SELECT FROM pg_attribute
                   WHERE attrelid = to_regclass(:table) AND attname = :column AND NOT attisdropped)"""


def upgrade() -> None:
    op.execute(RENAMED)
    with all_organisations('pseudonym_key', 'member'):
        for tenant, run, purpose, sealed in op.get_bind().execute(sa.text(LIVING)).all():
            replace_key(KeyName(tenant, run, purpose), sealed)
    for schema, table, column in PSEUDONYMS:
        if op.get_bind().scalar(sa.text(THERE), {'table': f'{schema}.{table}', 'column': column}):
            rename(schema, table, column)
    op.execute('TRUNCATE return_mark')
    write_keys_anew()


@contextmanager
def all_organisations(*tables: str) -> Iterator[None]:
    for table in tables:
        op.execute(f'ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY')
    yield
    for table in tables:
        op.execute(f'ALTER TABLE {table} FORCE ROW LEVEL SECURITY')


def replace_key(name: KeyName, sealed: bytes) -> None:
    old, keys = vault_of('identity').open(sealed), keys_of('identity')
    keys.make(name)
    members = list(op.get_bind().scalars(sa.text(MEMBERS), {'tenant': name.tenant}))
    if members and (anew := numbers(name, members, keys)):
        pairs = {'old': [old_number(member, old) for member in members], 'new': anew}
        op.get_bind().execute(sa.text(PAIRS), pairs)


def numbers(name: KeyName, members: list[UUID], keys: Keys) -> list[UUID]:
    """None where a backup from before was restored and the run's key has died since: its file stays dead."""
    try:
        key = keys.use(name)
    except KeyIsDead:
        return []
    return [key.number(member.bytes, 'pseudonym') for member in members]


def old_number(member: UUID, key: bytes) -> UUID:
    return UUID(bytes=hmac.digest(key, member.bytes, 'sha256')[:16], version=4)


def rename(schema: str, table: str, column: str) -> None:
    names = {'schema': schema, 'table': table, 'column': column}
    with all_organisations(f'{schema}.{table}'):
        op.execute(OTHERS.format(**names))
        op.execute(RENAME.format(**names))


def write_keys_anew() -> None:
    """In a new file and in no order; what was sealed goes with the old one."""
    tenant = sa.text("current_setting('app.tenant')::uuid")
    op.create_table(
        'pseudonym_key_anew',
        sa.Column('tenant_id', sa.Uuid(), server_default=tenant, nullable=False),
        sa.Column('run_id', sa.Uuid(), nullable=False),
        sa.Column('purpose', sa.String(), nullable=False),
        sa.Column('made_on', sa.Date(), nullable=True),
        sa.Column('destroyed_at', sa.DateTime(timezone=True), nullable=True),
    )
    with all_organisations('pseudonym_key'):
        op.execute("""
            INSERT INTO pseudonym_key_anew
            SELECT tenant_id, run_id, purpose, made_on,
                   CASE WHEN sealed IS NULL THEN coalesce(destroyed_at, now()) END
            FROM pseudonym_key ORDER BY random()""")
    op.drop_table('pseudonym_key')
    op.rename_table('pseudonym_key_anew', 'pseudonym_key')
    op.create_primary_key(op.f('pk_pseudonym_key'), 'pseudonym_key', ['tenant_id', 'run_id', 'purpose'])
    op.protect('pseudonym_key')
