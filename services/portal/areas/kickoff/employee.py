"""The kickoff lecture and the launch event as everybody has them before them: before, during, after."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, jsonify, render_template, request, url_for

from services.portal.answers import see_other_address
from services.portal.areas.kickoff.hall import WORDS, frame_of, hall_of, title_of
from services.portal.clients.base import ApiProblem, if_there
from services.portal.clients.townhall import PURPOSES, townhall
from services.portal.forms.fields import Fields, as_sent
from services.portal.key_days import days_of_backups
from services.portal.menu import N_, MenuItem
from services.portal.offers import Offer
from services.portal.streams import stream_of
from shared.contracts.api.process import Run
from shared.contracts.api.townhall import AnswerGiven, Hall, Question, QuestionAsked
from shared.languages import _, gettext
from shared.web.once import DoneAlready

pages = Blueprint("kickoff", __name__)
menu = [MenuItem(N_("Kickoff"), "employee.kickoff.kickoff", order=10)]
EVENT = "/runs/<uuid:run_id>/<any(kickoff, launch):purpose>"
MOST_WORDS = 3
Answer = Response | tuple[Any, int] | str


def offers(here: Any, run: Run) -> list[Offer]:
    """An event that is coming or on the air; while it is on the air nothing is more useful. It ends with its phase."""
    if not set(PURPOSES) & set(run.activities):
        return []
    coming = [hall for hall in townhall.halls(run.id) if is_worth_saying(hall, run)]
    return [offer_of(hall, run) for hall in coming]


def is_worth_saying(hall: Hall, run: Run) -> bool:
    return hall.state == "on_air" or (
        hall.state in ("planned", "open") and hall.starts_at is not None and hall.purpose in run.activities
    )


def offer_of(hall: Hall, run: Run) -> Offer:
    on_air = hall.state == "on_air"
    return Offer(
        title=title_of(hall),
        text=_("It is on right now.") if on_air else _("Sign up, and send in your question beforehand."),
        url=url_for(f"employee.kickoff.{hall.purpose}", run_id=run.id),
        action=_("Join") if on_air else _("Look at the event"),
        minutes=None if on_air else 1,
        closes_at=hall.ends_at,
        order=1 if on_air else 10,
    )


@pages.get("/runs/<uuid:run_id>/kickoff")
def kickoff(run_id: UUID) -> str:
    return event_page(run_id, "kickoff")


@pages.get("/runs/<uuid:run_id>/launch")
def launch(run_id: UUID) -> str:
    return event_page(run_id, "launch")


def event_page(run_id: UUID, purpose: str, refusal: str = "", typed: Any = None) -> str:
    hall = townhall.hall(hall_of(run_id, purpose).id)
    return render_template(
        "kickoff/employee.html",
        hall=hall,
        run_id=run_id,
        stream=stream_of("townhall", hall.id) if hall.state != "over" else "",
        video=frame_of(hall.recording_url if hall.state == "over" else hall.stream_url),
        refusal=refusal,
        typed=Fields(typed),
        days_of_backups=days_of_backups,
        **WORDS,
    )


@pages.get("/join")
def join() -> Answer:
    """The short code from the wall."""
    code = request.args.get("code", "").strip()
    if not code:
        return render_template("kickoff/join.html", refusal="")
    return to_the_event_of(code)


@pages.get("/join/<code>")
def join_by(code: str) -> Answer:
    return to_the_event_of(code)


def to_the_event_of(code: str) -> Answer:
    if (hall := if_there(townhall.by_code, code)) is None:
        unknown = _(
            "No event has this code. Look at the screen once more; the letters O and I and the digits 0 and 1 are not used."
        )
        return render_template("kickoff/join.html", refusal=unknown), 404
    return to_event(hall.run_id, hall.purpose)


def to_event(run_id: UUID, purpose: str, place: str = "") -> Response:
    return see_other_address(url_for(f".{purpose}", run_id=run_id) + place)


@pages.post(f"{EVENT}/sign-up")
def sign_up(run_id: UUID, purpose: str) -> Response:
    hall_id = hall_of(run_id, purpose).id
    if request.form.get("act") == "cancel":
        townhall.cancel(hall_id)
        flash(_("You are no longer on the list. You are welcome all the same."), "good")
    else:
        townhall.sign_up(hall_id)
        flash(_("You are on the list. Take the date into your calendar."), "good")
    return to_event(run_id, purpose)


@pages.post(f"{EVENT}/questions")
def ask(run_id: UUID, purpose: str) -> Answer:
    """A refused question stays in its box."""
    try:
        question = townhall.ask(hall_of(run_id, purpose).id, question_in_the_form())
    except ApiProblem as problem:
        sentence = sentence_of_question(problem)
        if by_script():  # what was done before, and whose answer was lost, is done
            return jsonify(sentence=sentence), 200 if problem.code == DoneAlready().code else problem.status
        return event_page(run_id, purpose, sentence, request.form), problem.status
    thanks = thanks_for(question)
    if by_script():
        return jsonify(sentence=thanks), 201
    flash(thanks, "good")
    return to_event(run_id, purpose, "#ask")


def question_in_the_form() -> QuestionAsked:
    form = request.form
    questions = {
        "words": form.get("words", "").strip(),
        "language": form.get("language", g.here.language),
        "category": form.get("category") or None,
    }
    return as_sent(QuestionAsked, questions)


def sentence_of_question(problem: ApiProblem) -> str:
    if problem.errors:
        return _("A question has at least 3 and at most 500 characters.")
    return problem.refusal(409, 422, 429)


def thanks_for(question: Question) -> str:
    if question.state == "shown":
        return _("Your question is on everybody's screen.")
    return _("Your question has been sent. The host reads it first.")


@pages.post(f"{EVENT}/questions/<uuid:question_id>/upvote")
def upvote(run_id: UUID, purpose: str, question_id: UUID) -> Answer:
    act = townhall.take_upvote_back if request.form.get("act") == "take" else townhall.upvote
    try:
        act(question_id)
    except ApiProblem as problem:
        return refused(problem)
    return ("", 204) if by_script() else to_event(run_id, purpose, f"#question-{question_id}")


@pages.post(f"{EVENT}/polls/<uuid:poll_id>/answer")
def answer_poll(run_id: UUID, purpose: str, poll_id: UUID) -> Answer:
    try:
        townhall.answer_poll(poll_id, answer_in_the_form())
    except ApiProblem as problem:
        return refused(problem)
    if by_script():
        return "", 204
    flash(_("Your answer is in. You can change it until the poll closes."), "good")
    return to_event(run_id, purpose, "#now")


def answer_in_the_form() -> AnswerGiven:
    words = [word for word in request.form.getlist("word")[:MOST_WORDS] if word.strip()]
    return AnswerGiven(value=request.form.get("value", type=int), words=words or None)


def refused(problem: ApiProblem) -> Answer:
    if not by_script():
        raise problem
    return jsonify(sentence=gettext(problem.detail)), problem.status


def by_script() -> bool:
    """The page's own script asks for an answer that it can show where the person is."""
    return request.accept_mimetypes.best == "application/json"
