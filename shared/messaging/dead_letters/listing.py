"""Lists dead letters: which wait, and what is known of one, without a word of what is in it."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, Select, func, select

from shared.messaging.events import CATALOGUE, may_tell_its_moment
from shared.messaging.messaging_tables import dead_letter, discarding
from shared.problems import NotFound

ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Attributes that may be shown, and how they look when they are what they should be: garbage could hold anything.
SHOWN = {
    "ce_specversion": r"1\.0",
    "ce_id": ID,
    "ce_type": r"polku\.[a-z]+\.[a-z-]+\.v\d+",
    "ce_source": r"/polku/[a-z]+",
    "ce_time": r"[0-9T:.+-]{19,35}",
    "ce_tenantid": ID,
    "ce_partitionkey": f"{ID}(:{ID})?",
    "ce_correlationid": ID,
    "ce_causationid": ID,
    "ce_sequence": r"\d{1,20}",
    "ce_traceparent": r"[0-9a-f-]{55}",
    "content-type": r"application/json",
}
A_PAGE = 50
KINDS = {str: "text", bool: "yes or no", int: "number", float: "number", type(None): "nothing"}


def waiting(
    connection: Connection,
    *,
    state: str | None = None,
    topic: str | None = None,
    tenant: UUID | None = None,
    key: str | None = None,
    after: int = 0,
    limit: int = A_PAGE,
) -> tuple[list[Row], int | None]:
    """Returns a page of dead letters in the order in which they came, and the number after which the next page starts, if any."""
    given = {"state": state, "topic": topic, "key": key}
    query = chosen({name: value for name, value in given.items() if value}, tenant)
    page = query.where(dead_letter.c.nr > after).order_by(dead_letter.c.nr).limit(limit + 1)
    rows = list(connection.execute(page))
    return rows[:limit], rows[limit - 1].nr if len(rows) > limit else None


def chosen(given: Mapping[str, str], tenant: UUID | None) -> Select:
    query = select(dead_letter).filter_by(**given)
    return query.where(dead_letter.c.headers["ce_tenantid"].astext == str(tenant)) if tenant else query


def dead_letter_of(connection: Connection, nr: int) -> Row:
    """Returns the dead letter of this number; raises NotFound when it has been settled meanwhile."""
    if row := connection.execute(select(dead_letter).filter_by(nr=nr)).one_or_none():
        return row
    raise NotFound("There is no such dead letter: it may have been settled meanwhile. List them again.")


def counts(connection: Connection) -> dict[str, int]:
    by_state = select(dead_letter.c.state, func.count().label("number")).group_by(dead_letter.c.state)
    found = {row.state: row.number for row in connection.execute(by_state)}
    return {state: found.get(state, 0) for state in ("dead", "parked")}


def in_short(row: Row) -> dict[str, Any]:
    """Returns what a list says of a dead letter."""
    known = {name: getattr(row, name) for name in ("nr", "topic", "partition", "position", "state", "reason")}
    said = attributes(row.headers)
    tenant, _, run = said.get("ce_partitionkey", "").partition(":")
    about = {"type": said.get("ce_type"), "tenant": tenant or None, "run": run or None}
    when = row.died_at if may_tell_its_moment(row.headers.get("ce_type")) else row.died_at.date()
    return known | about | {"attempts": row.attempts, "died_at": when}


def in_full(row: Row, behind: int) -> dict[str, Any]:
    """Returns what is known of a dead letter: names and kinds of its fields, never what they hold."""
    about = {"attributes": attributes(row.headers), "fields": fields(row), "bytes": len(row.value)}
    return in_short(row) | about | {"behind": behind, "undeclared": undeclared(row)}


def number_behind(connection: Connection, row: Row) -> int:
    """Returns how many of its key wait behind it."""
    behind = select(func.count()).select_from(dead_letter).filter_by(key=row.key)
    return connection.scalar(behind.where(dead_letter.c.nr > row.nr)) or 0


def attributes(headers: Mapping[str, Any]) -> dict[str, str]:
    """Returns the attributes of the envelope that look as they should."""
    return {
        name: str(headers[name])
        for name, look in SHOWN.items()
        if name in headers and re.fullmatch(look, str(headers[name]))
    }


def fields(row: Row) -> dict[str, str]:
    """Returns the kind of value of each declared field; names that nobody declared could themselves be content."""
    found = content(row)
    declared = CATALOGUE.get(str(row.headers.get("ce_type")))
    names = msgspec.structs.fields(declared) if declared else ()
    return {field.name: kind(found[field.name]) if field.name in found else "missing" for field in names}


def undeclared(row: Row) -> int:
    """Returns how many fields nobody declared."""
    return len(content(row).keys() - fields(row).keys())


def content(row: Row) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(bytes(row.value))
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def kind(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(ID, value):
        return "id"
    if isinstance(value, list | dict):
        return f"{'list' if isinstance(value, list) else 'table'} of {len(value)}"
    return KINDS[type(value)]


DISCARDED = select(discarding)
"""Selects the dead letters that were discarded: by whom, when and why."""
ORDER_OF_DISCARDING = (discarding.c.discarded_at, *discarding.primary_key)
