"""Sums up a database table by table: how many rows, and a checksum over all of them."""

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql

from shared.settings import SERVICES

SCHEMAS = [*SERVICES, "bus"]
Checksums = dict[str, list]
SAME_WORDS = (
    "SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex'"
)
TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 'u' AND n.nspname = ANY(%s) ORDER BY 1, 2"""
CHECKSUM = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} t"
COUNTERS = "SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences WHERE schemaname = ANY(%s)"
SEEN_BY_OPERATORS = ["mail_outage"]  # numbers of all organisations, for whoever runs Polku; nobody's content
UNPROTECTED = """
    SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY(%s) AND c.relname <> ALL(%s)
    AND NOT (c.relrowsecurity AND c.relforcerowsecurity
             AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)) ORDER BY 1"""


def tables(connection: psycopg.Connection) -> list[tuple[str, str]]:
    return connection.execute(TABLES, [SCHEMAS]).fetchall()


def checksums(connection: psycopg.Connection, each: Callable[[str], None] = lambda name: None) -> Checksums:
    """Returns {"survey.view": [rows, checksum]}: two databases with the same checksums hold the same rows. `each` hears every
    table's name before it is read."""
    connection.execute(SAME_WORDS)
    found = {}
    for schema, table in tables(connection):
        each(f"{schema}.{table}")
        counted = connection.execute(sql.SQL(CHECKSUM).format(sql.Identifier(schema, table))).fetchone()
        found[f"{schema}.{table}"] = list(counted or ())
    return found


def counters(connection: psycopg.Connection) -> dict[str, int]:
    """The last number that each sequence gave."""
    return {name: last or 0 for name, last in connection.execute(COUNTERS, [SCHEMAS])}


def differences(before: Checksums, after: Checksums) -> list[str]:
    """Tables that are not the same, as sentences."""
    return [
        f"{table} had {rows(before.get(table))} and has {rows(after.get(table))}."
        for table in sorted(before.keys() | after.keys())
        if before.get(table) != after.get(table)
    ]


def rows(counted: Any) -> str:
    return "no such table" if counted is None else f"{counted[0]} rows ({counted[1][-6:]})"


def unprotected(connection: psycopg.Connection, not_meant: list[str]) -> list[str]:
    """Tables with an organisation's rows and no row security; `not_meant` are those of the mechanisms."""
    return [name for (name,) in connection.execute(UNPROTECTED, [SCHEMAS, not_meant + SEEN_BY_OPERATORS])]
