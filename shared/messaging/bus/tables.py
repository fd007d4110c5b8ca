"""The tables of the bus, in the schema `bus` that every service may use; on Kafka the event log alone lies elsewhere."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

BUS = MetaData()

transport = Table(
    "transport",
    BUS,
    Column(
        "is_the_one", Integer, CheckConstraint("is_the_one = 1"), primary_key=True, server_default=text("1")
    ),
    Column("name", Text, CheckConstraint("name IN ('postgres', 'kafka')"), nullable=False),
)

log_partition = Table(
    "log_partition",
    BUS,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_position", BigInteger, nullable=False, server_default="0"),
    postgresql_with={"fillfactor": "50"},
)

event_log = Table(
    "event_log",
    BUS,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("key", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column(
        "logged_on",
        DateTime(timezone=True),
        nullable=False,
        server_default=func.date_trunc("day", func.now()),
    ),
)

group_partition = Table(
    "group_partition",
    BUS,
    Column("grp", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("committed", BigInteger, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("owner", Text),
    Column("epoch", BigInteger, nullable=False, server_default="0"),
    Column("leased_until", DateTime(timezone=True)),
    postgresql_with={"fillfactor": "50"},
)

group_member = Table(
    "group_member",
    BUS,
    Column("grp", Text, primary_key=True),
    Column("member", Text, primary_key=True),
    Column("seen_at", DateTime(timezone=True), nullable=False),
)
