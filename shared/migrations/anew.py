"""The functions by which a service's worker has its own tables written anew (shared/privacy/rewriting.py): with the rights of their
owner, and of no other service's tables."""

from sqlalchemy import Connection, text

from shared.migrations.event_log import PINNED, SERVICE

WHILE_TABLES_STAND = 7126
"""The advisory lock that whoever needs all tables as they stand, such as a backup, holds alone; services that write theirs anew
hold it together."""
WRITE_ANEW = f"""
CREATE OR REPLACE FUNCTION bus.write_anew(names text[]) RETURNS boolean
LANGUAGE plpgsql {PINNED} AS $$
DECLARE
    source text := {SERVICE};
    tables text := (SELECT string_agg(format('%I.%I', source, n), ', ') FROM unnest(names) n);
    name text;
BEGIN
    IF source IS NULL THEN
        RAISE EXCEPTION 'a worker writes the tables of its service anew' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT pg_try_advisory_xact_lock_shared({WHILE_TABLES_STAND}) THEN
        RETURN false;
    END IF;
    PERFORM set_config('lock_timeout', '5s', true);
    EXECUTE 'LOCK TABLE ' || tables || ' IN ACCESS EXCLUSIVE MODE';
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('ALTER TABLE %I.%I NO FORCE ROW LEVEL SECURITY', source, name);
        EXECUTE format('CREATE TEMP TABLE %I ON COMMIT DROP AS SELECT * FROM %I.%I ORDER BY random()', name || '_anew', source, name);
    END LOOP;
    EXECUTE 'TRUNCATE ' || tables;
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('INSERT INTO %I.%I OVERRIDING SYSTEM VALUE SELECT * FROM pg_temp.%I', source, name, name || '_anew');
        EXECUTE format('DROP TABLE pg_temp.%I', name || '_anew');
        EXECUTE format('ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY', source, name);
    END LOOP;
    PERFORM pg_switch_wal();
    RETURN true;
END $$"""
# Files of tables that were written anew, and the log before the last checkpoint, go at a checkpoint.
END_THE_LOG = f"""
CREATE OR REPLACE FUNCTION bus.end_the_log() RETURNS void LANGUAGE plpgsql {PINNED} AS $$
BEGIN
    PERFORM pg_switch_wal();
    EXECUTE 'CHECKPOINT';
END $$"""
FUNCTIONS = ("bus.write_anew(text[])", "bus.end_the_log()")


def make_functions_anew(connection: Connection) -> None:
    for line in (WRITE_ANEW, END_THE_LOG):
        connection.execute(text(line))
