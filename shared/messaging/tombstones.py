"""Tombstones: a service remembers which organisations it has forgotten, so that nothing told of them later brings them back."""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.messaging.messaging_tables import erased_tenant
from shared.tenancy.sessions import tenant_of


def mark_erased(session: Session, told_to: UUID | None) -> bool:
    """Marks the organisation for which we act as erased; returns False when it is already."""
    stone = insert(erased_tenant).values(tenant_id=tenant_of(session), told_to=told_to)
    return session.scalar(stone.on_conflict_do_nothing().returning(erased_tenant.c.tenant_id)) is not None


def count_erased(session: Session, gone: int) -> Any:
    """Adds to the number of rows that have gone; returns the row of the erased organisation."""
    more = update(erased_tenant).filter_by(tenant_id=tenant_of(session))
    return session.execute(more.values(rows=erased_tenant.c.rows + gone).returning(erased_tenant)).one()
