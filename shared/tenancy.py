"""Whose data are we looking at?

Every row and every event belongs to one organisation. Code never passes a tenant around: the door (an HTTP request, an
incoming event, a command line) says `acting_for(tenant)` once. A session opened behind it is of that organisation for
good, every transaction begins with it, and the database refuses everything else.
"""

from contextvars import ContextVar
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

_tenant: ContextVar[UUID | None] = ContextVar("tenant", default=None)


class NoTenant(RuntimeError):
    """Nobody has said which organisation this work is for."""


class AnotherTenant(RuntimeError):
    """A session that serves one organisation was used in the middle of another's work."""


def current_tenant() -> UUID:
    """The organisation that we act for; raises NoTenant. Whoever has a session asks `tenant_of(session)`."""
    if tenant := _tenant.get():
        return tenant
    raise NoTenant("Wrap this in acting_for(tenant): the work belongs to no organisation.")


def tenant_here() -> UUID | None:
    """For log lines, which may also be about no organisation."""
    return _tenant.get()


def tenant_of(session: Session) -> UUID:
    """The organisation that this session was opened for, whatever is said around it now."""
    return session.info["tenant"]


class acting_for:
    """The door: `with acting_for(tenant):`. No generator: one that is left open puts an older tenant back when the
    garbage collector closes it, in the middle of somebody else's work."""

    __slots__ = ("tenant", "token")

    def __init__(self, tenant: UUID) -> None:
        self.tenant = tenant

    def __enter__(self) -> UUID:
        self.token = _tenant.set(self.tenant)
        return self.tenant

    def __exit__(self, *why: object) -> None:
        _tenant.reset(self.token)


class SessionOfATenant(Session):
    """A session of the organisation that we act for when it is opened; raises NoTenant when that is nobody, and
    AnotherTenant when it is asked for anything in the middle of another organisation's work."""

    def __init__(self, *given: Any, **options: Any) -> None:
        tenant = current_tenant()
        super().__init__(*given, **options, execution_options={TENANT: tenant})
        self.info["tenant"] = tenant

    def get_bind(self, *given: Any, **options: Any) -> Any:
        """Every statement and every flush passes here."""
        if tenant_here() not in (None, self.info["tenant"]):
            raise AnotherTenant("One session serves one organisation. Open another session for the other.")
        return super().get_bind(*given, **options)


TENANT = "polku_tenant"  # the option of a session's connections and statements


def tenant_of_the_row(statement: Any) -> UUID:
    """Whose row is inserted: the session's organisation; outside of a session, the one that we act for."""
    return statement.execution_options.get(TENANT) or current_tenant()


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
        insert_default=tenant_of_the_row,
        server_default=text("current_setting('app.tenant')::uuid"),
    )


@event.listens_for(Engine, "begin")
def begin_in_the_name_of_the_tenant(connection: Connection) -> None:
    """The first words of a transaction say for whom it is, in one round trip: psycopg, left to begin by itself, takes two
    (https://docs.sqlalchemy.org/en/21/core/events.html#sqlalchemy.events.ConnectionEvents.begin)."""
    options = connection.get_execution_options()
    level, tenant = options.get("isolation_level"), options.get(TENANT) or tenant_here()
    if level == "AUTOCOMMIT":
        return
    psycopg: Any = connection.connection.dbapi_connection
    psycopg.autocommit = True  # it begins nothing, we do
    begin = f"BEGIN ISOLATION LEVEL {level}" if level else "BEGIN"
    connection.exec_driver_sql(f"{begin}; SET LOCAL app.tenant = '{tenant}'" if tenant else begin)


@event.listens_for(Session, "after_begin")
def refuse_a_session_of_nobody(session: Session, transaction, connection) -> None:
    if "tenant" not in session.info:
        raise NoTenant("Open sessions with sessions_of(service): this one belongs to no organisation.")
