"""Has an edition's sheets printed, and lays out the draft as it stands."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.publishing import quotes, themes, workbooks
from services.publishing.content import Book, Image
from services.publishing.models import Edition
from services.publishing.tokens import Look
from services.publishing.typesetting import Manuscript


def print_edition(session: Session, edition: Edition) -> None:
    manuscript = manuscript_of(session, quotes.readable(session, edition), edition.tokens)
    for rendering in edition.renderings:
        rendering.make(manuscript, edition.frozen_at)


def draft_of(session: Session, run_id: UUID, chapter: UUID | None = None) -> Manuscript:
    """Returns the draft, or one chapter of it, in the look in force."""
    book = workbooks.of_run(session, run_id).book(only=chapter)
    return manuscript_of(session, book, themes.in_force(session).tokens, is_part=chapter is not None)


def manuscript_of(session: Session, book: Book, tokens: dict[str, Any], is_part: bool = False) -> Manuscript:
    look = Look.from_tokens(tokens)
    shown = {piece.block.image for piece in book.passages() if isinstance(piece.block, Image)}
    wanted = {id for id in (*shown, look.cover) if id}
    return Manuscript(book, look, themes.contents_of(session, wanted), is_part=is_part)
