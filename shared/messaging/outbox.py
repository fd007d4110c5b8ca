"""The outbox: what nouns tell is written in the transaction that changes them, and relayed once it has committed."""

from itertools import count

from psycopg.types.json import Jsonb
from sqlalchemy import event, text
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_dirty

from shared.messaging.events import Event, envelope_for
from shared.tenancy.sessions import tenant_of

_order = count()


class TellsOthers:
    """A thing whose changes other services want to hear about."""

    def tell(self, happened: Event) -> None:
        self.__dict__.setdefault("_told", []).append((next(_order), happened))
        flag_dirty(self)  # so that the session flushes it even when no column changed

    @property
    def told(self) -> list[Event]:
        return [happened for _, happened in self.__dict__.get("_told", [])]


@event.listens_for(Session, "before_flush")
def put_what_was_told_in_the_outbox(session: Session, flush_context, instances) -> None:
    told: list[tuple[int, Event]] = []
    for thing in [*session.new, *session.dirty, *session.deleted]:
        if isinstance(thing, TellsOthers):
            told += thing.__dict__.pop("_told", [])
    if told:
        put_in_outbox(session, [happened for _, happened in sorted(told, key=lambda pair: pair[0])])


def put_in_outbox(session: Session, happened: list[Event]) -> None:
    """Writes events into the outbox in the session's transaction, which notifies the relay once it has committed; `tell`
    does this by itself."""
    service = session.info["service"]
    rows = [envelope_for(event, service, tenant_of(session)).as_row() for event in happened]
    columns = {name + "s": [row[name] for row in rows] for name in ("topic", "key", "value")}
    headers = [Jsonb(row["headers"]) for row in rows]
    session.connection().execute(TELL, columns | {"headers": headers, "service": service})


TELL = text("""
    WITH told AS (
        INSERT INTO outbox (topic, key, headers, value)
        SELECT topic, key, headers, value
        FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:headers AS jsonb[]), CAST(:values AS bytea[]))
             WITH ORDINALITY AS happened (topic, key, headers, value, nr)
        ORDER BY nr)
    SELECT pg_notify('outbox', :service)""")
