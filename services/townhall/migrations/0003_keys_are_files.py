"""keys are files, and answers of events that are over are counts

A hall's key lay open in a column. Events that are not over get a new one, as a file, and the hands in them are made anew for the
members that there are; those of others become chance. Of events that are over the answers are counted, as they would have been
shown, and deleted. The tables are written anew in no order, so that their files hold no hand of before.
"""

import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from shared.privacy.keys import Keys, KeyIsDead, KeyName, keys_of

revision = 'townhall_0003'
down_revision = 'townhall_0002'
branch_labels = None
depends_on = None

TABLES = ('hall', 'hall_key', 'poll', 'question', 'upvote', 'answer', 'result')
RENAMED = 'CREATE TEMPORARY TABLE renamed (old bytea PRIMARY KEY, new bytea NOT NULL) ON COMMIT DROP'
LIVING = """
    SELECT hall_key.tenant_id, hall_id, key FROM hall_key
    JOIN hall ON hall.tenant_id = hall_key.tenant_id AND hall.id = hall_key.hall_id WHERE state <> 'over'"""
HANDS = """
    SELECT q.hall_id AS thing, q.hand FROM question q WHERE q.hall_id = :hall AND q.hand IS NOT NULL
    UNION SELECT u.question_id, u.hand FROM upvote u JOIN question q ON q.id = u.question_id WHERE q.hall_id = :hall
    UNION SELECT a.poll_id, a.hand FROM answer a JOIN poll p ON p.id = a.poll_id WHERE p.hall_id = :hall"""
MEMBERS = 'SELECT id FROM identity.member WHERE tenant_id = :tenant'
PAIRS = 'INSERT INTO renamed SELECT * FROM unnest(CAST(:old AS bytea[]), CAST(:new AS bytea[])) ON CONFLICT DO NOTHING'
# As services/townhall/models/result.py publishes: when five have come anew.
COUNTS = """
    WITH ended AS (
        SELECT a.* FROM answer a JOIN poll p ON p.tenant_id = a.tenant_id AND p.id = a.poll_id
        JOIN hall h ON h.tenant_id = p.tenant_id AND h.id = p.hall_id WHERE h.state = 'over'),
    said AS (
        SELECT tenant_id, poll_id, value::text AS what FROM ended WHERE value IS NOT NULL
        UNION ALL SELECT tenant_id, poll_id, unnest(words) FROM ended),
    each AS (SELECT tenant_id, poll_id, what, count(*) AS count FROM said GROUP BY 1, 2, 3),
    counts AS (SELECT tenant_id, poll_id, jsonb_object_agg(what, count) AS counts FROM each GROUP BY 1, 2),
    people AS (SELECT tenant_id, poll_id, count(*) AS answers FROM ended GROUP BY 1, 2)
    INSERT INTO result (tenant_id, poll_id, answers, counts)
    SELECT tenant_id, poll_id, answers, counts FROM people JOIN counts USING (tenant_id, poll_id) WHERE answers >= 5
    ON CONFLICT (tenant_id, poll_id) DO UPDATE SET answers = excluded.answers, counts = excluded.counts
    WHERE excluded.answers - result.answers >= 5"""
ANEW = {
    'question': """
        SELECT q.tenant_id, q.id, q.hall_id, q.words, q.language, q.category, q.state, q.reply, q.upvotes, q.is_carried_forward, r.new
        FROM question q LEFT JOIN renamed r ON r.old = q.hand""",
    'answer': 'SELECT a.tenant_id, a.poll_id, r.new, a.value, a.words FROM answer a JOIN renamed r ON r.old = a.hand',
    'upvote': 'SELECT u.tenant_id, u.question_id, r.new FROM upvote u JOIN renamed r ON r.old = u.hand',
}


def upgrade() -> None:
    op.execute(RENAMED)
    members = ('identity.member',) if op.get_bind().scalar(sa.text("SELECT to_regclass('identity.member')")) else ()
    with all_organisations(*TABLES, *members):
        for tenant, hall, key in op.get_bind().execute(sa.text(LIVING)).all():
            replace_key(KeyName(tenant, hall, 'hands'), key)
        op.execute(COUNTS)
        write_anew()
    op.drop_table('hall_key')


@contextmanager
def all_organisations(*tables: str) -> Iterator[None]:
    for table in tables:
        op.execute(f'ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY')
    yield
    for table in tables:
        op.execute(f'ALTER TABLE {table} FORCE ROW LEVEL SECURITY')


def replace_key(name: KeyName, old: bytes) -> None:
    keys_of('townhall').make(name)
    hands = op.get_bind().execute(sa.text(HANDS), {'hall': name.owner}).all()
    if hands:
        known = hands_of_members(name, old, {thing for thing, _ in hands}, keys_of('townhall'))
        was = [hand for _, hand in hands]
        pairs = {'old': was, 'new': [known.get(hand) or os.urandom(32) for hand in was]}
        op.get_bind().execute(sa.text(PAIRS), pairs)


def hands_of_members(name: KeyName, old: bytes, things: set[UUID], keys: Keys) -> dict[bytes, bytes]:
    """None where a backup from before was restored and the hall's key has died since: its file stays dead."""
    try:
        key = keys.use(name)
    except KeyIsDead:
        return {}
    members = list(op.get_bind().scalars(sa.text(MEMBERS), {'tenant': name.tenant}))
    about = (thing.bytes + member.bytes for thing in things for member in members)
    return {hmac.digest(old, each, 'sha256'): key.digest(each, 'hand') for each in about}


def write_anew() -> None:
    for table, rows in ANEW.items():
        op.execute(f'CREATE TEMPORARY TABLE {table}_anew ON COMMIT DROP AS SELECT * FROM ({rows}) AS kept ORDER BY random()')
    op.execute('TRUNCATE question, answer, upvote')
    for table in ANEW:
        columns = ', '.join(COLUMNS[table])
        op.execute(f'INSERT INTO {table} ({columns}) SELECT * FROM {table}_anew')


COLUMNS = {
    'question': (
        'tenant_id', 'id', 'hall_id', 'words', 'language', 'category', 'state', 'reply', 'upvotes', 'is_carried_forward', 'hand',
    ),
    'answer': ('tenant_id', 'poll_id', 'hand', 'value', 'words'),
    'upvote': ('tenant_id', 'question_id', 'hand'),
}
