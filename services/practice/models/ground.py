"""The common ground of a run: whether teams may begin, and what the workbook gives them."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.practice.models.base import Noun


class Ground(Noun):
    """Where a run stands for its teams."""

    __tablename__ = "ground"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    is_open: Mapped[bool] = mapped_column(default=False)

    @classmethod
    def of(cls, run_id: UUID, session: Session) -> "Ground":
        """The run's ground, laid if need be, and held until we commit."""
        session.execute(insert(cls).values(run_id=run_id, is_open=False).on_conflict_do_nothing())
        return session.scalars(select(cls).filter_by(run_id=run_id).with_for_update()).one()

    def lay(self, principles: list[UUID], idea_cards: list[UUID]) -> None:
        """What the newest edition holds; what was there before is replaced."""
        self.clear()
        order = enumerate(principles)
        self.session.add_all([Principle(run_id=self.run_id, passage_id=id, position=nr) for nr, id in order])
        self.session.add_all([IdeaCard(run_id=self.run_id, passage_id=id) for id in idea_cards])

    def clear(self) -> None:
        for kind in (Principle, IdeaCard):
            self.session.execute(delete(kind).filter_by(run_id=self.run_id))

    @classmethod
    def is_open_for(cls, run_id: UUID, session: Session) -> bool:
        return session.scalar(select(cls.is_open).filter_by(run_id=run_id)) or False


class Principle(Noun):
    """A passage of the workbook that holds for the whole organisation: every team inherits it, none can change it."""

    __tablename__ = "principle"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    passage_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]


class IdeaCard(Noun):
    """A passage of the workbook that a team may deal and make a rule of."""

    __tablename__ = "idea_card"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    passage_id: Mapped[UUID] = mapped_column(primary_key=True)


def principles_of(run_id: UUID, session: Session) -> list[UUID]:
    return list(
        session.scalars(select(Principle.passage_id).filter_by(run_id=run_id).order_by(Principle.position))
    )


def cards_of(run_id: UUID, session: Session) -> list[UUID]:
    return list(
        session.scalars(select(IdeaCard.passage_id).filter_by(run_id=run_id).order_by(IdeaCard.passage_id))
    )
