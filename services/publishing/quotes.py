"""Colleagues' words in the workbook: where they stand, and what is read once a view is withdrawn."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.publishing import sources
from services.publishing.content import Book
from services.publishing.models import Edition, Passage


def readable(session: Session, edition: Edition) -> Book:
    """Returns the edition's book without quotes whose authors have withdrawn their views since."""
    book = edition.book
    return book.without_quotes_of(sources.withdrawn_among(session, book.sources))


def passages_quoting(session: Session, view_id: UUID) -> Sequence[Passage]:
    return session.scalars(select(Passage).where(Passage.derived_from.contains([view_id]))).all()


def editions_quoting(session: Session, view_id: UUID) -> Sequence[Edition]:
    """Returns the editions with a passage that is written from this view."""
    path = f'$.chapters[*].passages[*].derived_from[*] ? (@ == "{view_id}")'
    return session.scalars(select(Edition).where(Edition.content.path_exists(path))).all()
