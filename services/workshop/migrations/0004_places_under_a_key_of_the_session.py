"""places under a key of the session

Until now a place named the pseudonym of whoever had it, with unit, site, role and language. Places of rounds that go on are sealed
under fresh keys; those of rounds that have ended go, and how many were there stays. What boards of sessions that go on just now hold
loses its names: the pseudonyms in it are of a key that is gone (identity_0013), and nobody can tell whose they were.
"""

from collections.abc import Iterable
from random import SystemRandom
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from alembic import op

from shared.privacy.keys import Key, KeyIsDead, KeyName, keys_of

revision = 'workshop_0004'
down_revision = 'workshop_0003'
branch_labels = None
depends_on = None

TENANT = sa.text("current_setting('app.tenant')::uuid")
WRITTEN_ANEW = ('board', 'operation', 'outcome', 'basis', 'sign_off')
TABLES = (*WRITTEN_ANEW, 'place', 'group', 'workshop', 'round')
SIZES = (1024,)
COUNTED = """
    UPDATE workshop SET attendance = (SELECT count(*) FROM place p
        WHERE (p.tenant_id, p.workshop_id) = (workshop.tenant_id, workshop.id) AND p.has_attended)
    WHERE ended_at IS NOT NULL"""
COUNTED_IN_GROUPS = """
    UPDATE "group" g SET attendance = (SELECT count(*) FROM place p
        WHERE (p.tenant_id, p.group_id) = (g.tenant_id, g.id) AND p.has_attended)
    FROM workshop w WHERE (w.tenant_id, w.id) = (g.tenant_id, g.workshop_id) AND w.ended_at IS NOT NULL"""
GOING_ON = """
    SELECT w.tenant_id, w.id, w.started_at IS NOT NULL AND w.ended_at IS NULL AS is_running, w.ended_at
    FROM workshop w LEFT JOIN round r ON (r.tenant_id, r.run_id, r.number) = (w.tenant_id, w.run_id, w.round)
    WHERE r.ended_at IS NULL"""
PLACES = """
    SELECT id, participant, turn, is_waiting, unit, site, role, language, group_id, has_attended FROM place
    WHERE tenant_id = :tenant AND workshop_id = :workshop"""
TAKE = """
    INSERT INTO place (tenant_id, id, workshop_id, is_waiting, group_id, has_attended, sealed)
    VALUES (:tenant_id, :id, :workshop_id, :is_waiting, :group_id, :has_attended, :sealed)"""
AT_WORK = """
    SELECT b.tenant_id, b.id, b.state FROM board b JOIN "group" g ON (g.tenant_id, g.id) = (b.tenant_id, b.group_id)
    JOIN workshop w ON (w.tenant_id, w.id) = (g.tenant_id, g.workshop_id)
    WHERE w.started_at IS NOT NULL AND w.ended_at IS NULL"""
UNSIGNED = """
    DELETE FROM sign_off s USING outcome o, board b, "group" g, workshop w
    WHERE (o.tenant_id, o.id) = (s.tenant_id, s.outcome_id) AND (b.tenant_id, b.id) = (o.tenant_id, o.board_id)
        AND (g.tenant_id, g.id) = (b.tenant_id, b.group_id) AND (w.tenant_id, w.id) = (g.tenant_id, g.workshop_id)
        AND o.signed_off_on IS NULL AND w.ended_at IS NULL"""
LOG = 'SELECT id, act FROM operation WHERE tenant_id = :tenant AND board_id = :board ORDER BY number'


def upgrade() -> None:
    for table in TABLES:
        op.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
    make_signs_of_life()
    count_who_was_there()
    for tenant, board, state in rows(AT_WORK):
        forget_who(tenant, board, state)
    op.execute(UNSIGNED)
    op.execute('ALTER TABLE sign_off ALTER who DROP NOT NULL, ALTER who TYPE varchar USING NULL')
    op.drop_column('board', 'changed_at')
    write_anew()
    seal_places()
    for table in TABLES:
        op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')


