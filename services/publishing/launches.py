"""Finds launches, and the editions that they have opened."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.publishing import quotes
from services.publishing.content import Passage as Piece
from services.publishing.models import Edition, Launch
from services.publishing.models.launch import NotLaunchedYet
from shared.problems import NotFound


def of_a_run(session: Session, run_id: UUID) -> Sequence[Launch]:
    return session.scalars(select(Launch).filter_by(run_id=run_id)).all()


def in_force(session: Session, run_id: UUID, but: Launch | None = None) -> Launch | None:
    """Returns the launch, other than this one, whose edition staff read; None where there is none."""
    launched = select(Launch).filter_by(run_id=run_id).where(Launch.launched_at.is_not(None))
    latest_first = session.scalars(launched.order_by(Launch.launched_at.desc()))
    return next((launch for launch in latest_first if launch is not but and launch.state == "launched"), None)


def read_now(session: Session, run_id: UUID) -> Edition:
    """Returns the edition that is launched and not taken back; raises NotLaunchedYet."""
    launch = in_force(session, run_id)
    if launch is None:
        raise NotLaunchedYet
    return launch.edition


def was_open(session: Session, edition: Edition) -> bool:
    """Returns whether staff have ever read this edition."""
    opened = select(Launch.id).filter_by(edition_id=edition.id).where(Launch.launched_at.is_not(None))
    return session.scalars(opened.limit(1)).first() is not None


def newest_with(session: Session, passage_id: UUID, run_id: UUID) -> tuple[Edition, str, Piece]:
    """Returns the newest edition ever opened that has this passage, with its chapter's title; raises NotFound."""
    launched = select(Launch.edition_id).where(Launch.launched_at.is_not(None))
    opened = select(Edition).filter_by(run_id=run_id).where(Edition.id.in_(launched))
    for edition in session.scalars(opened.order_by(Edition.number.desc())):
        for chapter in quotes.readable(session, edition).chapters:
            for piece in (chapter.opening, *chapter.passages):
                if piece.id == passage_id:
                    return edition, getattr(chapter.opening.block, "title", ""), piece
    raise NotFound
