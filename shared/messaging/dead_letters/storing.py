"""Puts events among the dead letters: dead ones, and parked behind them those of the same key, so that their order holds."""

from collections.abc import Iterable

from sqlalchemy import Connection, Text, cast, func, select
from sqlalchemy.dialects.postgresql import insert

from shared.messaging.bus import Record
from shared.messaging.events import may_tell_its_moment
from shared.messaging.messaging_tables import dead_letter, erased_tenant

DEAD, PARKED = "dead", "parked"
BEHIND = "behind a dead letter of its key"


def hold_the_key(connection: Connection, key: str) -> None:
    """Locks the key until the end of the transaction: nobody else adds dead letters of it or handles them."""
    name = func.current_schema().concat(f":{key}")
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 7130))))


def blocked_keys(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Returns those of these keys that have dead letters."""
    waiting = select(dead_letter.c.key).where(dead_letter.c.key == func.any(list(keys)))
    return set(connection.scalars(waiting.distinct()))


def is_of_an_erased(connection: Connection, record: Record) -> bool:
    """Returns whether the record says, by its key or its attribute, that it belongs to an organisation that was erased here."""
    known = [record.key.partition(":")[0], record.headers.get("ce_tenantid", "")]
    gone = select(erased_tenant.c.tenant_id).where(cast(erased_tenant.c.tenant_id, Text) == func.any(known))
    return bool(connection.scalar(select(gone.exists())))


def add_dead_letter(connection: Connection, record: Record, reason: str, attempts: int) -> None:
    """Adds a record as a dead letter."""
    _add(connection, record, state=DEAD, reason=reason, attempts=attempts)


def park(connection: Connection, record: Record) -> bool:
    """Parks a record behind the dead letters of its key; returns False when they have just been handled: then its turn has come."""
    hold_the_key(connection, record.key)
    if not blocked_keys(connection, [record.key]):
        return False
    _add(connection, record, state=PARKED, reason=BEHIND)
    return True


def _add(connection: Connection, record: Record, **how) -> None:
    names = ("topic", "partition", "position", "key", "headers", "value")
    row = {name: getattr(record, name) for name in names} | how
    if not may_tell_its_moment(record.headers.get("ce_type")):
        row["died_at"] = func.date_trunc("day", func.now())
    connection.execute(insert(dead_letter).values(row).on_conflict_do_nothing())
