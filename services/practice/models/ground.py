"""The common ground of a run: whether teams may begin, and what the workbook gives them."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.practice.models.base import Base
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned


class NotYetOpen(RuleBroken):
    """Teams begin with their ground rules once the workbook has been launched. Until then there is nothing to do here."""


class Ground(TenantOwned, Base):
    """A run as its teams see it: whether they may begin, and from which edition."""

    __tablename__ = "ground"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    is_open: Mapped[bool] = mapped_column(default=False)

    def must_be_open(self) -> None:
        if not self.is_open:
            raise NotYetOpen


class Principle(TenantOwned, Base):
    """A passage of the workbook that holds for the whole organisation: every team inherits it, none can change it."""

    __tablename__ = "principle"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    passage_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]


class IdeaCard(TenantOwned, Base):
    """A passage of the workbook that a team may deal and make a rule of."""

    __tablename__ = "idea_card"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    passage_id: Mapped[UUID] = mapped_column(primary_key=True)
