"""Finds the look in force and pictures, and keeps a new look."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.publishing.models.theme import Picture, Theme
from services.publishing.tokens import Look


def in_force(session: Session) -> Theme:
    """Returns the theme with the highest number; before anybody has saved one, ours."""
    latest = select(Theme).order_by(Theme.number.desc()).limit(1)
    return session.scalars(latest).one_or_none() or Theme.of_ours()


def save(session: Session, look: Look, by: UUID) -> Theme:
    """Keeps a new look; raises ContrastTooLow."""
    theme = in_force(session).followed_by(look, by)
    session.add(theme)
    return theme


def contents_of(session: Session, ids: set[UUID]) -> dict[str, bytes]:
    """Returns pictures by their ids."""
    rows = session.execute(select(Picture.id, Picture.content).where(Picture.id.in_(ids)))
    return {str(id): content for id, content in rows}
