"""The brake: a partition on which event after event dies stands still, until its service is mended or somebody lets go."""

from sqlalchemy import Connection, Row, and_, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from shared.messaging.bus import Record
from shared.messaging.bus.tables import group_partition
from shared.messaging.messaging_tables import brake, dead_letter
from shared.problems import NotFound


def put_on(connection: Connection, record: Record, reason: str) -> None:
    """Stop before this record; a brake that was let go at this record stays so."""
    place = {"topic": record.topic, "partition": record.partition}
    stop = {"position": record.position, "reason": reason, "since": func.now(), "released_by": None}
    row = insert(brake).values(place | stop)
    elsewhere = brake.c.position != record.position
    connection.execute(
        row.on_conflict_do_update(index_elements=["topic", "partition"], set_=stop, where=elsewhere)
    )


def is_on(connection: Connection, record: Record) -> bool:
    place = {"topic": record.topic, "partition": record.partition, "position": record.position}
    return bool(connection.scalar(select(brake.c.released_by.is_(None)).filter_by(**place)))


def was_released(connection: Connection, record: Record) -> bool:
    place = {"topic": record.topic, "partition": record.partition, "position": record.position}
    return bool(connection.scalar(select(brake.c.released_by.is_not(None)).filter_by(**place)))


def several_die_here(connection: Connection, record: Record, latest: int) -> bool:
    """Whether this record and the latest dead letters of its partition are of more than one organisation."""
    dead = select(dead_letter.c.headers["ce_tenantid"].astext).filter_by(
        topic=record.topic, partition=record.partition, state="dead"
    )
    theirs = connection.scalars(dead.order_by(dead_letter.c.position.desc()).limit(latest))
    return bool(set(theirs) - {record.headers.get("ce_tenantid")})


def brakes(connection: Connection, service: str) -> list[Row]:
    """The partitions that stand still: the event that stopped them is still the next one."""
    places = and_(
        group_partition.c.topic == brake.c.topic,
        group_partition.c.partition == brake.c.partition,
        group_partition.c.committed == brake.c.position,
        group_partition.c.grp == service,
    )
    standing = select(brake).join(group_partition, places).where(brake.c.released_by.is_(None))
    return list(connection.execute(standing.order_by(brake.c.topic, brake.c.partition)))


def release(connection: Connection, service: str, topic: str, partition: int, by: str) -> None:
    """Let go by hand: the event that stopped the partition becomes a dead letter, and the next ones are tried."""
    if (topic, partition) not in {(row.topic, row.partition) for row in brakes(connection, service)}:
        raise NotFound("No brake is on there. List the letters to see which brakes are on.")
    connection.execute(update(brake).filter_by(topic=topic, partition=partition).values(released_by=by))
    connection.execute(text("SELECT pg_notify('event_log', :topic)"), {"topic": topic})
