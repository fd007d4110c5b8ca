"""The launched workbook for everybody: read, search, print, take along, deal the idea cards."""

import re
from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from markupsafe import Markup, escape
from msgspec.structs import asdict
from werkzeug.wrappers import Response as Answer

from services.portal.agreed_path import has_come
from services.portal.areas.workbook.pages import file_of
from services.portal.clients.base import if_there
from services.portal.clients.publishing import reading, theming
from services.portal.here import Here
from services.portal.menu import N_, MenuItem
from services.portal.offers import Offer
from shared.contracts.api.process import Run
from shared.contracts.api.publishing_reading import BookRead, Piece
from shared.languages import _, ngettext

HERE = "/runs/<uuid:run_id>/workbook"
WORDS_A_MINUTE, LEAST_TO_SEARCH = 180, 2
SEARCHED = ("title", "text", "attribution", "first_step", "caption", "alt")

pages = Blueprint("workbook", __name__)
menu = [MenuItem(N_("Workbook"), "employee.workbook.show", order=60)]


def offers(here: Here, run: Run) -> list[Offer]:
    """Reading the workbook, from its launch on."""
    if not has_come(run, "write_workbook", "launch", "read_workbook"):
        return []
    if (summary := if_there(reading.summary, run.id)) is None:
        return []
    chapters = ngettext(
        "%(num)d chapter, written from what you and your colleagues said.",
        "%(num)d chapters, written from what you and your colleagues said.",
        summary.chapters,
    )
    return [
        Offer(
            title=summary.title,
            text=chapters % {"num": summary.chapters},
            url=url_for("employee.workbook.show", run_id=run.id),
            action=_("Read the workbook"),
            minutes=max(1, round(summary.words / WORDS_A_MINUTE)),
            order=60,
        )
    ]


@pages.get(HERE)
def show(run_id: UUID) -> str:
    if (book := if_there(reading.read, run_id)) is None:
        return render_template("workbook/not_yet.html", run_id=run_id)
    return book_page(run_id, book)


@pages.get(f"{HERE}/editions/<int:number>")
def edition(run_id: UUID, number: int) -> str:
    """An earlier edition, for links that were made to it."""
    return book_page(run_id, reading.read(run_id, number), is_current=False)


def book_page(run_id: UUID, book: BookRead, is_current: bool = True) -> str:
    sought = " ".join(request.args.get("q", "").split())
    found = found_in(book, sought) if len(sought) >= LEAST_TO_SEARCH else []
    shown = {"book": book, "sought": sought, "found": found, "is_current": is_current}
    return render_template("workbook/employee.html", run_id=run_id, **shown)


class Hit(NamedTuple):
    """A passage with the words that were sought, marked in a line of it."""

    id: UUID
    title: str
    chapter: str
    line: Markup


def found_in(book: BookRead, sought: str) -> list[Hit]:
    """Passages with all the words sought, in the order of the book, with the words marked."""
    words = [word.casefold() for word in sought.split()]
    hits = []
    for chapter in book.chapters:
        for piece in chapter.pieces:
            text = " · ".join(all_words_of(piece))
            if all(word in text.casefold() for word in words):
                title = piece.title or piece.label or chapter.title
                hits.append(Hit(piece.id, title, chapter.title, marked(text, words)))
    return hits


def all_words_of(piece: Piece) -> list[str]:
    texts = [getattr(piece, name) for name in SEARCHED]
    texts += piece.questions or []
    texts += [row.label for row in piece.rows or []]
    return [" ".join(text.split()) for text in texts if text]


def marked(text: str, words: list[str]) -> Markup:
    """The text around the first word sought, with all of them marked."""
    at = min((found for word in words if (found := text.casefold().find(word)) >= 0), default=0)
    start = max(0, text.rfind(" ", 0, max(0, at - 60)) + 1)
    cut = text[start : at + 160]
    pieces = re.split("(" + "|".join(map(re.escape, words)) + ")", cut, flags=re.IGNORECASE)
    line = Markup("").join(
        Markup("<mark>{}</mark>").format(piece) if piece.casefold() in words else escape(piece)
        for piece in pieces
    )
    return ("… " if start else "") + line + (" …" if len(text) > at + 160 else "")


@pages.get(f"{HERE}/passages/<uuid:passage_id>")
def passage(run_id: UUID, passage_id: UUID) -> Answer:
    """A link to a passage never dies: it leads to the newest edition that has it."""
    where = reading.where(run_id, passage_id)
    anchor = f"p-{passage_id}"
    if where.is_current:
        return redirect(url_for(".show", run_id=run_id, _anchor=anchor), 302)
    return redirect(url_for(".edition", run_id=run_id, number=where.number, _anchor=anchor), 302)


class Card(Piece, frozen=True, kw_only=True):
    """An idea card with the name of its chapter."""

    chapter: str


@pages.get(f"{HERE}/cards")
def cards(run_id: UUID) -> str:
    """The idea cards, one at a time."""
    book = reading.read(run_id)
    deck = [
        Card(**asdict(piece), chapter=chapter.title)
        for chapter in book.chapters
        for piece in chapter.passages
        if piece.kind == "idea_card"
    ]
    number = max(1, min(request.args.get("card", 1, int), len(deck) or 1))
    card = deck[number - 1] if deck else None
    return render_template(
        "workbook/cards.html", run_id=run_id, book=book, deck=deck, card=card, number=number
    )


@pages.get(f"{HERE}/<any(workbook, deck):sheet>.pdf")
def on_paper(run_id: UUID, sheet: str) -> Response:
    return file_of(reading.on_paper(run_id, sheet), f"{g.here.tenant.slug}-{sheet}.pdf")


@pages.get(f"{HERE}/pictures/<uuid:picture_id>")
def picture(run_id: UUID, picture_id: UUID) -> Response:
    return file_of(theming.picture(picture_id))
