"""The launched workbook as it is read: whole, in a line, in pieces, passage by passage, and on paper."""

from uuid import UUID

import msgspec

from services.publishing import launches, quotes, workbooks
from services.publishing.api.showing import book_read
from services.publishing.content import IdeaCard, Principle
from services.publishing.layout import passage_laid_out, words_in_piece
from services.publishing.models import Edition
from shared.contracts.api import publishing_reading as shapes
from shared.contracts.api.publishing import READERS
from shared.contracts.api.publishing_reading import Reading
from shared.problems import NotFound
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.limits import limited
from shared.web.operations import File
from shared.web.serving import serves

reading = Blueprint("reading", __name__, description="The launched workbook")


@serves(reading, Reading.read)
def read(run_id: UUID, edition: int | None = None) -> shapes.BookRead:
    wanted = launches.read_now(session(), run_id) if edition is None else numbered(run_id, edition)
    return book_read(wanted, quotes.readable(session(), wanted))


def numbered(run_id: UUID, number: int) -> Edition:
    edition = workbooks.of_run(session(), run_id).edition(number)
    if not caller().is_any(*READERS) and not launches.was_open(session(), edition):
        raise NotFound
    return edition


@serves(reading, Reading.summary)
def summary(run_id: UUID) -> shapes.Summary:
    edition = launches.read_now(session(), run_id)
    book = edition.book
    return shapes.Summary(
        title=book.title,
        number=edition.number,
        language=book.language,
        words=sum(words_in_piece(piece) for piece in book.passages()),
        chapters=len(book.chapters),
        cards=len(edition.pieces(IdeaCard)),
    )


@serves(reading, Reading.pieces)
def pieces(run_id: UUID) -> shapes.Pieces:
    edition = launches.read_now(session(), run_id)
    book = quotes.readable(session(), edition)
    wanted = [piece for piece in book.passages() if isinstance(piece.block, Principle | IdeaCard)]
    laid_out = [passage_laid_out(piece, book, 2) for piece in wanted]
    return shapes.Pieces(
        edition_id=edition.id,
        number=edition.number,
        pieces=msgspec.convert(laid_out, list[shapes.Piece]),
    )


@serves(reading, Reading.where)
def where(run_id: UUID, passage_id: UUID) -> shapes.Place:
    edition, chapter, piece = launches.newest_with(session(), passage_id, run_id)
    current = launches.in_force(session(), run_id)
    return shapes.Place(
        passage=msgspec.convert(passage_laid_out(piece, edition.book, 2), shapes.Piece),
        chapter=chapter,
        number=edition.number,
        page=edition.page_of(passage_id),
        is_current=current is not None and current.edition_id == edition.id,
    )


@serves(reading, Reading.on_paper)
@limited(person=60, address=6_000)  # everybody, on the day of the launch
def on_paper(run_id: UUID, sheet: str) -> File:
    rendering = launches.read_now(session(), run_id).rendering(sheet)
    return File(type="application/pdf", content=rendering.file)
