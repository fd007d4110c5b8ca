"""Whose turn it is: which events of an outbox travel next.

While few wait, those told first. Otherwise every organisation gets its turn, and of an organisation every key, so that
one's fifty thousand events do not stand before another's single one. Nor may they in the log: who has much waiting gives a
reader only as much as it has room for; who has few passes always. Within a key it is the order of telling: what is taken of
a key is the beginning of what waits of it.
"""

import time

from shared.messaging.bus import PARTITIONS

FEW = 8
SHARE = FEW * FEW  # of one organisation in a round; over all its keys it still shows whether it has few
# So many events may lie before a reader until it gets more of who has much waiting, while another tells one at a time; what
# these wait then, beside a quiet day (make bench): 8 each 10 ms 3.1 to 5.0 times as long, each 20 ms 2.4 to 3.3 times.
ROOM, PLENTY, NO_END = 8, 500, 1_000_000_000
# Until who has much may go again, and how often readers may make none before that is nobody's matter any more
ROOM_SECONDS, PATIENCE = 0.02, 10
COURTESY_SECONDS = 2.0
READS_HISTORY = 10_000  # a reader so far behind is nobody's to wait for

# In the order of seq, so by its index: without, what a burst left behind of dead rows is read through at each look.
LOOK = f"""
    SELECT pg_try_advisory_xact_lock(hashtextextended(:service, 7120)) AS is_mine,
           (SELECT count(*) FROM (SELECT FROM outbox ORDER BY seq LIMIT {FEW} + 1) first_ones) AS waiting,
           (SELECT coalesce(split_part(min(key), ':', 1) <> split_part(max(key), ':', 1), false) FROM outbox) AS is_shared"""
# For the `seq` of the events that travel next; the second takes :room as well.
IN_ORDER = "SELECT seq FROM outbox ORDER BY seq LIMIT :at_most"
PARTITION_OF = f"(crc32(convert_to({{key}}, 'UTF8')) % {PARTITIONS})::int"  # as Outgoing.partition has it
BY_TURNS = f"""
    WITH RECURSIVE found AS (  -- a loose index scan: one look a key, however much waits
        (SELECT key FROM outbox ORDER BY key LIMIT 1)
        UNION ALL
        SELECT (SELECT o.key FROM outbox o WHERE o.key > found.key ORDER BY o.key LIMIT 1)
        FROM found WHERE found.key IS NOT NULL),
    keys AS (SELECT key, split_part(key, ':', 1) AS tenant FROM found WHERE key IS NOT NULL),
    tenants AS (SELECT tenant, {SHARE} / count(*) + 1 AS share FROM keys GROUP BY tenant),
    shares AS (SELECT tenant, least(share, :at_most / count(*) OVER () + {FEW} + 1) AS share FROM tenants),
    first AS (
        SELECT seq, topic, {PARTITION_OF.format(key="key")} AS partition,
               row_number() OVER (PARTITION BY tenant ORDER BY of_key, seq) AS turn,
               count(*) OVER (PARTITION BY tenant) > {FEW} AS has_much
        FROM keys JOIN shares USING (tenant) CROSS JOIN LATERAL (
            SELECT seq, topic, row_number() OVER (ORDER BY seq) AS of_key
            FROM (SELECT seq, topic FROM outbox WHERE outbox.key = keys.key ORDER BY seq LIMIT share) waiting) of_one),
    lies AS (  -- before each reader, of all that it reads; one that fails or stands at a brake holds up nobody
        SELECT partition, sum(next_position - committed) OVER (PARTITION BY grp, owner) AS before_its_reader
        FROM log_partition JOIN group_partition USING (topic, partition)
        WHERE topic IN (SELECT topic FROM first) AND leased_until > clock_timestamp() AND attempts = 0
              AND next_position - committed < {READS_HISTORY}),
    room AS (SELECT partition, :room - max(before_its_reader) AS room FROM lies GROUP BY partition),
    heads AS (SELECT partition, min(seq) AS head FROM first WHERE has_much GROUP BY partition),
    placed AS (  -- partition by partition, so that a reader has them in one batch
        SELECT seq, partition, turn, has_much,
               row_number() OVER (PARTITION BY has_much ORDER BY head, turn, seq) AS place
        FROM first LEFT JOIN heads USING (partition))
    SELECT seq FROM placed LEFT JOIN room USING (partition)
    WHERE NOT has_much OR (:room > 0 AND place <= coalesce(room, :at_most))
    ORDER BY turn, seq LIMIT :at_most"""


class Courtesy:
    """How much room one organisation's many events get before the readers: plenty; while others tell as well little, and only
    now and then, not whenever one of the others tells; and no end of it when a reader makes none, slow or dead: services do
    not depend on each other."""

    def __init__(self) -> None:
        self._in_vain, self._others_until, self._next_at = 0, 0.0, 0.0

    @property
    def room(self) -> int:
        now = time.monotonic()
        if self._in_vain >= PATIENCE:
            return NO_END
        if now >= self._others_until:
            return PLENTY
        return ROOM if now >= self._next_at else 0

    @property
    def pause(self) -> float:
        """Seconds until who waits for room may go."""
        return max(0.0, self._next_at - time.monotonic())

    def learn(self, room: int, left: int, wants_room: bool, is_shared: bool) -> None:
        """How a round with so much room went: how many left, whether more wait for room, whether several organisations had
        some waiting."""
        now = time.monotonic()
        if room:
            self._in_vain = self._in_vain + 1 if wants_room and left < ROOM else 0
            self._next_at = now + ROOM_SECONDS
        if is_shared:
            self._others_until = now + COURTESY_SECONDS
