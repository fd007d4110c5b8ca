"""How a service's events are doing: counts alone, for operators and for the proof that nothing was lost."""

from sqlalchemy import Engine, text

STATE = text("""
    WITH told AS (SELECT topic, partition, next_position FROM log_partition WHERE topic LIKE :mine),
         done AS (SELECT topic, partition, min(committed) AS committed FROM group_partition GROUP BY 1, 2)
    SELECT (SELECT count(*) FROM outbox) AS unsent,
           coalesce(sum(told.next_position), 0) AS told,
           coalesce(sum(coalesce(done.committed, told.next_position)), 0) AS handled,
           (SELECT count(*) FROM dead_letter WHERE state = 'dead') AS dead,
           (SELECT count(*) FROM dead_letter WHERE state = 'parked') AS parked,
           (SELECT count(*) FROM alarm WHERE due_at < now() - interval '1 minute') AS overdue,
           (SELECT count(*) FROM brake JOIN group_partition AS next USING (topic, partition)
             WHERE grp = :service AND next.committed = brake.position AND released_by IS NULL) AS brakes
    FROM told LEFT JOIN done USING (topic, partition)""")


def bus_state(engine: Engine, service: str) -> dict[str, int]:
    """`told` and `handled` count this service's events on the bus and those that every group has behind it;
    `dead` and `parked` what it could not handle itself; `unsent` what its relay has still to take, and `brakes` the partitions at which it stands still."""
    with engine.connect() as connection:
        row = connection.execute(STATE, {"mine": f"{service}.%", "service": service}).one()
    return {name: int(count) for name, count in row._mapping.items()}
