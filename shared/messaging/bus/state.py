"""How a service's events are doing: counts alone, for operators and for the proof that nothing was lost."""

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DataError

from shared.problems import RuleBroken

SECONDS = 3.0
STATE = text("""
    WITH told AS (SELECT topic, partition, next_position FROM log_partition WHERE topic LIKE :mine),
         done AS (SELECT topic, partition, min(committed) AS committed FROM group_partition GROUP BY 1, 2)
    SELECT (SELECT count(*) FROM outbox) AS unsent,
           coalesce(sum(told.next_position), 0) AS told,
           coalesce(sum(coalesce(done.committed, told.next_position)), 0) AS handled,
           (SELECT count(*) FROM dead_letter WHERE state = 'dead') AS dead,
           (SELECT count(*) FROM dead_letter WHERE state = 'parked') AS parked,
           (SELECT count(*) FROM timer WHERE due_at < now() - interval '1 minute') AS overdue,
           (SELECT count(*) FROM partition_halt JOIN group_partition AS next USING (topic, partition)
             WHERE grp = :service AND next.committed = partition_halt.position AND resumed_by IS NULL) AS brakes
    FROM told LEFT JOIN done USING (topic, partition)""")


class NotCounted(RuleBroken):
    """How the events stand cannot be counted just now: something holds on to their tables. Look again in a moment."""

    status = 503


def bus_state(engine: Engine, service: str) -> dict[str, int]:
    """`told` and `handled` count this service's events on the bus and those that every group has behind it; `dead` and
    `parked` what it could not handle itself; `unsent` what its relay has still to take, and `brakes` the partitions at
    which it stands still. Raises NotCounted after three seconds."""
    try:
        with engine.connect() as connection:
            connection.execute(select(func.set_config("statement_timeout", f"{SECONDS}s", True)))
            row = connection.execute(STATE, {"mine": f"{service}.%", "service": service}).one()
    except DataError as late:  # so does what PostgreSQL has refused come to us (shared.database)
        raise NotCounted from late
    return {name: int(count) for name, count in row._mapping.items()}
