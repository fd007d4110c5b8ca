"""hands are sealed

The hands of runs whose pseudonyms have a living key are sealed, each into one row, under a key of the run's own that is made
here; identity's migration has renamed their readers before. Where the key is dead, hands, cards and exact counts go. Counters by unit and
site go everywhere, and every table is written anew, in random order.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from random import SystemRandom
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from msgspec import Struct
from msgspec.msgpack import Encoder
from sqlalchemy.dialects import postgresql

from shared.privacy.keys import Key, KeyName, keys_of

revision = "voting_0004"
down_revision = "voting_0003"
branch_labels = None
depends_on = None

STAY = ("ballot", "theme", "view", "place", "seat", "release")
GO = ("card", "tally", "hand")
SIZES = (1024, 4096, 16384, 65536)
FEWEST = 5
READ = ("ballot", "view", "hand", "card")
pack = Encoder(uuid_format="bytes").encode


class Card(Struct, array_like=True):
    view_id: UUID
    batch: int
    answer: int | None
    heart: int
    counted: int | None
    counted_heart: bool


class Held(Struct, array_like=True):
    unit: str | None
    site: str | None
    languages: list[str] | None
    batches: int
    cards: list[Card]
    counted_as_voter: bool


def upgrade() -> None:
    for name, kind in {
        "voters": sa.Integer(),
        "joined": postgresql.JSONB(),
        "forgotten": sa.Boolean(),
    }.items():
        op.add_column("ballot", sa.Column(name, kind, server_default=sa.text(DEFAULTS[name]), nullable=False))
    op.create_index(
        "ix_view_gone", "view", ["tenant_id", "run_id"], postgresql_where=sa.text("status <> 'stands'")
    )
    for table in STAY + GO:
        op.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')  # every organisation's rows at once
    say_which_keys_are_dead()
    op.execute(JOINED)
    op.execute(VOTERS)
    sealed = list(sealed_hands())
    for line in WHAT_IS_FORGOTTEN:
        op.execute(line)
    for table in GO:
        op.drop_table(table)
    make_the_new_tables()
    keep_in_random_order(sealed)
    write_anew()
    for table in STAY:
        op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    op.protect("hand")
    op.protect("lying")


DEFAULTS = {"voters": "0", "joined": "'{}'", "forgotten": "false"}


def say_which_keys_are_dead() -> None:
    """A run is forgotten when identity has destroyed the key to its pseudonyms."""
    if op.get_bind().scalar(sa.text("SELECT to_regclass('identity.pseudonym_key') IS NULL")):
        return  # a new installation
    op.execute("ALTER TABLE identity.pseudonym_key NO FORCE ROW LEVEL SECURITY")
    op.execute("""
        UPDATE ballot SET forgotten = true, groups = '{}' FROM identity.pseudonym_key AS key
        WHERE key.tenant_id = ballot.tenant_id AND key.run_id = ballot.run_id
            AND key.purpose = 'voting' AND key.destroyed_at IS NOT NULL""")
    op.execute("ALTER TABLE identity.pseudonym_key FORCE ROW LEVEL SECURITY")


# The groups that have no seats of their own, and the largest of those that have, which they have joined.
JOINED = """
    WITH people AS (
        SELECT tenant_id, run_id, coalesce(CASE seats_by WHEN 'unit' THEN unit ELSE site END, '') AS name, count(*) AS people
        FROM hand JOIN ballot USING (tenant_id, run_id) WHERE answered > 0 AND counted_at IS NOT NULL GROUP BY 1, 2, 3
    ), seated AS (
        SELECT *, EXISTS (SELECT FROM seat WHERE seat.tenant_id = people.tenant_id AND seat.run_id = people.run_id
                          AND seat.stratum = people.name) AS has_seats FROM people
    ), largest AS (
        SELECT DISTINCT ON (tenant_id, run_id) tenant_id, run_id, name AS host FROM seated WHERE has_seats
        ORDER BY tenant_id, run_id, people DESC, name
    ), small AS (
        SELECT tenant_id, run_id, jsonb_object_agg(name, host) AS joined
        FROM seated JOIN largest USING (tenant_id, run_id) WHERE NOT has_seats AND people < 10 GROUP BY 1, 2)
    UPDATE ballot SET joined = small.joined FROM small
    WHERE small.tenant_id = ballot.tenant_id AND small.run_id = ballot.run_id"""
VOTERS = """
    UPDATE ballot SET voters = voted.people
    FROM (SELECT tenant_id, run_id, count(*) AS people FROM hand WHERE answered > 0 GROUP BY 1, 2) AS voted
    WHERE voted.tenant_id = ballot.tenant_id AND voted.run_id = ballot.run_id AND NOT forgotten"""
WHAT_IS_FORGOTTEN = (
    f"""
    UPDATE view SET agrees = 0, passes = 0, disagrees = 0, hearts = 0, readings_shown = CASE
        WHEN readings_shown >= floor THEN floor ELSE readings_shown - readings_shown % {FEWEST} END
    FROM ballot WHERE ballot.tenant_id = view.tenant_id AND ballot.run_id = view.run_id AND forgotten""",
    f"""
    UPDATE view SET readings_shown = CASE
        WHEN readings_shown >= floor THEN floor ELSE readings_shown - readings_shown % {FEWEST} END
    FROM ballot WHERE ballot.tenant_id = view.tenant_id AND ballot.run_id = view.run_id AND counted_at IS NOT NULL""",
)


def sealed_hands() -> Iterator[dict[str, Any]]:
    """The rows of the new table: every hand whose run is not forgotten."""
    connection, cards = op.get_bind(), cards_by_hand()
    key = keys_by_run()
    for hand in connection.execute(sa.text(HANDS)):
        mine = cards.get((hand.tenant_id, hand.id), [])
        held = Held(hand.unit, hand.site, hand.languages, hand.batches, mine, hand.answered > 0)
        about = hand.tenant_id.bytes + hand.run_id.bytes + hand.participant.bytes + (0).to_bytes(8)
        yield {
            "tenant": hand.tenant_id,
            "run": hand.run_id,
            "participant": hand.participant,
            "dirty": any(
                card.answer != card.counted or bool(card.heart) != card.counted_heart for card in mine
            ),
            "sealed": key(hand.tenant_id, hand.run_id).seal(pack(held), about, SIZES),
        }


HANDS = "SELECT hand.* FROM hand JOIN ballot USING (tenant_id, run_id) WHERE NOT forgotten"
CARDS = """
    SELECT card.*, CASE WHEN heart THEN row_number() OVER (
        PARTITION BY card.tenant_id, hand_id, heart ORDER BY batch, position) ELSE 0 END AS nth
    FROM card JOIN ballot USING (tenant_id, run_id) WHERE NOT forgotten ORDER BY batch, position"""


def cards_by_hand() -> dict[tuple[UUID, UUID], list[Card]]:
    found = defaultdict(list)
    for card in op.get_bind().execute(sa.text(CARDS)):
        values = (card.view_id, card.batch, card.answer, card.nth, card.counted, card.counted_heart)
        found[card.tenant_id, card.hand_id].append(Card(*values))
    return found


def keys_by_run() -> Callable[[UUID, UUID], Key]:
    """Makes the key of every ballot that is not forgotten, those that nobody has read in as well."""
    keys, found = keys_of("voting"), {}
    for tenant, run in op.get_bind().execute(
        sa.text("SELECT tenant_id, run_id FROM ballot WHERE NOT forgotten")
    ):
        name = KeyName(tenant, run, "hands")
        keys.make(name)
        found[tenant, run] = keys.use(name)
    return lambda tenant, run: found[tenant, run]


def make_the_new_tables() -> None:
    tenant = sa.text("current_setting('app.tenant')::uuid")
    op.create_table(
        "hand",
        sa.Column("tenant_id", sa.Uuid(), server_default=tenant, nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("participant", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("dirty", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["ballot.tenant_id", "ballot.run_id"],
            name=op.f("fk_hand_tenant_id_run_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "run_id", "participant", name=op.f("pk_hand")),
        postgresql_with={"fillfactor": "60"},
    )
    op.create_table(
        "lying",
        sa.Column("tenant_id", sa.Uuid(), server_default=tenant, nullable=False),
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "view_id", "slot", name=op.f("pk_lying")),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_lying_run", "lying", ["tenant_id", "run_id"])
    op.execute("""
        DO $$ BEGIN
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = current_schema() || '_worker') THEN
                EXECUTE 'GRANT TRUNCATE ON lying TO ' || quote_ident(current_schema() || '_worker');
            END IF;
        END $$""")


def keep_in_random_order(rows: list[dict[str, Any]]) -> None:
    SystemRandom().shuffle(rows)
    new = "INSERT INTO hand (tenant_id, run_id, participant, dirty, sealed) VALUES (:tenant, :run, :participant, :dirty, :sealed)"
    if rows:
        op.get_bind().execute(sa.text(new), rows)


def write_anew() -> None:
    """As bus.write_anew does for a worker: with the old files go the counters as they once were."""
    for table in STAY:
        op.execute(
            f'CREATE TEMP TABLE {table}_anew ON COMMIT DROP AS SELECT * FROM "{table}" ORDER BY random()'
        )
    op.execute("CREATE TEMP TABLE hand_anew ON COMMIT DROP AS SELECT * FROM hand")
    op.execute(f"TRUNCATE {', '.join((*STAY, 'hand'))}")
    for table in (*STAY, "hand"):
        op.execute(f'INSERT INTO "{table}" SELECT * FROM {table}_anew')
        op.execute(f"DROP TABLE {table}_anew")
