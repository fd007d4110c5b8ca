"""The workshops as an employee meets them: sessions, my place, what will happen, and what came out."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, render_template, request, url_for

from services.portal.answers import see_other
from services.portal.areas.workshops.words import WORDS
from services.portal.clients import workshop
from services.portal.clients.survey import texts_of
from services.portal.menu import N_, MenuItem
from services.portal.offers import Offer
from shared.contracts.api.process import Run
from shared.contracts.api.workshop_outcomes import Outcome
from shared.contracts.api.workshop_questions import Question
from shared.contracts.api.workshop_sessions import Round, Session
from shared.languages import _

pages = Blueprint("workshops", __name__)
menu = [MenuItem(N_("Workshops"), "employee.workshops.show", order=40)]
ACTIVITIES = {1: "workshop_1", 2: "workshop_2"}


@pages.context_processor
def words() -> dict[str, Any]:
    return WORDS | {"run_id": (request.view_args or {}).get("run_id")}


def offers(here: Any, run: Run) -> list[Offer]:
    """Come in when my session is on; sign up when there are places."""
    rounds = [number for number, activity in ACTIVITIES.items() if activity in run.activities]
    if not rounds or here.reads_along(run.id):
        return []
    sessions = [one for one in workshop.sessions.sessions(run.id) if one.round in rounds]
    mine = [one for one in sessions if one.mine and one.state in ("coming", "running")]
    free = [one for one in sessions if not one.mine and one.state == "coming" and one.places_left]
    if mine:
        return [_my_session(run, one) for one in mine]
    have_been = {one.round for one in sessions if one.mine}
    return [_sign_up(run, free)] if any(one.round not in have_been for one in free) else []


def _my_session(run: Run, session: Session) -> Offer:
    is_on = session.state == "running"
    return Offer(
        title=_("Your workshop is on") if is_on else session.title,
        text=_my_place(session),
        url=url_for(
            "employee.board.come_in" if is_on else "employee.workshops.show", **_of(run, session, is_on)
        ),
        action=_("Come in") if is_on else _("Look at your session"),
        minutes=_minutes(session),
        order=5 if is_on else 45,
    )


def _my_place(session: Session) -> str:
    if session.mine and session.mine.is_waiting:
        return _("You are number %(number)s in line.") % {"number": session.mine.number_in_line}
    return _("You have a place.")


def _of(run: Run, session: Session, is_on: bool) -> dict[str, Any]:
    return {"run_id": run.id} | ({"workshop_id": session.id} if is_on else {})


def _minutes(session: Session) -> int:
    return int((session.ends_at - session.starts_at).total_seconds() // 60)


def _sign_up(run: Run, free: list[Session]) -> Offer:
    return Offer(
        title=_("Come to a workshop"),
        text=_("Dig into the questions that your colleagues' views raised, in a small mixed group, online."),
        url=url_for("employee.workshops.show", run_id=run.id),
        action=_("Choose a session"),
        minutes=_minutes(free[0]),
        order=30,
    )


@pages.get("/runs/<uuid:run_id>/workshops")
def show(run_id: UUID) -> str:
    """All sessions, round by round, with my place in them."""
    questions = workshop.questions.questions(run_id, "tabled")
    return render_template("workshops/employee.html", by_round=by_round(run_id), questions=questions)


def by_round(run_id: UUID) -> list[tuple[Round, list[Session]]]:
    """Both rounds, each with its sessions."""
    rounds, sessions = workshop.sessions.rounds(run_id), workshop.sessions.sessions(run_id)
    return [(round, [one for one in sessions if one.round == round.number]) for round in rounds]


@pages.post("/runs/<uuid:run_id>/workshops/<uuid:workshop_id>/place")
def place(run_id: UUID, workshop_id: UUID) -> Response:
    """Sign up, or give the place to somebody else."""
    if request.form.get("act") == "leave":
        workshop.sessions.leave(workshop_id)
        flash(_("You have left. Your place goes to the next in line."))
    else:
        flash(signed_up(workshop.sessions.sign_up(workshop_id)), "good")
    return see_other(".show", run_id=run_id, _anchor=f"workshop-{workshop_id}")


def signed_up(session: Session) -> str:
    if session.mine and session.mine.is_waiting:
        waits = _(
            "All places are taken. You are number %(number)s in line; you move up when somebody leaves."
        )
        return waits % {"number": session.mine.number_in_line}
    return _("You have a place.")


@pages.get("/runs/<uuid:run_id>/workshops/<uuid:workshop_id>/minutes")
def minutes(run_id: UUID, workshop_id: UUID) -> str | Response:
    """Shows what a session wrote down, to read or to take along as text."""
    return minutes_page(run_id, workshop_id, "workshops/minutes.html")


def minutes_page(run_id: UUID, workshop_id: UUID, template: str) -> str | Response:
    minutes = workshop.at_the_board.minutes(workshop_id)
    if request.args.get("as") != "text":
        return render_template(template, minutes=minutes)
    text = render_template("workshops/minutes.txt", minutes=minutes)
    answer = Response(text, content_type="text/plain; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename="polku-workshop.txt")
    return answer


@pages.get("/runs/<uuid:run_id>/outcomes")
def outcomes(run_id: UUID) -> str:
    """Shows what the groups signed off, question by question, with the views behind."""
    questions = workshop.questions.questions(run_id, "tabled")
    of = by_question(questions, workshop.outcomes.outcomes(run_id))
    texts = texts_of(run_id, [view for question in questions for view in question.view_ids])
    return render_template("workshops/employee_outcomes.html", questions=questions, of=of, texts=texts)


def by_question(questions: list[Question], outcomes: list[Outcome]) -> dict[UUID, list[Outcome]]:
    """The outcomes of each question by its id."""
    return {one.id: [outcome for outcome in outcomes if outcome.question_id == one.id] for one in questions}
