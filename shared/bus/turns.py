"""Whose turn it is: which events of an outbox travel next.

As a rule those told first. When more waits than one round takes, every key gets its turn, so that one organisation's
fifty thousand events do not stand before another's single one; and where readers are behind, a key that has much goes
in small steps, so that the partition it shares with others does not fill up. Within a key it is always the order of
telling: what is taken of a key is the beginning of what waits of it.
"""

from shared.bus import PARTITIONS

SHARE, SMALL_SHARE, FAR_BEHIND = 64, 16, 128

IN_ORDER = "SELECT seq FROM outbox ORDER BY seq LIMIT :at_most"
PARTITION_OF = f"(crc32(convert_to({{key}}, 'UTF8')) % {PARTITIONS})::int"  # as Outgoing.partition has it
BY_TURNS = f"""
    SELECT first.seq FROM (
        WITH RECURSIVE found AS (  -- a loose index scan: one look a key, however much waits
            (SELECT key FROM outbox ORDER BY key LIMIT 1)
            UNION ALL
            SELECT (SELECT o.key FROM outbox o WHERE o.key > found.key ORDER BY o.key LIMIT 1)
            FROM found WHERE found.key IS NOT NULL),
        behind AS (
            SELECT DISTINCT partition FROM log_partition JOIN group_partition USING (topic, partition)
            WHERE topic LIKE :mine AND next_position - committed > {FAR_BEHIND}
              AND leased_until > clock_timestamp())
        SELECT key, CASE WHEN {PARTITION_OF.format(key="key")} IN (SELECT partition FROM behind)
                         THEN {SMALL_SHARE} ELSE {SHARE} END AS share
        FROM found WHERE key IS NOT NULL) keys
    CROSS JOIN LATERAL (
        SELECT seq, row_number() OVER (ORDER BY seq) AS turn
        FROM (SELECT seq FROM outbox WHERE outbox.key = keys.key ORDER BY seq LIMIT keys.share) waiting) first
    ORDER BY first.turn, first.seq LIMIT :at_most"""


def next_turns(by_turns: bool) -> str:
    """SQL for the `seq` of the events that travel next; it takes :at_most and :mine (the service's topics)."""
    return BY_TURNS if by_turns else IN_ORDER
