"""Sessions and groups: times and places, who comes, and how they are divided."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, render_template, request

from services.portal.answers import see_other
from services.portal.areas.workshops.employee import by_round, minutes_page
from services.portal.areas.workshops.words import WORDS, in_words
from services.portal.clients import workshop
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import people
from services.portal.forms.edits import edited
from services.portal.forms.fields import Fields, as_sent, complete_form, id_in
from services.portal.forms.times import AskedBack, Doubts, times_in
from services.portal.here import open_to
from services.portal.menu import N_, MenuItem
from shared.contracts.api.workshop_facilitation import GroupChosen, GroupsWished, NotesKept, QuestionGiven
from shared.contracts.api.workshop_sessions import NewSession, Session, SessionChanged
from shared.languages import _, gettext, ngettext

STAFF = ("lead", "facilitator", "editor")
LEADING = ("lead", "facilitator")
pages = Blueprint("groups", __name__)
menu = [
    MenuItem(N_("Workshops"), "console.groups.show", frozenset(STAFF), face="console", order=45),
]


@pages.context_processor
def words() -> dict[str, Any]:
    return WORDS | {"run_id": (request.view_args or {}).get("run_id")}


@pages.get("/clients/<slug>/runs/<uuid:run_id>/sessions")
@open_to(*STAFF)
def show(run_id: UUID) -> str:
    return sessions_page(run_id)


def sessions_page(run_id: UUID, refusal: str = "", doubts: Doubts | None = None) -> str:
    """Both rounds with their sessions, and the form for the next session."""
    return render_template(
        "workshops/groups.html",
        by_round=by_round(run_id),
        tabled=len(workshop.questions.questions(run_id, "tabled")),
        typed=Fields(request.form if refusal else None),
        refusal=refusal,
        doubts=doubts or {},
    )


@pages.post("/clients/<slug>/runs/<uuid:run_id>/sessions")
@open_to(*LEADING)
def schedule(run_id: UUID) -> Response | tuple[str, int]:
    try:
        wanted = {"round": int(request.form.get("round", "1"))} | planned()
        made = workshop.sessions.schedule(run_id, as_sent(NewSession, wanted))
    except AskedBack as back:
        return sessions_page(run_id, back.sentence, back.doubts), 422
    except ValueError:
        return sessions_page(run_id, _("A session needs a day, two times and a number of places.")), 422
    except ApiProblem as problem:
        return sessions_page(run_id, said_no(problem)), problem.status
    flash(_("The session is scheduled. Sign-up is open."), "good")
    return to_session(run_id, made.id)


def planned(session: Session | None = None) -> dict[str, Any]:
    """Reads the form of a new session, or of one that stands as it does; raises AskedBack when a time is in doubt, ValueError when a
    number is none."""
    form = request.form
    times = times_in(form, {name: getattr(session, name, None) for name in ("starts_at", "ends_at")})
    return times | {
        "title": form.get("title", "").strip(),
        "places": int(form.get("places", "")),
        "link": form.get("link", "").strip(),
    }


def said_no(problem: ApiProblem) -> str:
    problem.raise_unless(409, 422)
    if problem.about("link"):
        return _("The address of the video meeting must begin with https://.")
    if problem.about("title") or problem.about("places"):
        return _("A session needs a name and between 1 and 2,000 places.")
    return gettext(problem.detail)


def to_session(run_id: UUID, workshop_id: UUID) -> Response:
    return see_other(".one", run_id=run_id, workshop_id=workshop_id)


@pages.get("/clients/<slug>/runs/<uuid:run_id>/sessions/<uuid:workshop_id>")
@open_to(*STAFF)
def one(run_id: UUID, workshop_id: UUID) -> str:
    return session_page(run_id, workshop_id)


def session_page(run_id: UUID, workshop_id: UUID, refusal: str = "", doubts: Doubts | None = None) -> str:
    """One session: its time, its people in groups, and the questions they work on."""
    session = workshop.facilitation.overview(workshop_id)
    questions = workshop.questions.questions(run_id, "tabled")
    return render_template(
        "workshops/groups_one.html",
        session=session,
        seated={str(group.id): [str(place.id) for place in group.places] for group in session.groups},
        questions=questions,
        questions_to_pick=[(one.id, in_words(one.wording, g.here.language)) for one in questions],
        wording={question.id: question.wording for question in questions},
        places=places(),
        typed=Fields(request.form if refusal else None),
        refusal=refusal,
        doubts=doubts or {},
    )


def places() -> dict[str, str]:
    """The names of units and sites by their ids, as tokens carry them."""
    found = [*people.units().items, *people.sites().items]
    return {str(place.id): place.name for place in found}


@pages.post("/clients/<slug>/runs/<uuid:run_id>/sessions/<uuid:workshop_id>")
@open_to(*LEADING)
def change(run_id: UUID, workshop_id: UUID) -> Response | tuple[str, int]:
    """Everything that can be prepared for a session; `act` says what."""
    try:
        with complete_form():
            sentence = ACTS[request.form.get("act", "")](workshop_id)
    except AskedBack as back:
        return session_page(run_id, workshop_id, back.sentence, back.doubts), 422
    except ApiProblem as problem:
        return session_page(run_id, workshop_id, said_no(problem)), problem.status
    flash(sentence, "good")
    return to_session(run_id, workshop_id)


def reschedule(workshop_id: UUID) -> str:
    wanted = edited(planned(workshop.sessions.session(workshop_id)))
    workshop.sessions.reschedule(workshop_id, as_sent(SessionChanged, wanted))
    return _(
        "The session is changed. Those who wait have moved up where there was room, and those concerned get a mail."
    )


def call_off(workshop_id: UUID) -> str:
    workshop.sessions.call_off(workshop_id)
    return _("The session is called off. Those who had a place get a mail, with their calendar file.")


def form_groups(workshop_id: UUID) -> str:
    wanted: dict[str, Any] = {
        "size": int(request.form.get("size", "7")),
        "questions": request.form.getlist("questions"),
    }
    pairs = {name: pair for name in ("together", "apart") if len(pair := request.form.getlist(name)) > 1}
    wanted |= {name: [pair] for name, pair in pairs.items()}
    number = len(workshop.facilitation.form_groups(workshop_id, as_sent(GroupsWished, edited(wanted))).groups)
    return ngettext("%(num)d group is formed.", "%(num)d groups are formed.", number) % {"num": number}


def move(workshop_id: UUID) -> str:
    chosen = as_sent(GroupChosen, edited({"group_id": request.form["group"]}))
    workshop.facilitation.move(workshop_id, id_in("place"), chosen)
    return _("The person is in the other group now.")


def give_question(workshop_id: UUID) -> str:
    given = as_sent(QuestionGiven, edited({"question_id": request.form["question"]}))
    workshop.facilitation.give_question(id_in("group"), given)
    return _("The group has another question. Its earlier board stays.")


def keep_notes(workshop_id: UUID) -> str:
    kept = as_sent(NotesKept, edited({"notes": request.form.get("notes", "")}))
    workshop.facilitation.keep_notes(workshop_id, kept)
    return _("The notes stand beside the minutes.")


ACTS: dict[str, Callable[[UUID], str]] = {
    "reschedule": reschedule,
    "call-off": call_off,
    "form-groups": form_groups,
    "move": move,
    "give-question": give_question,
    "keep-notes": keep_notes,
}


@pages.post("/clients/<slug>/runs/<uuid:run_id>/rounds/<int:number>")
@open_to(*LEADING)
def end_round(run_id: UUID, number: int) -> Response:
    workshop.sessions.end_round(run_id, number)
    flash(_("The round has ended. What groups signed off lies on the table."), "good")
    return see_other(".show", run_id=run_id)


@pages.get("/clients/<slug>/runs/<uuid:run_id>/sessions/<uuid:workshop_id>/minutes")
@open_to(*STAFF)
def minutes(run_id: UUID, workshop_id: UUID) -> str | Response:
    return minutes_page(run_id, workshop_id, "workshops/minutes.html")
