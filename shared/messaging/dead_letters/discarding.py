"""Discards a dead letter: with a reason, and on record; what was parked behind it is freed or goes with it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.postgresql import insert as insert_once

from shared.messaging.dead_letters.listing import attributes, dead_letter_of
from shared.messaging.dead_letters.storing import DEAD, hold_the_key
from shared.messaging.events import Undecodable, open_where_it_lies
from shared.messaging.listeners import Listeners
from shared.messaging.messaging_tables import dead_letter, discarding, inbox
from shared.problems import RuleBroken

LONGEST = 500


class SayWhy(RuleBroken):
    """Whoever comes after you wants to know why this was given up. Write the reason, up to 500 characters."""

    status = 422


def discard(
    connection: Connection, listeners: Listeners, nr: int, *, why: str, by: str, with_parked: bool
) -> Row:
    """Discards a dead letter, `with_parked` also those parked right behind it; returns what it was."""
    if not why.strip() or len(why) > LONGEST:
        raise SayWhy
    hold_the_key(connection, dead_letter_of(connection, nr).key)
    found = dead_letter_of(connection, nr)
    going = [found, *(parked_behind(connection, found) if with_parked else ())]
    put_on_record(connection, [on_record(row, why.strip(), by) for row in going])
    never_again(connection, listeners, going)
    numbers = [row.nr for row in going]
    connection.execute(dead_letter.delete().where(dead_letter.c.nr.in_(numbers)))
    return found


def put_on_record(connection: Connection, rows: list[dict]) -> None:
    """Records who discarded what, when and why. What nobody can read leaves no row in the inbox: when the log is read anew it comes
    again, and is discarded again."""
    row = insert_once(discarding).values(rows)
    anew = {name: row.excluded[name] for name in ("type", "tenant_id", "state", "why", "by", "discarded_at")}
    connection.execute(row.on_conflict_do_update(index_elements=discarding.primary_key, set_=anew))


def parked_behind(connection: Connection, found: Row) -> Sequence[Row]:
    """Returns those parked behind it, up to the next dead one of the key, behind which the others wait."""
    behind = select(dead_letter).filter_by(key=found.key).where(dead_letter.c.nr > found.nr)
    rows = connection.execute(behind.order_by(dead_letter.c.nr)).all()
    ends = next((at for at, row in enumerate(rows) if row.state == DEAD), len(rows))
    return rows[:ends]


def on_record(row: Row, why: str, by: str) -> dict:
    about = attributes(row.headers)
    place = {name: getattr(row, name) for name in ("topic", "partition", "position", "state")}
    tenant = UUID(about["ce_tenantid"]) if "ce_tenantid" in about else None
    return place | {"type": about.get("ce_type", "?"), "tenant_id": tenant, "why": why, "by": by}


def never_again(connection: Connection, listeners: Listeners, rows: Sequence[Row]) -> None:
    """Marks them in the inbox as handled: also when the log is read from its beginning, what was discarded is not done after all."""
    marks = [mark for row in rows for mark in marks_of(row, listeners)]
    if marks:
        connection.execute(insert_once(inbox).values(marks).on_conflict_do_nothing())


def marks_of(row: Row, listeners: Listeners) -> list[dict]:
    try:
        envelope = open_where_it_lies(row)
    except Undecodable:
        return []
    return [
        {"event_id": envelope.id, "listener": reaction.name} for reaction in listeners.reactions_to(envelope)
    ]
