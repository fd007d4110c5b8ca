"""Leading a session: all groups as tiles, step, timer, a sentence to all, and what to say now beside the buttons."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, render_template, request

from services.portal.answers import see_other
from services.portal.areas.workshops.console_groups import move, places
from services.portal.areas.workshops.employee import by_question
from services.portal.areas.workshops.employee_board import behind
from services.portal.areas.workshops.employee_outcomes import OUTCOME_ACTS
from services.portal.areas.workshops.words import WORDS, step_name
from services.portal.clients import workshop
from services.portal.clients.base import ApiProblem
from services.portal.clients.survey import texts_of
from services.portal.forms.fields import Fields, complete_form, id_in
from services.portal.here import open_to
from services.portal.menu import N_, MenuItem
from services.portal.streams import stream_of
from shared.contracts.api.workshop_boards import HelpWanted
from shared.contracts.api.workshop_facilitation import (
    HandedOver,
    Overview,
    SentenceToAll,
    StepChosen,
    TimerSet,
)
from shared.languages import _, ngettext

STAFF = ("lead", "facilitator", "editor")
LEADING = ("lead", "facilitator")
pages = Blueprint("facilitation", __name__)
menu = [
    MenuItem(N_("Outcomes"), "console.facilitation.outcomes", frozenset(STAFF), face="console", order=50),
]


@pages.context_processor
def words() -> dict[str, Any]:
    return WORDS | {"run_id": (request.view_args or {}).get("run_id")}


@pages.get("/clients/<slug>/runs/<uuid:run_id>/sessions/<uuid:workshop_id>/lead")
@open_to(*LEADING)
def lead(run_id: UUID, workshop_id: UUID) -> str:
    return console_page(run_id, workshop_id)


def console_page(run_id: UUID, workshop_id: UUID, refusal: str = "") -> str:
    """The whole console, or the part of it that changes."""
    session = workshop.facilitation.overview(workshop_id)
    fragment = "fragment" in request.values
    questions = workshop.questions.questions(run_id, "tabled")
    return render_template(
        "workshops/facilitation_fragment.html" if fragment else "workshops/facilitation.html",
        session=session,
        questions=questions,
        wording={question.id: question.wording for question in questions},
        leader=name_of_leader(session),
        leads=session.facilitator == g.here.person.id,
        places=places(),
        live=stream_of("workshop", workshop_id),
        refusal=refusal,
    )


def name_of_leader(session: Overview) -> str:
    if session.facilitator == g.here.person.id:
        return g.here.person.name
    return _("a colleague") if session.facilitator else ""


@pages.post("/clients/<slug>/runs/<uuid:run_id>/sessions/<uuid:workshop_id>/lead")
@open_to(*LEADING)
def act(run_id: UUID, workshop_id: UUID) -> Response | str | tuple[str, int]:
    """One act of the facilitator; `act` names it."""
    try:
        with complete_form():
            sentence = ACTS[request.form.get("act", "")](workshop_id)
    except ApiProblem as problem:
        return console_page(run_id, workshop_id, problem.refusal(409, 422)), problem.status
    if "fragment" in request.values:
        return console_page(run_id, workshop_id)
    flash(sentence, "good")
    return see_other(".lead", run_id=run_id, workshop_id=workshop_id)


def start(workshop_id: UUID) -> str:
    workshop.facilitation.start(workshop_id)
    return _("The session has begun.")


def end(workshop_id: UUID) -> str:
    workshop.facilitation.end(workshop_id)
    return _("The session is over. Who wrote what has been forgotten.")


def go_to(workshop_id: UUID) -> str:
    shown = workshop.facilitation.go_to(workshop_id, StepChosen(number=int(request.form["step"])))
    return _("Everybody is at this step now: %(step)s.") % {"step": step_name(shown.step.key)}


def set_timer(workshop_id: UUID) -> str:
    minutes = float(request.form["minutes"].replace(",", "."))
    workshop.facilitation.set_timer(workshop_id, TimerSet(seconds=int(minutes * 60)))
    return _("The timer is set.")


def say_to_all(workshop_id: UUID) -> str:
    workshop.facilitation.say_to_all(workshop_id, SentenceToAll(text=request.form.get("text", "")))
    return _("All groups see it.")


def take_over(workshop_id: UUID) -> str:
    workshop.facilitation.hand_over(workshop_id, HandedOver())
    return _("You lead this session now.")


def even_out(workshop_id: UUID) -> str:
    moved = workshop.facilitation.even_out(workshop_id).moved
    return ngettext("%(num)d person moved.", "%(num)d people moved.", moved) % {"num": moved}


def has_helped(workshop_id: UUID) -> str:
    workshop.facilitation.help(id_in("group"), HelpWanted(asks=False))
    return _("The group has been helped.")


ACTS: dict[str, Callable[[UUID], str]] = {
    "start": start,
    "end": end,
    "step": go_to,
    "timer": set_timer,
    "say": say_to_all,
    "take-over": take_over,
    "even-out": even_out,
    "move": move,
    "helped": has_helped,
}


@pages.get("/clients/<slug>/runs/<uuid:run_id>/boards/<uuid:board_id>")
@open_to(*STAFF)
def board(run_id: UUID, board_id: UUID) -> str:
    return board_page(run_id, board_id)


def board_page(run_id: UUID, board_id: UUID, refusal: str = "") -> str:
    """A group's board over its shoulder: to read, and to write and sign on the group's word."""
    shown = workshop.at_the_board.board(board_id)
    return render_template(
        "workshops/facilitation_board.html",
        board=shown,
        views=texts_of(run_id, behind(shown)),
        live=stream_of("workshop", board_id),
        typed=Fields(request.form if refusal else None),
        refusal=refusal,
    )


@pages.post("/clients/<slug>/runs/<uuid:run_id>/boards/<uuid:board_id>/outcomes")
@open_to(*LEADING)
def outcome(run_id: UUID, board_id: UUID) -> Response | tuple[str, int]:
    """Write or sign for the group; `act` says which."""
    try:
        with complete_form():
            OUTCOME_ACTS[request.form.get("act", "")](board_id)
    except ApiProblem as problem:
        return board_page(run_id, board_id, problem.refusal(409, 422)), problem.status
    return see_other(".board", run_id=run_id, board_id=board_id, _anchor="outcomes")


@pages.get("/clients/<slug>/runs/<uuid:run_id>/outcomes")
@open_to(*STAFF)
def outcomes(run_id: UUID) -> str:
    """Everything the groups arrived at, by question, and what still waits for signatures."""
    questions, found = workshop.questions.questions(run_id, "tabled"), workshop.outcomes.outcomes(run_id)
    views = [view for question in questions for view in question.view_ids]
    views += [id for one in found for id in one.derived_from]
    return render_template(
        "workshops/facilitation_outcomes.html",
        questions=questions,
        of=by_question(questions, found),
        texts=texts_of(run_id, views),
        signed=sum(bool(one.signed_off_on) for one in found),
        waiting=sum(not one.signed_off_on for one in found),
    )
