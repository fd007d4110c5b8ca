"""The tables of messaging, the same in every service's schema: outbox, inbox, dead letters, halted partitions, timers, erasures, limits,
keys of acts.

They hold ids and facts only. The worker reads them across organisations; who answers people tells and sets timers for the
one it acts for, and sees nothing else of them (shared/migrations/rights.py).
"""

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    event,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

MESSAGING_TABLES = MetaData()

outbox = Table(
    "outbox",
    MESSAGING_TABLES,
    Column("seq", BigInteger, Identity(), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Index(
        "ix_outbox_key", "key", "seq"
    ),  # so that every key can have its turn (shared/messaging/bus/fair_relay.py)
    postgresql_with={"autovacuum_vacuum_scale_factor": "0", "autovacuum_vacuum_threshold": "2000"},
)

inbox = Table(
    "inbox",
    MESSAGING_TABLES,
    Column("event_id", Uuid, primary_key=True),
    Column("listener", Text, primary_key=True),
    Column(
        "heard_on", DateTime(timezone=True), nullable=False, server_default=func.date_trunc("day", func.now())
    ),
)

dead_letter = Table(
    "dead_letter",
    MESSAGING_TABLES,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("key", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column(
        "state", Text, nullable=False
    ),  # dead: its handling failed; parked: it waits behind a dead one of its key
    Column("reason", Text, nullable=False),
    Column("died_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("nr", BigInteger, Identity(), nullable=False),  # counts them in the order in which they came
    Column("attempts", Integer, nullable=False, server_default="0"),
    Index("ix_dead_letter_key", "key"),
    Index("ix_dead_letter_nr", "nr", unique=True),
)

discarding = Table(
    "discarding",
    MESSAGING_TABLES,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("type", Text, nullable=False),
    Column("tenant_id", Uuid),  # none: the event did not say
    Column("state", Text, nullable=False),  # as which it was discarded: dead or parked
    Column("why", Text, nullable=False),
    Column("by", Text, nullable=False),  # the id of a member, or the user of a command line
    Column("discarded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

partition_halt = Table(
    "partition_halt",
    MESSAGING_TABLES,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column(
        "position", BigInteger, nullable=False
    ),  # it is halted while this is the next event of the partition
    Column("reason", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("resumed_by", Text),
)

erased_tenant = Table(
    "erased_tenant",
    MESSAGING_TABLES,
    Column("tenant_id", Uuid, primary_key=True),
    Column("erased_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("told_to", Uuid),  # the consultancy that led it, in whose rooms the answers are gathered
    Column("rows", BigInteger, nullable=False, server_default="0"),  # how many have gone
)

timer = Table(
    "timer",
    MESSAGING_TABLES,
    Column("tenant_id", Uuid, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("about", Uuid, primary_key=True),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Index("ix_timer_due_at", "due_at"),
)

# How often whom did what today, under a salt that dies at midnight (shared/web/limits.py). Unlogged: they are in no archive and
# in no backup, and a crash empties them.
limit_count = Table(
    "limit_count",
    MESSAGING_TABLES,
    Column("digest", LargeBinary, primary_key=True),
    Column(
        "period", BigInteger, nullable=False
    ),  # the number of the ten minutes since 1970: no finer clock is kept
    Column("count", Integer, nullable=False),
    prefixes=["UNLOGGED"],
)

limit_salt = Table(
    "limit_salt",
    MESSAGING_TABLES,
    Column("day", Date, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    prefixes=["UNLOGGED"],
)

# The keys of acts that were done (shared/web/once.py).
once = Table(
    "once",
    MESSAGING_TABLES,
    Column("tenant_id", Uuid, primary_key=True),
    Column("key", Uuid, primary_key=True),
    Column("done_on", Date, nullable=False, server_default=func.current_date()),
    Index("ix_once_done_on", "done_on"),
)

# What older installations lack: the tables above are made once, their later columns here.
for _line in (
    "ALTER TABLE dead_letter ADD COLUMN IF NOT EXISTS nr bigint GENERATED BY DEFAULT AS IDENTITY",
    "ALTER TABLE dead_letter ADD COLUMN IF NOT EXISTS attempts integer NOT NULL DEFAULT 0",
    "CREATE UNIQUE INDEX IF NOT EXISTS ix_dead_letter_nr ON dead_letter (nr)",
    "CREATE INDEX IF NOT EXISTS ix_outbox_key ON outbox (key, seq)",
    # the service itself begins a new day; a schema beside it (shared/messaging/rebuild) has no role of its name
    """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = current_schema()) THEN
            EXECUTE 'GRANT TRUNCATE ON limit_count, limit_salt TO ' || quote_ident(current_schema());
        END IF;
    END $$""",
):
    event.listen(MESSAGING_TABLES, "after_create", DDL(_line))
