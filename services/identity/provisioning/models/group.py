"""Groups of a client's directory. A group gives a role only where the administrator's table of the way in names it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import Base
from services.identity.sign_in.models.connection import Connection
from shared.database import belongs_to, moment, new_id
from shared.tenancy.sessions import TenantOwned


class ProvisionedGroup(TenantOwned, Base):
    """A group as the directory behind a way in describes it."""

    __tablename__ = "provisioned_group"

    id: Mapped[UUID] = new_id()
    connection_id: Mapped[UUID]
    name: Mapped[str]
    external_id: Mapped[str | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = moment()
    changed_at: Mapped[datetime] = moment()
    __table_args__ = (
        belongs_to("connection_id", "connection.id"),
        Index("ix_provisioned_group_page", "tenant_id", "connection_id", "made_at", "id"),
    )

    def was_changed(self, session: Session) -> None:
        self.version += 1
        self.changed_at = session.scalars(func.now().select()).one()


class ProvisionedGroupMember(TenantOwned, Base):
    """Somebody in a group."""

    __tablename__ = "provisioned_group_member"

    group_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    __table_args__ = (
        belongs_to("group_id", "provisioned_group.id"),
        belongs_to("person_id", "provisioned_person.id"),
        Index("ix_provisioned_group_member_person", "tenant_id", "person_id"),
    )


def roles_by_name(connection: Connection, allowed: Collection[str]) -> dict[str, str]:
    """Returns the administrator's table, without what groups cannot give."""
    return {name: role for name, role in connection.role_names.items() if role in allowed}
