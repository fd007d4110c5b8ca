"""For which organisation we act at present; nothing here knows a database, so that what has none loads none."""

from contextvars import ContextVar
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_tenant: ContextVar[UUID | None] = ContextVar("tenant", default=None)


class NoTenant(RuntimeError):
    """Raised where nobody has said which organisation this work is for."""


def current_tenant() -> UUID:
    """The organisation that we act for; raises NoTenant. Whoever has a session asks `tenant_of(session)`."""
    if tenant := _tenant.get():
        return tenant
    raise NoTenant("Wrap this in acting_for(tenant): the work belongs to no organisation.")


def tenant_here() -> UUID | None:
    """For log lines, which may also be about no organisation."""
    return _tenant.get()


def tenant_of(session: "Session") -> UUID:
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
