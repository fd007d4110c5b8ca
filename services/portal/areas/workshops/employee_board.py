"""The board of my group: cards, steps, outcomes. Every act is a plain form; script only spares the reload."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, g, render_template, request

from services.portal.answers import see_other
from services.portal.areas.workshops.words import WORDS
from services.portal.clients import workshop
from services.portal.clients.base import ApiProblem
from services.portal.clients.survey import texts_of
from services.portal.forms.edits import edited
from services.portal.forms.fields import Fields, as_sent, complete_form
from services.portal.key_days import days_of_backups
from services.portal.streams import stream_of
from shared.contracts.api.survey import TextOfView
from shared.contracts.api.workshop import Act
from shared.contracts.api.workshop_boards import Board, Card, HelpWanted, Readiness
from shared.languages import _, gettext

pages = Blueprint("board", __name__)
SHORT = 70
FIELDS = ("card", "text", "column", "before", "into")
SCALES = ("effect", "effort")


@pages.context_processor
def words() -> dict[str, Any]:
    return WORDS | {"run_id": (request.view_args or {}).get("run_id")}


@pages.get("/runs/<uuid:run_id>/boards/<uuid:board_id>")
def show(run_id: UUID, board_id: UUID) -> str:
    return board_page(run_id, board_id)


def board_page(run_id: UUID, board_id: UUID, refusal: str = "") -> str:
    """The whole page, or the part of it that changes."""
    board = workshop.at_the_board.board(board_id)
    views = texts_of(run_id, behind(board))
    fragment = "fragment" in request.values
    return render_template(
        "workshops/board_fragment.html" if fragment else "workshops/board.html",
        board=board,
        views=views,
        short=shortened(views),
        chosen=chosen_card(board),
        refusal=refusal,
        typed=Fields(request.form if refusal else None),
        new_operation=lambda: str(uuid4()),
        live=stream_of("workshop", board_id),
        days_of_backups=days_of_backups,
    )


def behind(board: Board) -> list[UUID]:
    """The views behind the question and behind the cards."""
    return [*board.question.views, *(view for card in cards_on(board) for view in card.views)]


def cards_on(board: Board) -> list[Card]:
    return [card for column in board.columns for card in column.cards]


def shortened(views: dict[UUID, TextOfView]) -> list[tuple[UUID, str]]:
    cut = {id: view.text[:SHORT] + ("…" if len(view.text) > SHORT else "") for id, view in views.items()}
    return list(cut.items())


def chosen_card(board: Board) -> Card | None:
    """The card that is being moved or joined, chosen by its link."""
    chosen = request.args.get("chosen", type=UUID)
    return next((card for card in cards_on(board) if card.id == chosen), None)


@pages.post("/runs/<uuid:run_id>/boards/<uuid:board_id>")
def act(run_id: UUID, board_id: UUID) -> Response | str | tuple[str, int]:
    """One act on the board; `act` names it."""
    done = request.form.get("act", "")
    return answered(run_id, board_id, lambda: ACTS.get(done, on_a_card)(board_id, done))


def on_a_card(board_id: UUID, kind: str) -> None:
    """Only what the form says, and only what the act knows."""
    form = request.form
    given: dict[str, Any] = {name: form[name] for name in FIELDS if form.get(name)}
    given |= {name: int(form[name]) for name in SCALES if form.get(name, "").isdecimal()}
    if form.get("operation"):
        given["id"] = form["operation"]
    if kind == "add":
        given["views"] = [view for view in form.getlist("views") if view]
        given["language"] = form.get("language") or g.here.language
    workshop.boards.act(board_id, as_sent(Act, edited({"kind": kind} | given)))


ACTS: dict[str, Callable[[UUID, str], Any]] = {
    "undo": lambda board_id, act: workshop.boards.undo(board_id),
    "ready": lambda board_id, act: workshop.at_the_board.be_ready(board_id, Readiness(ready=True)),
    "not-ready": lambda board_id, act: workshop.at_the_board.be_ready(board_id, Readiness(ready=False)),
    "help": lambda board_id, act: workshop.at_the_board.ask_for_help(board_id, HelpWanted(asks=True)),
    "no-help": lambda board_id, act: workshop.at_the_board.ask_for_help(board_id, HelpWanted(asks=False)),
}


def answered(run_id: UUID, board_id: UUID, do: Callable[[], Any], anchor: str = "") -> Any:
    """The board after the act; a refusal is said on the board, with what was typed kept."""
    try:
        with complete_form():
            do()
    except ApiProblem as problem:
        problem.raise_unless(409, 422)
        return board_page(run_id, board_id, said_no(problem)), problem.status
    if "fragment" in request.values:
        return board_page(run_id, board_id)
    where = anchor or (f"card-{request.form['card']}" if request.form.get("card") else "columns")
    return see_other(".show", run_id=run_id, board_id=board_id, _anchor=where)


def said_no(problem: ApiProblem) -> str:
    if problem.about("text"):
        return _("Write something first, at most 2,000 characters.")
    return gettext(problem.detail)
