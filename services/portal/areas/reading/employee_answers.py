"""Answers to colleagues' views: five at once by a form, or each at once by the page's script."""

from typing import cast
from uuid import UUID

from flask import Response, jsonify, request

from services.portal.answers import see_other
from services.portal.areas.reading.employee import (
    chosen_for,
    deal_after,
    hearts_in_words,
    pages,
    reading_page,
    to_batch,
)
from services.portal.clients.base import ApiProblem
from services.portal.clients.voting import voting
from services.portal.forms.fields import id_from
from services.portal.menu import N_
from shared.contracts.api.voting import AnswerGiven, Answers, AnswerToView, Progress, Word
from shared.languages import _


def views_chosen() -> list[str]:
    """The views on the page that something was chosen for: fields are answer-<view> and heart-<view>."""
    chosen = [name.partition("-") for name in request.form]
    return list(dict.fromkeys(view for what, _dash, view in chosen if what in ("answer", "heart")))


@pages.post("/runs/<uuid:run_id>/reading/<int(min=1):batch>")
def send(run_id: UUID, batch: int) -> Response | tuple[str, int]:
    """Keep what was chosen; then undo one, stop, or deal the next five."""
    try:
        keep_answers(run_id)
        if undone := request.form.get("undo"):
            voting.take_back(run_id, id_from(undone))
    except ApiProblem as problem:
        refusal = problem.refusal(409)
        return reading_page(run_id, voting.deck(run_id, batch), refusal), 409
    return go_on(run_id, batch)


def keep_answers(run_id: UUID) -> None:
    """Keeps what was answered on the page; a view left without an answer is laid aside and counts for nothing."""
    chosen = [(view, *chosen_for(view)) for view in views_chosen()]
    if any(heart and not answer for _view, answer, heart in chosen):
        raise ApiProblem(
            409, "heart-without-answer", N_("Say first what you think of the view; then give it a heart.")
        )
    if answers := [answer_to(view, answer, heart) for view, answer, heart in chosen if answer]:
        voting.answer(run_id, Answers(answers=answers))


def answer_to(view: str, answer: str, heart: bool) -> AnswerToView:
    """As the form has it; voting looks at it."""
    return AnswerToView(view_id=id_from(view), answer=cast(Word, answer), heart=heart)


def go_on(run_id: UUID, batch: int) -> Response:
    if request.form.get("undo"):
        return to_batch(run_id, batch)
    if request.form.get("act") == "stop":
        return see_other(".done", run_id=run_id)
    return deal_after(run_id, batch, [theme] if (theme := request.form.get("theme")) else [])


@pages.post("/runs/<uuid:run_id>/reading/<int(min=1):batch>/<uuid:view_id>")
def answer_one(run_id: UUID, batch: int, view_id: UUID) -> Response:
    """Keeps at once what the page's script sends: an answer, a heart, or, with no answer, its undoing."""
    answer, heart = request.form.get("answer"), "heart" in request.form
    try:
        if answer:
            given = AnswerGiven(answer=cast(Word, answer), heart=heart)
            progress = voting.answer_one(run_id, view_id, given)
        else:
            progress = voting.take_back(run_id, view_id)
    except ApiProblem as problem:
        return jsonify(refused=problem.refusal(409))
    payload = {"read": read_in_words(progress), "hearts": hearts_in_words(progress)}
    return jsonify(payload | {"answered": progress.answered, "goal": progress.goal})


def read_in_words(progress: Progress) -> str:
    return _("%(read)s / %(goal)s read") % {"read": progress.answered, "goal": progress.goal}
