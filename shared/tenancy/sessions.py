"""Sessions that see one organisation's data.

Every row and every event belongs to one organisation. Code never passes a tenant around: the door (an HTTP request, an
incoming event, a command line) says `acting_for(tenant)` once. A session opened behind it is of that organisation for
good, every transaction begins with it, and the database refuses everything else.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from shared.tenancy.acting import NoTenant as NoTenant
from shared.tenancy.acting import acting_for as acting_for
from shared.tenancy.acting import current_tenant as current_tenant
from shared.tenancy.acting import tenant_here as tenant_here
from shared.tenancy.acting import tenant_of as tenant_of


class AnotherTenant(RuntimeError):
    """A session that serves one organisation was used in the middle of another's work."""


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
    """Returns whose row is inserted: the session's organisation; outside of a session, the one that we act for."""
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
