"""The functions through which alone a service's worker writes to the event log.

Nobody but `polku_owner` may write there. `append` runs with that role's rights, says by itself whose events they are and
takes none on another's topics; on Kafka the broker's own rules do that (infra/kafka/access.py).
"""

from collections.abc import Iterable

from sqlalchemy import Connection, text

from shared import contracts as contracts  # so that every contract is in the catalogue
from shared.messaging.bus import PARTITIONS
from shared.messaging.bus.fair_relay import PARTITION_OF
from shared.messaging.events import CATALOGUE
from shared.settings import SERVICES

# Whose worker has logged in, also while a function runs with another's rights; NULL, which nothing equals, for anybody else.
SERVICE = "substring(session_user FROM '^([a-z]+)_worker$')"
OF_OTHERS = """
    IF EXISTS (SELECT FROM unnest(topics) AS t (topic) WHERE split_part(t.topic, '.', 1) IS DISTINCT FROM source) THEN
        RAISE EXCEPTION 'a service tells on its own topics alone' USING ERRCODE = 'insufficient_privilege';
    END IF;"""
PINNED = "SECURITY DEFINER SET search_path = pg_catalog, bus, pg_temp"
# What comes gets the next positions of its partition, dense and without a gap: the row of the partition is the queue.
LAY = """
    head AS (INSERT INTO log_partition AS p (topic, partition, next_position)
             SELECT topic, partition, count(*) FROM come GROUP BY 1, 2
             ON CONFLICT (topic, partition) DO UPDATE SET next_position = p.next_position + excluded.next_position
             RETURNING topic, partition, next_position),
    laid AS (INSERT INTO event_log (topic, partition, position, key, headers, value)
             SELECT c.topic, c.partition,
                    head.next_position - row_number() OVER (PARTITION BY c.topic, c.partition ORDER BY c.nr DESC),
                    c.key, c.headers, c.value
             FROM come c JOIN head USING (topic, partition) RETURNING topic),
    announced AS (SELECT count(*) AS number, pg_notify('event_log', topic) FROM laid GROUP BY topic)"""
APPEND = f"""
CREATE OR REPLACE FUNCTION bus.append(topics text[], keys text[], heads jsonb[], contents bytea[]) RETURNS bigint
LANGUAGE plpgsql {PINNED} AS $$
DECLARE source text := {SERVICE}; told bigint;
BEGIN {OF_OTHERS}
    WITH come AS (
        SELECT topic, {PARTITION_OF.format(key="key")} AS partition, key, nr, content AS value,
               CASE WHEN head ->> 'ce_source' = '/polku/' || source THEN head
                    ELSE head || jsonb_build_object('ce_source', '/polku/' || source) END AS headers
        FROM unnest(topics, keys, heads, contents) WITH ORDINALITY AS t (topic, key, head, content, nr)), {LAY}
    SELECT coalesce(sum(number), 0) INTO told FROM announced;
    RETURN told;
END $$"""
# Where Kafka holds the events PostgreSQL knows how far each partition goes.
NOTE_ENDS = f"""
CREATE OR REPLACE FUNCTION bus.note_ends(topics text[], partitions int[], ends bigint[]) RETURNS void
LANGUAGE plpgsql {PINNED} AS $$
DECLARE source text := {SERVICE};
BEGIN {OF_OTHERS}
    INSERT INTO log_partition AS p (topic, partition, next_position) SELECT * FROM unnest(topics, partitions, ends)
    ON CONFLICT (topic, partition) DO UPDATE SET next_position = greatest(p.next_position, excluded.next_position);
END $$"""
FUNCTIONS = ("bus.append(text[], text[], jsonb[], bytea[])", "bus.note_ends(text[], int[], bigint[])")
MAKE_TOPICS = text("""
    INSERT INTO log_partition (topic, partition)
    SELECT t, p FROM unnest(CAST(:topics AS text[])) t, generate_series(0, :partitions - 1) p
    ON CONFLICT DO NOTHING""")


def make_topics(connection: Connection, topics: Iterable[str] | None = None) -> None:
    """Give every declared topic its partitions, so that whoever hears of it finds them before anything is told."""
    declared = {event.topic for event in CATALOGUE.values()} if topics is None else set(topics)
    connection.execute(MAKE_TOPICS, {"topics": sorted(declared), "partitions": PARTITIONS})


def make_functions(connection: Connection) -> None:
    connection.execute(text("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"))
    for line in (APPEND, NOTE_ENDS):
        connection.execute(text(line))
    for schema in ("bus", *SERVICES):
        connection.execute(text(f'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA "{schema}" FROM PUBLIC'))
