"""Editions, and what readers get, over HTTP."""

from uuid import UUID

from flask import Response
from flask.views import MethodView

from services.publishing import launches, schemas, themes
from services.publishing.api.writing import READERS, WRITERS
from services.publishing.content import IdeaCard, Principle
from services.publishing.layout import laid_out, passage_laid_out, words_in_piece
from services.publishing.models import Edition, Workbook
from services.publishing.models.edition import pictures_of
from services.publishing.typesetting import Manuscript, draft, proof
from shared.database import find
from shared.problems import NotFound
from shared.web.access import open_to
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.limits import limited
from shared.web.roles import CLIENT_SIDE

EVERYBODY = ("participant", "supervisor", *READERS, "service")

reading = Blueprint("reading", __name__, description="Editions, their launch, and the launched workbook")


@reading.route("/runs/<uuid:run_id>/editions")
class Editions(MethodView):
    @open_to(*READERS)
    @reading.response(200, schemas.EditionSchema(many=True))
    def get(self, run_id: UUID):
        """All numbered editions and how far their printing is."""
        return Workbook.of(run_id, session()).editions

    @open_to("lead", *CLIENT_SIDE)
    @reading.response(201, schemas.EditionSchema)
    def post(self, run_id: UUID):
        """Freeze a numbered edition; refused until all is finished, cleared and approved by both sides."""
        workbook = Workbook.of(run_id, session(), to_write=True)
        edition = workbook.freeze(caller().subject, themes.in_force(session()))
        session().flush()
        edition.have_printed()
        return edition


@reading.route("/editions/<uuid:edition_id>/prints")
class Prints(MethodView):
    @open_to(*WRITERS, *CLIENT_SIDE)
    @reading.response(202, schemas.EditionSchema)
    def post(self, edition_id: UUID):
        """Print an edition again, after a failure."""
        edition = find(session(), Edition, edition_id)
        edition.have_printed()
        return edition


@reading.route("/runs/<uuid:run_id>/reading")
class Reading(MethodView):
    @open_to(*EVERYBODY)
    @reading.arguments(schemas.ReadingArguments, location="query")
    @reading.response(200)
    def get(self, wanted: dict, run_id: UUID):
        """The launched workbook, laid out for a page; or one edition by its number.

        Staff see every edition, readers those that were launched once: links to passages never die.
        """
        if wanted["edition"] is None:
            return as_read(launches.read_now(session(), run_id))
        edition = Workbook.of(run_id, session()).edition(wanted["edition"])
        if not caller().is_any(*READERS) and not launches.was_open(session(), edition):
            raise NotFound
        return as_read(edition)


def as_read(edition: Edition) -> dict:
    sheets = {rendering.sheet: rendering.state for rendering in edition.renderings}
    facts = {"edition_id": edition.id, "frozen_at": edition.frozen_at.isoformat(), "sheets": sheets}
    standing = edition.rendering("workbook").standing  # passage id -> page, once it is printed
    return laid_out(edition.readable(session())) | facts | {"standing": standing}


@reading.route("/runs/<uuid:run_id>/reading/summary")
class Summary(MethodView):
    @open_to(*EVERYBODY)
    @reading.response(200)
    def get(self, run_id: UUID):
        """The launched workbook in a line, for the page that says what one can do now."""
        edition = launches.read_now(session(), run_id)
        words = sum(words_in_piece(piece) for piece in edition.book.passages())
        facts = {"title": edition.book.title, "number": edition.number, "language": edition.book.language}
        return facts | {
            "words": words,
            "chapters": len(edition.book.chapters),
            "cards": len(edition.pieces(IdeaCard)),
        }


@reading.route("/runs/<uuid:run_id>/reading/<string:sheet>.pdf")
class ReadingOnPaper(MethodView):
    @open_to(*EVERYBODY)
    @limited(person=60, address=6_000)  # everybody, on the day of the launch
    def get(self, run_id: UUID, sheet: str):
        """The launched workbook, or its idea cards, as a PDF."""
        return pdf(launches.read_now(session(), run_id).rendering(sheet).file)


@reading.route("/editions/<uuid:edition_id>/<string:sheet>.pdf")
class EditionOnPaper(MethodView):
    @open_to(*READERS)
    @limited(person=60, address=600)
    def get(self, edition_id: UUID, sheet: str):
        """The printed form of any edition."""
        return pdf(find(session(), Edition, edition_id).rendering(sheet).file)


@reading.route("/runs/<uuid:run_id>/reading/pieces")
class Pieces(MethodView):
    @open_to(*EVERYBODY)
    @reading.response(200)
    def get(self, run_id: UUID):
        """The principles that teams inherit and the idea cards that they may deal, of the launched edition."""
        edition = launches.read_now(session(), run_id)
        book = edition.readable(session())
        pieces = [
            passage_laid_out(piece, book, 2)
            for piece in book.passages()
            if isinstance(piece.block, Principle | IdeaCard)
        ]
        return {"edition_id": str(edition.id), "number": edition.number, "pieces": pieces}


@reading.route("/runs/<uuid:run_id>/reading/passages/<uuid:passage_id>")
class WhereAPassageStands(MethodView):
    @open_to(*EVERYBODY)
    @reading.response(200)
    def get(self, run_id: UUID, passage_id: UUID):
        """The passage in the newest edition that was ever launched with it, so that links never die."""
        edition, chapter, piece = launches.newest_with(session(), passage_id, run_id)
        shown = passage_laid_out(piece, edition.book, 2)
        is_current = launches.in_force(session(), run_id)
        return {
            "passage": shown,
            "chapter": chapter,
            "number": edition.number,
            "page": edition.page_of(passage_id),
            "is_current": is_current is not None and is_current.edition_id == edition.id,
        }


@reading.route("/runs/<uuid:run_id>/workbook/reading")
class ReadingTheDraft(MethodView):
    @open_to(*READERS)
    @reading.response(200)
    def get(self, run_id: UUID):
        """The draft laid out for a page, for those who approve it."""
        return laid_out(Workbook.of(run_id, session()).book())


@reading.route("/runs/<uuid:run_id>/workbook/proof.png")
class Proof(MethodView):
    @open_to(*READERS)
    @reading.arguments(schemas.ProofArguments, location="query")
    def get(self, wanted: dict, run_id: UUID):
        """One page of the draft as it will be printed; X-Pages says how many there are."""
        pages = proof(the_draft(run_id, wanted["chapter"]))
        page = min(wanted["page"], len(pages))
        answer = Response(pages[page - 1], mimetype="image/png")
        answer.headers |= {"X-Pages": str(len(pages)), "X-Page": str(page)}
        return answer


@reading.route("/runs/<uuid:run_id>/workbook/draft.pdf")
class Draft(MethodView):
    @open_to(*READERS)
    @limited(person=60, address=600)
    def get(self, run_id: UUID):
        """The whole draft as a PDF, also while it still lacks things."""
        return pdf(draft(the_draft(run_id)))


def the_draft(run_id: UUID, chapter: UUID | None = None) -> Manuscript:
    book = Workbook.of(run_id, session()).book(only=chapter)
    theme = themes.in_force(session())
    pictures = pictures_of(book, theme.tokens, session())
    return Manuscript(book, theme.look, pictures, is_part=chapter is not None)


def pdf(content: bytes) -> Response:
    return Response(content, mimetype="application/pdf")
