"""Which views may be dealt to a reader, and how far everybody has read them."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.voting.models.lying import lying_now
from services.voting.models.view import STANDS, View


class Before(NamedTuple):
    """A standing view as it is before one reader: how it was answered, and whether it is in the hand."""

    id: UUID
    theme_id: UUID
    language: str | None
    agrees: int
    answers: int
    """Cards that lie before readers count as answered, so that not everybody is dealt the same views."""
    dealt: bool


def readership(run_id: UUID, mine: Collection[UUID], session: Session) -> list[Before]:
    """Every standing view of the run; `mine` are those in the hand. Plain queries: one with joins is at the mercy of stale
    statistics."""
    lying = lying_now(run_id, session)
    answers = View.agrees + View.passes + View.disagrees
    columns = (View.id, View.theme_id, View.language, View.agrees, answers)
    standing = select(*columns).where(View.run_id == run_id, View.status == STANDS)
    return [
        Before(id, theme_id, language, agrees, answered + lying.get(id, 0), id in mine)
        for id, theme_id, language, agrees, answered in session.execute(standing)
    ]


def least_read(left: Sequence[Before], views: Sequence[Before]) -> UUID | None:
    """The theme of which this reader has been dealt least; of equals the one least read by all."""

    def so_far(theme_id: UUID):
        in_theme = [view for view in views if view.theme_id == theme_id]
        return sum(v.dealt for v in in_theme), sum(v.answers for v in in_theme) / len(in_theme), theme_id

    return min({view.theme_id for view in left}, key=so_far, default=None)
