"""Takes the lists of who took part out of what an installation has told before: its log, outboxes and dead letters.

A position of the log stays filled, because moving it to Kafka and building read models anew need every one; what is left of
such an event names nobody. Each table is written anew, so that the rows of before lie in no page of it.
"""

import json

from sqlalchemy import Connection, text

from shared.settings import SERVICES

NOBODY = "00000000-0000-0000-0000-000000000000"
LISTS = {
    "polku.survey.writers-counted.v1": "participants",
    "polku.voting.voters-counted.v1": "participants",
    "polku.workshop.attendees-counted.v1": "participants",
    "polku.identity.attendance-known.v1": "members",
}
TOLD_OF_ONE = "polku.notification.notice-sent.v1"  # of a reminder it says that this person had not taken part
TYPE, BODY = "headers ->> 'ce_type'", "convert_from(value, 'UTF8')::jsonb"
OF_A_REMINDER = f"CASE WHEN {TYPE} = '{TOLD_OF_ONE}' THEN {BODY} ->> 'kind' = 'reminder' ELSE false END"
WITHOUT_PEOPLE = f"""
    UPDATE kept SET value = convert_to(jsonb_set({BODY}, ARRAY[CAST(:lists AS jsonb) ->> ({TYPE})], '[]')::text, 'UTF8')
    WHERE CAST(:lists AS jsonb) ? ({TYPE})"""
WITHOUT_THE_ONE = f"""
    UPDATE kept SET value = convert_to(
        ({BODY} || '{{"member_id": "{NOBODY}", "notice_id": "{NOBODY}"}}')::text, 'UTF8')
    WHERE {OF_A_REMINDER}"""
WITHOUT_LETTERS = f"DELETE FROM kept WHERE CAST(:lists AS jsonb) ? ({TYPE}) OR {TYPE} = '{TOLD_OF_ONE}'"


def forget_the_lists(connection: Connection) -> None:
    """Empties those in the log and in outboxes, and drops those among dead letters, which nobody takes up any more."""
    write_anew("bus.event_log", (WITHOUT_PEOPLE, WITHOUT_THE_ONE), connection)
    for service in SERVICES:
        write_anew(f"{service}.outbox", (WITHOUT_PEOPLE, WITHOUT_THE_ONE), connection)
        write_anew(f"{service}.dead_letter", (WITHOUT_LETTERS,), connection)


def write_anew(table: str, changes: tuple[str, ...], connection: Connection) -> None:
    """Writes the rows into a new file, changed; nothing happens where there is no such table, or nothing to change in it."""
    if not connection.scalar(text("SELECT to_regclass(:table) IS NOT NULL"), {"table": table}):
        return
    connection.execute(text(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {table}"))
    lists = {"lists": json.dumps(LISTS)}
    if sum(
        connection.execute(text(change), lists if ":lists" in change else {}).rowcount for change in changes
    ):
        connection.execute(text(f"TRUNCATE {table}"))
        connection.execute(text(f"INSERT INTO {table} SELECT * FROM kept ORDER BY random()"))
    connection.execute(text("DROP TABLE kept"))
