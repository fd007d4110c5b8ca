"""The tables behind the mechanisms, the same in every service's schema: outbox, inbox, dead letters, alarms.

They hold ids and facts only and are read across organisations by the worker, so they carry no row security;
tests/architecture lists them as the only such tables.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

KERNEL = MetaData()

outbox = Table(
    "outbox",
    KERNEL,
    Column("seq", BigInteger, Identity(), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("value", LargeBinary, nullable=False),
    postgresql_with={"autovacuum_vacuum_scale_factor": "0", "autovacuum_vacuum_threshold": "2000"},
)

inbox = Table(
    "inbox",
    KERNEL,
    Column("event_id", Uuid, primary_key=True),
    Column("listener", Text, primary_key=True),
    Column(
        "heard_on", DateTime(timezone=True), nullable=False, server_default=func.date_trunc("day", func.now())
    ),
)

dead_letter = Table(
    "dead_letter",
    KERNEL,
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
    Index("ix_dead_letter_key", "key"),
)

alarm = Table(
    "alarm",
    KERNEL,
    Column("tenant_id", Uuid, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("about", Uuid, primary_key=True),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Index("ix_alarm_due_at", "due_at"),
)
