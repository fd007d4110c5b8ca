"""Halts a partition on which event after event fails, until its service is mended or an operator resumes it."""

from sqlalchemy import Connection, Row, and_, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from shared.messaging.bus import Record
from shared.messaging.bus.tables import group_partition
from shared.messaging.messaging_tables import dead_letter, partition_halt
from shared.problems import NotFound


def halt(connection: Connection, record: Record, reason: str) -> None:
    """Halts the partition before this record; one that was resumed at this record stays so."""
    place = {"topic": record.topic, "partition": record.partition}
    stop = {"position": record.position, "reason": reason, "since": func.now(), "resumed_by": None}
    row = insert(partition_halt).values(place | stop)
    elsewhere = partition_halt.c.position != record.position
    connection.execute(
        row.on_conflict_do_update(index_elements=["topic", "partition"], set_=stop, where=elsewhere)
    )


def is_halted(connection: Connection, record: Record) -> bool:
    place = {"topic": record.topic, "partition": record.partition, "position": record.position}
    return bool(connection.scalar(select(partition_halt.c.resumed_by.is_(None)).filter_by(**place)))


def was_resumed(connection: Connection, record: Record) -> bool:
    place = {"topic": record.topic, "partition": record.partition, "position": record.position}
    return bool(connection.scalar(select(partition_halt.c.resumed_by.is_not(None)).filter_by(**place)))


def several_die_here(connection: Connection, record: Record, latest: int) -> bool:
    """Returns whether this record and the latest dead letters of its partition are of more than one organisation."""
    dead = select(dead_letter.c.headers["ce_tenantid"].astext).filter_by(
        topic=record.topic, partition=record.partition, state="dead"
    )
    theirs = connection.scalars(dead.order_by(dead_letter.c.position.desc()).limit(latest))
    return bool(set(theirs) - {record.headers.get("ce_tenantid")})


def halted(connection: Connection, service: str) -> list[Row]:
    """Returns the partitions that are halted: the event that stopped them is still the next one."""
    places = and_(
        group_partition.c.topic == partition_halt.c.topic,
        group_partition.c.partition == partition_halt.c.partition,
        group_partition.c.committed == partition_halt.c.position,
        group_partition.c.grp == service,
    )
    standing = (
        select(partition_halt).join(group_partition, places).where(partition_halt.c.resumed_by.is_(None))
    )
    return list(connection.execute(standing.order_by(partition_halt.c.topic, partition_halt.c.partition)))


def resume(connection: Connection, service: str, topic: str, partition: int, by: str) -> None:
    """Resumes by hand: the event that stopped the partition becomes a dead letter, and the next ones are tried."""
    if (topic, partition) not in {(row.topic, row.partition) for row in halted(connection, service)}:
        raise NotFound("That partition is not halted. List the dead letters to see which are.")
    connection.execute(
        update(partition_halt).filter_by(topic=topic, partition=partition).values(resumed_by=by)
    )
    connection.execute(text("SELECT pg_notify('event_log', :topic)"), {"topic": topic})
