"""The fair relay: which events of an outbox are published next.

While few wait, they go in the order in which they were told. Otherwise every organisation gets its turn, and of an organisation every
key, so that one's fifty thousand events do not stand before another's single one. The same holds in the log: an organisation with many
waiting publishes only as many as fit into the window before a reader; one with few always publishes. Within a key the order is that of
telling: what is taken of a key is the beginning of what waits of it.
"""

import time

from shared.messaging.bus import PARTITIONS

FEW = 8
SHARE = FEW * FEW  # of one organisation in one run; over all its keys it still shows whether it has few
# The window is how many events may lie before a reader until an organisation with many publishes more, while another tells one at a
# time; what the other's wait then, beside a quiet day (make bench): 8 each 10 ms 3.1 to 5.0 times as long, each 20 ms 2.4 to 3.3 times.
# The burst is the window while nobody else tells.
WINDOW, BURST, UNLIMITED = 8, 500, 1_000_000_000
# Seconds until an organisation with many publishes again; in how many windows readers may make no room before they are not waited for
WINDOW_SECONDS, PATIENCE = 0.02, 10
SHARED_SECONDS = 2.0
READS_HISTORY = 10_000  # a reader so far behind is nobody's to wait for

# In the order of seq, so by its index: otherwise the dead rows that a burst left behind are read at each scan.
SCAN = f"""
    SELECT pg_try_advisory_xact_lock(hashtextextended(:service, 7120)) AS is_mine,
           (SELECT count(*) FROM (SELECT FROM outbox ORDER BY seq LIMIT {FEW} + 1) first_ones) AS waiting,
           (SELECT coalesce(split_part(min(key), ':', 1) <> split_part(max(key), ':', 1), false) FROM outbox) AS is_shared"""
# The `seq` of the events to publish next; the second takes :window as well.
IN_ORDER = "SELECT seq FROM outbox ORDER BY seq LIMIT :at_most"
PARTITION_OF = f"(crc32(convert_to({{key}}, 'UTF8')) % {PARTITIONS})::int"  # as Outgoing.partition has it
IN_FAIR_ORDER = f"""
    WITH RECURSIVE found AS (  -- a loose index scan: one probe a key, however many wait
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
               count(*) OVER (PARTITION BY tenant) > {FEW} AS has_many
        FROM keys JOIN shares USING (tenant) CROSS JOIN LATERAL (
            SELECT seq, topic, row_number() OVER (ORDER BY seq) AS of_key
            FROM (SELECT seq, topic FROM outbox WHERE outbox.key = keys.key ORDER BY seq LIMIT share) waiting) of_one),
    lies AS (  -- before each reader, of all that it reads; one that fails or is halted holds up nobody
        SELECT partition, sum(next_position - committed) OVER (PARTITION BY grp, owner) AS before_its_reader
        FROM log_partition JOIN group_partition USING (topic, partition)
        WHERE topic IN (SELECT topic FROM first) AND leased_until > clock_timestamp() AND attempts = 0
              AND next_position - committed < {READS_HISTORY}),
    windows AS (SELECT partition, :window - max(before_its_reader) AS room FROM lies GROUP BY partition),
    heads AS (SELECT partition, min(seq) AS head FROM first WHERE has_many GROUP BY partition),
    placed AS (  -- partition by partition, so that a reader has them in one batch
        SELECT seq, partition, turn, has_many,
               row_number() OVER (PARTITION BY has_many ORDER BY head, turn, seq) AS place
        FROM first LEFT JOIN heads USING (partition))
    SELECT seq FROM placed LEFT JOIN windows USING (partition)
    WHERE NOT has_many OR (:window > 0 AND place <= coalesce(room, :at_most))
    ORDER BY turn, seq LIMIT :at_most"""


class Backpressure:
    """How many events of one organisation with many may lie before the readers: a burst; while others tell as well a small window, and
    only now and then, not whenever one of the others tells; unlimited once a reader makes no room, slow or dead: services do not depend
    on each other."""

    def __init__(self) -> None:
        self._without_room, self._shared_until, self._next_at = 0, 0.0, 0.0

    @property
    def window(self) -> int:
        now = time.monotonic()
        if self._without_room >= PATIENCE:
            return UNLIMITED
        if now >= self._shared_until:
            return BURST
        return WINDOW if now >= self._next_at else 0

    @property
    def pause(self) -> float:
        """Seconds until an organisation that waits for a window gets one."""
        return max(0.0, self._next_at - time.monotonic())

    def learn(self, window: int, published: int, wants_window: bool, is_shared: bool) -> None:
        """Learns from a run with this window: how many it published, whether more wait for a window, whether several organisations had
        some waiting."""
        now = time.monotonic()
        if window:
            self._without_room = self._without_room + 1 if wants_window and published < WINDOW else 0
            self._next_at = now + WINDOW_SECONDS
        if is_shared:
            self._shared_until = now + SHARED_SECONDS
