"""The workshops as an employee meets them: sessions, my place, what will happen, and what came out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, render_template, request, url_for

from services.portal.answers import see_other
from services.portal.areas.workshops.words import WORDS
from services.portal.clients.survey import texts_by_name
from services.portal.clients.workshop import workshop
from services.portal.menu import N_, MenuItem
from services.portal.offers import Offer
from shared.contracts.api.process import Run
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
    sessions = [one for one in workshop.workshops(run.id) if one["round"] in rounds]
    mine = [one for one in sessions if one["mine"] and one["state"] in ("coming", "running")]
    free = [one for one in sessions if not one["mine"] and one["state"] == "coming" and one["places_left"]]
    if mine:
        return [_my_session(run, one) for one in mine]
    have_been = {one["round"] for one in sessions if one["mine"]}
    return [_sign_up(run, free)] if any(one["round"] not in have_been for one in free) else []


def _my_session(run: Run, mine: dict[str, Any]) -> Offer:
    is_on = mine["state"] == "running"
    waits = _("You are number %(number)s in line.") % {"number": mine["mine"]["number_in_line"]}
    return Offer(
        title=_("Your workshop is on") if is_on else mine["title"],
        text=waits if mine["mine"]["is_waiting"] else _("You have a place."),
        url=url_for(
            "employee.board.come_in" if is_on else "employee.workshops.show", **_of(run, mine, is_on)
        ),
        action=_("Come in") if is_on else _("Look at your session"),
        minutes=_minutes(mine),
        order=5 if is_on else 45,
    )


def _of(run: Run, mine: dict[str, Any], is_on: bool) -> dict[str, Any]:
    return {"run_id": run.id} | ({"workshop_id": mine["id"]} if is_on else {})


def _minutes(session: dict[str, Any]) -> int:
    starts, ends = (datetime.fromisoformat(session[name]) for name in ("starts_at", "ends_at"))
    return int((ends - starts).total_seconds() // 60)


def _sign_up(run: Run, free: list[dict[str, Any]]) -> Offer:
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
    rounds, sessions = workshop.rounds(run_id), workshop.workshops(run_id)
    questions = workshop.questions(run_id, state="tabled")
    by_round = [
        (one, [session for session in sessions if session["round"] == one["number"]]) for one in rounds
    ]
    return render_template("workshops/employee.html", by_round=by_round, questions=questions)


@pages.post("/runs/<uuid:run_id>/workshops/<uuid:workshop_id>/place")
def place(run_id: UUID, workshop_id: UUID) -> Response:
    """Sign up, or give the place to somebody else."""
    if request.form.get("act") == "leave":
        workshop.leave(workshop_id)
        flash(_("You have left. Your place goes to the next in line."))
    else:
        mine = workshop.sign_up(workshop_id)["mine"]
        waiting = _(
            "All places are taken. You are number %(number)s in line; you move up when somebody leaves."
        )
        flash(
            waiting % {"number": mine["number_in_line"]} if mine["is_waiting"] else _("You have a place."),
            "good",
        )
    return see_other(".show", run_id=run_id, _anchor=f"workshop-{workshop_id}")


@pages.get("/runs/<uuid:run_id>/workshops/<uuid:workshop_id>/minutes")
def minutes(run_id: UUID, workshop_id: UUID) -> str | Response:
    """Shows what a session wrote down, to read or to take along as text."""
    return minutes_page(run_id, workshop_id, "workshops/minutes.html")


def minutes_page(run_id: UUID, workshop_id: UUID, template: str) -> str | Response:
    told = workshop.minutes(workshop_id)
    if request.args.get("as") != "text":
        return render_template(template, minutes=told)
    text = render_template("workshops/minutes.txt", minutes=told)
    answer = Response(text, content_type="text/plain; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename="polku-workshop.txt")
    return answer


@pages.get("/runs/<uuid:run_id>/outcomes")
def outcomes(run_id: UUID) -> str:
    """Shows what the groups signed off, question by question, with the views behind."""
    questions = workshop.questions(run_id, state="tabled")
    found = workshop.outcomes(run_id)
    texts = texts_by_name(run_id, [view for question in questions for view in question["view_ids"]])
    of = {
        question["id"]: [one for one in found if one["question_id"] == question["id"]]
        for question in questions
    }
    return render_template("workshops/employee_outcomes.html", questions=questions, of=of, texts=texts)
