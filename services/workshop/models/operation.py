"""One act in the log of a board."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.models.base import Base
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.tenancy.sessions import TenantOwned


class Operation(TenantOwned, Base):
    """One act on a board. Who did it says a number that the session's key makes, and nothing when the session is over."""

    __tablename__ = "operation"
    __table_args__ = (belongs_to("board_id", "board.id"), unique_in_tenant("board_id", "number"))
    id: Mapped[UUID] = new_id()
    board_id: Mapped[UUID]
    number: Mapped[int]
    act: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reverse: Mapped[dict[str, Any]] = mapped_column(JSONB)
    undoes: Mapped[int | None] = mapped_column(default=None)
    is_undone: Mapped[bool] = mapped_column(default=False)
