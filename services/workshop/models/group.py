"""A group of a workshop: some people around one question at a time, each question on a board of its own."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workshop.models.base import Base
from services.workshop.models.place import Place
from shared.database import belongs_to, new_id, session_of, unique_in_tenant
from shared.messaging.scheduling import notify_streams
from shared.tenancy.sessions import TenantOwned

if TYPE_CHECKING:
    from services.workshop.models.board import Board


class Group(TenantOwned, Base):
    """People around a board."""

    __tablename__ = "group"
    __table_args__ = (belongs_to("workshop_id", "workshop.id"), unique_in_tenant("workshop_id", "number"))
    id: Mapped[UUID] = new_id()
    workshop_id: Mapped[UUID]
    number: Mapped[int]
    board_id: Mapped[UUID | None] = mapped_column(default=None)
    """The board they are at now; boards of earlier questions stay."""
    asks_for_help: Mapped[bool] = mapped_column(default=False)
    attendance: Mapped[int | None] = mapped_column(default=None)
    """How many of it were there: noted when the session ends, because places go."""
    version: Mapped[int] = mapped_column(default=0)
    places: Mapped[list[Place]] = relationship(
        primaryjoin="foreign(Place.group_id) == Group.id", lazy="selectin", init=False, viewonly=True
    )
    boards: Mapped[list["Board"]] = relationship(
        primaryjoin="foreign(Board.group_id) == Group.id", lazy="selectin", init=False, viewonly=True
    )

    @property
    def board(self) -> "Board | None":
        return next((board for board in self.boards if board.id == self.board_id), None)

    @property
    def here(self) -> list[Place]:
        return [place for place in self.places if place.is_here]

    @property
    def attended(self) -> int:
        """How many of it have been there."""
        if self.attendance is not None:
            return self.attendance
        return sum(place.has_attended for place in self.places)

    @property
    def people(self) -> int:
        return len(self.places) or self.attendance or 0

    @property
    def seen_at(self) -> datetime | None:
        return max((place.sign.seen_at for place in self.places if place.sign), default=None)

    def ready(self, visit: int) -> list[Place]:
        return [place for place in self.places if place.is_ready(visit)]

    def ask_for_help(self) -> None:
        self.asks_for_help = True
        self.changed()

    def is_helped(self) -> None:
        self.asks_for_help = False
        self.changed()

    def take_in(self, places: Iterable[Place]) -> None:
        for place in places:
            place.group_id = self.id

    def changed(self) -> None:
        """Shows the change to those at the board and to those who look over all groups."""
        session = session_of(self)
        self.version += 1
        notify_streams(session, "workshop", *filter(None, (self.board_id, self.workshop_id)))
