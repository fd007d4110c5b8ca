"""Laying events aside: dead ones, and behind them those of the same key, so that their order holds."""

from collections.abc import Iterable

from sqlalchemy import Connection, Text, cast, func, select
from sqlalchemy.dialects.postgresql import insert

from shared.messaging.bus import Record
from shared.messaging.events import may_tell_its_moment
from shared.messaging.messaging_tables import dead_letter, erased_tenant

DEAD, PARKED = "dead", "parked"
BEHIND = "behind a dead letter of its key"


def hold_the_key(connection: Connection, key: str) -> None:
    """Until the end of the transaction nobody else lays letters of this key aside or takes them up again."""
    name = func.current_schema().concat(f":{key}")
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 7130))))


def blocked_keys(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Those of these keys of which letters wait."""
    waiting = select(dead_letter.c.key).where(dead_letter.c.key == func.any(list(keys)))
    return set(connection.scalars(waiting.distinct()))


def is_of_the_erased(connection: Connection, record: Record) -> bool:
    """Whether the record says, by its key or its attribute, that it belongs to an organisation that was erased here."""
    said = [record.key.partition(":")[0], record.headers.get("ce_tenantid", "")]
    gone = select(erased_tenant.c.tenant_id).where(cast(erased_tenant.c.tenant_id, Text) == func.any(said))
    return bool(connection.scalar(select(gone.exists())))


def bury(connection: Connection, record: Record, reason: str, attempts: int) -> None:
    """Lay a record aside as dead."""
    _lay_aside(connection, record, state=DEAD, reason=reason, attempts=attempts)


def park(connection: Connection, record: Record) -> bool:
    """Lay a record aside behind the letters of its key; False when they have just been taken up: then its turn has come."""
    hold_the_key(connection, record.key)
    if not blocked_keys(connection, [record.key]):
        return False
    _lay_aside(connection, record, state=PARKED, reason=BEHIND)
    return True


def _lay_aside(connection: Connection, record: Record, **how) -> None:
    names = ("topic", "partition", "position", "key", "headers", "value")
    row = {name: getattr(record, name) for name in names} | how
    if not may_tell_its_moment(record.headers.get("ce_type")):
        row["died_at"] = func.date_trunc("day", func.now())
    connection.execute(insert(dead_letter).values(row).on_conflict_do_nothing())
