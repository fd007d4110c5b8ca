"""A person's place at a workshop: on the list, waiting, present, in a group. Whose it is, only the session's key tells."""

from typing import Self
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workshop.grouping import Seated
from services.workshop.models.base import Base
from services.workshop.models.sign_of_life import SignOfLife
from shared.database import belongs_to
from shared.privacy.keys import Key
from shared.tenancy.sessions import TenantOwned
from shared.web.tokens import Caller

SIZES = (1024,)


class Person(msgspec.Struct, array_like=True, frozen=True):
    """The sealed content of a place: its turn, the traits by which groups are mixed, and when it moved up, until the session ends."""

    turn: int
    unit: str | None = None
    site: str | None = None
    role: str | None = None
    language: str = ""
    moved_up: int = 0
    """In which telling of the session's places; 0 for whoever did not wait."""

    @classmethod
    def behind(cls, caller: Caller, turn: int) -> Self:
        role = "supervisor" if caller.is_any("supervisor") else None
        return cls(turn, caller.unit, caller.site, role, caller.language)

    def seated(self, place_id: UUID) -> Seated:
        return Seated(place_id, (self.unit, self.site, self.role, self.language))


NOBODY = Person(turn=0)


class Place(TenantOwned, Base):
    """One person's place. Its number is made of the person's with the session's key, as long as that lives."""

    __tablename__ = "place"
    __table_args__ = (
        belongs_to("workshop_id", "workshop.id"),
        belongs_to("group_id", "group.id"),
        Index(None, "tenant_id", "workshop_id"),
        Index(None, "tenant_id", "group_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    workshop_id: Mapped[UUID]
    is_waiting: Mapped[bool] = mapped_column(default=False)
    group_id: Mapped[UUID | None] = mapped_column(default=None)
    has_attended: Mapped[bool] = mapped_column(default=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, repr=False, deferred=True, default=b"")
    sign: Mapped[SignOfLife | None] = relationship(
        primaryjoin="foreign(SignOfLife.place_id) == Place.id",
        lazy="joined",
        init=False,
        viewonly=True,
    )

    def seal(self, person: Person, key: Key) -> None:
        self.sealed = key.seal(msgspec.msgpack.encode(person), about(self.workshop_id, self.id), SIZES)

    @property
    def is_here(self) -> bool:
        return self.sign is not None and self.sign.is_here

    def is_ready(self, visit: int) -> bool:
        return self.sign is not None and self.sign.ready_for == visit


class GivenUp(TenantOwned, Base):
    """Somebody gave a place up and is told so; under another number than the place had, made with the session's key."""

    __tablename__ = "given_up"
    __table_args__ = (belongs_to("workshop_id", "workshop.id"), Index(None, "tenant_id", "workshop_id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    workshop_id: Mapped[UUID]
    telling: Mapped[int]


def about(workshop_id: UUID, place_id: UUID) -> bytes:
    """Returns the associated data of a place: its content opens in this row alone. The key is the organisation's and the session's."""
    return workshop_id.bytes + place_id.bytes


def opened(sealed: bytes, workshop_id: UUID, place_id: UUID, key: Key | None) -> Person:
    """Returns who is behind a place; NOBODY when the key is gone, also when the session has another one since."""
    if key is None:
        return NOBODY
    try:
        return msgspec.msgpack.decode(key.open(sealed, about(workshop_id, place_id)), type=Person)
    except InvalidTag:
        return NOBODY