def make_signs_of_life() -> None:
    op.create_table(
        'sign_of_life',
        sa.Column('tenant_id', sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column('place_id', sa.Uuid(), nullable=False),
        sa.Column('workshop_id', sa.Uuid(), nullable=False),
        sa.Column('step', sa.SmallInteger(), nullable=False),
        sa.Column('ready_for', sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint('tenant_id', 'place_id', name=op.f('pk_sign_of_life')),
        prefixes=['UNLOGGED'],
    )
    op.protect('sign_of_life')
    op.add_column('group', sa.Column('asks_for_help', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute('UPDATE "group" SET asks_for_help = help_asked_at IS NOT NULL')
    op.alter_column('group', 'asks_for_help', server_default=None)
    op.drop_column('group', 'help_asked_at')


def count_who_was_there() -> None:
    for table in ('workshop', 'group'):
        op.add_column(table, sa.Column('attendance', sa.Integer(), nullable=True))
    op.execute(COUNTED)
    op.execute(COUNTED_IN_GROUPS)


def forget_who(tenant: UUID, board: UUID, state: dict[str, Any]) -> None:
    """As at the end of a session: whoever judged keeps a number of her own on each card, in the order of the log."""
    aliases: dict[tuple[str, str], str] = {}
    for id, act in rows(LOG, tenant=tenant, board=board):
        set_json('operation', id, act=nameless(act, aliases), reverse={})
    for name, card in state['cards'].items():
        judged = {aliases[name, who]: given for who, given in card['judgements'].items()}
        card |= {'author': None, 'visit': None, 'marks': [None] * len(card['marks']), 'judgements': judged}
    set_json('board', board, state=state)


def nameless(act: dict[str, Any], aliases: dict[tuple[str, str], str]) -> dict[str, Any]:
    marks = {'marks': [None] * len(act['marks'])} if 'marks' in act else {}
    who = None
    if act['kind'] == 'judge':
        who = aliases.setdefault((act['card'], act['who']), str(len(aliases)))
    return act | {'who': who, 'visit': None} | marks


def set_json(table: str, id: UUID, **columns: dict[str, Any]) -> None:
    given = ', '.join(f'{name} = CAST(:{name} AS jsonb)' for name in columns)
    values = {name: msgspec.json.encode(value).decode() for name, value in columns.items()}
    op.get_bind().execute(sa.text(f'UPDATE {table} SET {given} WHERE id = :id'), values | {'id': id})


def write_anew() -> None:
    """Into new files, in no order."""
    for table in WRITTEN_ANEW:
        op.execute(f'CREATE TEMPORARY TABLE {table}_anew ON COMMIT DROP AS SELECT * FROM {table} ORDER BY random()')
    op.execute(f'TRUNCATE {", ".join(WRITTEN_ANEW)}')
    for table in WRITTEN_ANEW:
        op.execute(f'INSERT INTO {table} SELECT * FROM {table}_anew')


def seal_places() -> None:
    places = [place for session in rows(GOING_ON) for place in sealed_places(*session)]
    op.drop_table('place')
    op.create_table(
        'place',
        sa.Column('tenant_id', sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('workshop_id', sa.Uuid(), nullable=False),
        sa.Column('is_waiting', sa.Boolean(), nullable=False),
        sa.Column('group_id', sa.Uuid(), nullable=True),
        sa.Column('has_attended', sa.Boolean(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ['tenant_id', 'group_id'], ['group.tenant_id', 'group.id'], name=op.f('fk_place_tenant_id_group_id')
        ),
        sa.ForeignKeyConstraint(
            ['tenant_id', 'workshop_id'],
            ['workshop.tenant_id', 'workshop.id'],
            name=op.f('fk_place_tenant_id_workshop_id'),
        ),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_place')),
    )
    SystemRandom().shuffle(places)
    if places:
        op.get_bind().execute(sa.text(TAKE), places)
    for column in ('group_id', 'workshop_id'):
        op.create_index(op.f(f'ix_place_tenant_id_{column}'), 'place', ['tenant_id', column], unique=False)
    op.protect('place')


def sealed_places(tenant: UUID, workshop: UUID, is_running: bool, ended_at: Any) -> Iterable[dict[str, Any]]:
    """None where a backup from before was restored and the session's key has died since: its file stays dead."""
    keys = keys_of('workshop')
    for purpose in ('places', 'boards') if is_running else ('places',):
        keys.make(KeyName(tenant, workshop, purpose))
    try:
        key = keys.use(KeyName(tenant, workshop, 'places'))
    except KeyIsDead:
        return []
    found = rows(PLACES, tenant=tenant, workshop=workshop)
    return [sealed_place(place, tenant, workshop, key, knows_traits=ended_at is None) for place in found]


def sealed_place(place: Any, tenant: UUID, workshop: UUID, key: Key, knows_traits: bool) -> dict[str, Any]:
    id = key.number(place.participant.bytes, 'place')
    traits = [place.unit, place.site, place.role, place.language] if knows_traits else [None, None, None, '']
    content = msgspec.msgpack.encode([place.turn, *traits])
    kept = {name: getattr(place, name) for name in ('is_waiting', 'group_id', 'has_attended')}
    sealed = key.seal(content, workshop.bytes + id.bytes, SIZES)
    return kept | {'tenant_id': tenant, 'id': id, 'workshop_id': workshop, 'sealed': sealed}


def rows(statement: str, **given: UUID) -> list[Any]:
    return list(op.get_bind().execute(sa.text(statement), given).all())
