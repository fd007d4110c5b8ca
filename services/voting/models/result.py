"""The result: every view's place, and the seats that propose the workshops' questions."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.voting.models.base import Base
from services.voting.ranking import Standing
from shared.database import belongs_to
from shared.tenancy.sessions import TenantOwned

Shares = dict[str, float]
"""A group's shares of one view, in steps: agree, disagree."""


class Place(TenantOwned, Base):
    """The place of one view in its theme, as counted when reading ended."""

    __tablename__ = "place"
    __table_args__ = (belongs_to("run_id", "ballot.run_id"), belongs_to("view_id", "view.id"))
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    theme_id: Mapped[UUID]
    position: Mapped[int]
    place: Mapped[int]
    place_best: Mapped[int]
    place_worst: Mapped[int]
    percentile: Mapped[int]
    agree: Mapped[float]
    agree_low: Mapped[float]
    agree_high: Mapped[float]
    heart: Mapped[float]
    priority: Mapped[float]
    agrees: Mapped[int]
    """This and the next three are blurred: who read a view is everybody but its author, and exact counts would say so."""
    passes: Mapped[int]
    disagrees: Mapped[int]
    hearts: Mapped[int]
    read_enough: Mapped[bool]
    groups: Mapped[dict[str, Shares | None]] = mapped_column(JSONB)
    """Every group that took part -> its shares, or None where they are withheld. Drawn once and kept."""

    @property
    def answers(self) -> int:
        return self.agrees + self.passes + self.disagrees

    @classmethod
    def values_of(
        cls, standing: Standing, position: int, run_id: UUID, theme_id: UUID, groups: dict[str, Shares | None]
    ) -> dict:
        tally = standing.tally._asdict()
        names = (
            "place",
            "place_best",
            "place_worst",
            "percentile",
            "agree",
            "agree_low",
            "agree_high",
            "heart",
        )
        numbers = {name: getattr(standing, name) for name in (*names, "priority", "read_enough")}
        where = {"run_id": run_id, "theme_id": theme_id, "position": position, "groups": groups}
        return where | tally | numbers


class Seat(TenantOwned, Base):
    """A place among the workshops' questions, and the view that a group puts there."""

    __tablename__ = "seat"
    __table_args__ = (belongs_to("run_id", "ballot.run_id"), belongs_to("view_id", "view.id"))
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    stratum: Mapped[str]
    view_id: Mapped[UUID]
    theme_id: Mapped[UUID]
