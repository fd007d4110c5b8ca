"""Whose data are we looking at?

Every row and every event belongs to one organisation. Code never passes a tenant around: the door (an HTTP
request, an incoming event, a command line) says `acting_for(tenant)` once, every transaction begins with it, and the
database refuses everything else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

_tenant: ContextVar[UUID | None] = ContextVar("tenant", default=None)


class NoTenant(RuntimeError):
    """Nobody has said which organisation this work is for."""


class AnotherTenant(RuntimeError):
    """A session that has served one organisation was asked to serve another."""


def current_tenant() -> UUID:
    if tenant := _tenant.get():
        return tenant
    raise NoTenant("Wrap this in acting_for(tenant): the work belongs to no organisation.")


def tenant_here() -> UUID | None:
    """For log lines, which may also be about no organisation."""
    return _tenant.get()


@contextmanager
def acting_for(tenant: UUID) -> Iterator[UUID]:
    token = _tenant.set(tenant)
    try:
        yield tenant
    finally:
        _tenant.reset(token)


class TenantOwned(MappedAsDataclass, kw_only=True):
    """A table whose rows belong to one organisation.

    The column fills itself in, and PostgreSQL's row level security hides everybody else's rows: there is no
    filter to remember and none to forget.
    """

    tenant_id: Mapped[UUID] = mapped_column(
        primary_key=True,
        sort_order=-100,
        init=False,
        repr=False,
        insert_default=current_tenant,
        server_default=text("current_setting('app.tenant')::uuid"),
    )


@event.listens_for(Engine, "begin")
def begin_in_the_name_of_whom_we_act_for(connection: Connection) -> None:
    """The first words of a transaction say for whom it is, in one round trip: psycopg, left to begin by itself, takes two
    (https://docs.sqlalchemy.org/en/21/core/events.html#sqlalchemy.events.ConnectionEvents.begin)."""
    level = connection.get_execution_options().get("isolation_level")
    if level == "AUTOCOMMIT":
        return
    psycopg: Any = connection.connection.dbapi_connection
    psycopg.autocommit = True  # it begins nothing, we do
    begin, tenant = f"BEGIN ISOLATION LEVEL {level}" if level else "BEGIN", tenant_here()
    connection.exec_driver_sql(f"{begin}; SET LOCAL app.tenant = '{tenant}'" if tenant else begin)


@event.listens_for(Session, "after_begin")
def serve_one_tenant(session: Session, transaction, connection) -> None:
    tenant = current_tenant()
    if session.info.setdefault("tenant", tenant) != tenant:
        raise AnotherTenant("One session serves one organisation. Open another session for the other.")
