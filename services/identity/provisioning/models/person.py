"""People as a client's directory describes them: users of SCIM, each the member that the person is here."""

import unicodedata
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, Uuid, any_, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import Base
from services.identity.provisioning.models.group import (
    ProvisionedGroup,
    ProvisionedGroupMember,
    roles_by_name,
)
from services.identity.sign_in.models.connection import Connection
from shared.database import belongs_to, moment, new_id, unique_in_tenant
from shared.tenancy.sessions import TenantOwned


class ProvisionedPerson(TenantOwned, Base):
    """A description of a person by the directory behind a way in. `said` holds the published attributes as they were sent; a version is
    counted up with each change. Somebody who was never active has no member yet."""

    __tablename__ = "provisioned_person"

    id: Mapped[UUID] = new_id()
    connection_id: Mapped[UUID]
    user_name: Mapped[str] = mapped_column(repr=False)  # as it is compared
    said: Mapped[dict[str, Any]] = mapped_column(JSONB, repr=False)
    external_id: Mapped[str | None] = mapped_column(default=None, repr=False)
    member_id: Mapped[UUID | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = moment()
    changed_at: Mapped[datetime] = moment()
    __table_args__ = (
        belongs_to("connection_id", "connection.id"),
        belongs_to("member_id", "member.id"),
        unique_in_tenant("connection_id", "user_name"),
        unique_in_tenant("connection_id", "external_id"),
        Index("ix_provisioned_person_page", "tenant_id", "connection_id", "made_at", "id"),
        Index("ix_provisioned_person_member", "tenant_id", "member_id"),
    )

    @property
    def is_active(self) -> bool:
        """Whether the directory says so, or says nothing of it (RFC 7643, 4.1.1)."""
        return self.said.get("active") is not False

    @classmethod
    def announced(
        cls, connection: Connection, claims: dict[str, Any], session: Session
    ) -> "ProvisionedPerson | None":
        """Returns whom the directory has announced under the joining value that the provider says now."""
        value = connection.claim("joining", claims)
        if value is None:
            return None
        return session.scalars(select(cls).filter_by(connection_id=connection.id, external_id=value)).first()

    @classmethod
    def all_of(cls, member_id: UUID, session: Session) -> list["ProvisionedPerson"]:
        """Returns how directories describe a member."""
        return list(session.scalars(select(cls).filter_by(member_id=member_id).order_by(cls.made_at, cls.id)))

    @classmethod
    def go_over(cls, member_id: UUID, to: UUID, session: Session) -> None:
        """Two members turned out to be one person: the directory's description stays with the one who stays."""
        session.execute(update(cls).filter_by(member_id=member_id).values(member_id=to))

    @classmethod
    def forget(cls, member_id: UUID, session: Session) -> None:
        """Erases what a directory has said of somebody who is forgotten; it may announce the person anew."""
        theirs = select(cls.id).filter_by(member_id=member_id)
        session.execute(delete(ProvisionedGroupMember).where(ProvisionedGroupMember.person_id.in_(theirs)))
        session.execute(delete(cls).filter_by(member_id=member_id))

    def groups(self, session: Session) -> list[str]:
        """Returns the names of the groups that the person is in."""
        inside = select(ProvisionedGroupMember.group_id).filter_by(person_id=self.id)
        named = select(ProvisionedGroup.name).where(ProvisionedGroup.id.in_(inside))
        return sorted(session.scalars(named))

    def is_described(self, said: dict[str, Any], session: Session) -> None:
        """Takes over a new description, whole."""
        self.said, self.user_name = said, folded(said["userName"])
        self.external_id = said.get("externalId")
        self.version += 1
        self.changed_at = session.scalars(func.now().select()).one()


def roles_by_groups(
    members: Collection[UUID], connection: Connection, allowed: Collection[str], session: Session
) -> dict[UUID, set[str]]:
    """Returns the roles that groups of the directory behind a way in give these members."""
    roles: dict[UUID, set[str]] = {member: set() for member in members}
    if mapped := roles_by_name(connection, allowed):
        asked = {"way": connection.id, "members": list(members), "names": list(mapped)}
        for row in session.execute(GROUPS, asked):
            roles[row.member_id].add(mapped[row.name])
    return roles


PERSON, MEMBERSHIP, GROUP = ProvisionedPerson, ProvisionedGroupMember, ProvisionedGroup
GROUPS = (
    select(PERSON.member_id, GROUP.name)
    .join(MEMBERSHIP, (MEMBERSHIP.tenant_id == PERSON.tenant_id) & (MEMBERSHIP.person_id == PERSON.id))
    .join(GROUP, (GROUP.tenant_id == MEMBERSHIP.tenant_id) & (GROUP.id == MEMBERSHIP.group_id))
    .where(GROUP.connection_id == bindparam("way"), GROUP.name == any_(bindparam("names", type_=ARRAY(Text))))
    .where(PERSON.member_id == any_(bindparam("members", type_=ARRAY(Uuid))))
)


def folded(name: str) -> str:
    """Returns a name as names are compared that are not case-exact."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).lower())
