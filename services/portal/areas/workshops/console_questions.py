"""The questions that grow from views: read, worded, joined, split, put aside, brought to the table."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, render_template, request

from services.portal.answers import see_other
from services.portal.areas.views.theme_names import theme_names
from services.portal.areas.workshops.words import WORDS
from services.portal.clients import workshop
from services.portal.clients.base import ApiProblem
from services.portal.clients.survey import texts_of
from services.portal.forms.edits import edited
from services.portal.forms.fields import Fields, as_sent, complete_form, id_in
from services.portal.here import open_to
from services.portal.menu import N_, MenuItem
from shared.contracts.api.workshop_questions import (
    NewQuestion,
    OtherNamed,
    PutAside,
    Question,
    RankedView,
    Reworded,
    ViewNamed,
    ViewsChosen,
)
from shared.languages import LANGUAGES, NAMES, _

STAFF = ("lead", "facilitator", "editor")
pages = Blueprint("questions", __name__)
menu = [
    MenuItem(N_("Questions"), "console.questions.show", frozenset(STAFF), face="console", order=40),
]


@pages.context_processor
def words() -> dict[str, Any]:
    return WORDS | {"run_id": (request.view_args or {}).get("run_id")}


@pages.get("/clients/<slug>/runs/<uuid:run_id>/questions")
@open_to(*STAFF)
def show(run_id: UUID) -> str:
    """All questions, theme by theme, those on the desk first."""
    questions, ranked = workshop.questions.questions(run_id), workshop.questions.ranked_views(run_id)
    named = [view for question in questions for view in question.view_ids]
    return render_template(
        "workshops/questions.html",
        themes=by_theme(run_id, questions, ranked),
        ranked={view.view_id: view for view in ranked},
        texts=texts_of(run_id, [*named, *(view.view_id for view in ranked)]),
    )


def by_theme(run_id: UUID, questions: list[Question], ranked: list[RankedView]) -> list[dict[str, Any]]:
    """The themes in the survey's order, with their questions and with what else voting ranked."""
    return [
        {
            "id": id,
            "name": name,
            "questions": [one for one in questions if one.theme_id == id],
            "ranked": [view for view in ranked if view.theme_id == id],
        }
        for id, name in theme_names(run_id).items()
    ]


@pages.get("/clients/<slug>/runs/<uuid:run_id>/questions/<uuid:question_id>")
@open_to(*STAFF)
def one(run_id: UUID, question_id: UUID) -> str:
    return question_page(run_id, question_id)


def question_page(run_id: UUID, question_id: UUID, refusal: str = "") -> str:
    """One question: its wording, the views behind it, what could join it, and its log."""
    question = workshop.questions.question(question_id)
    ranked = [view for view in workshop.questions.ranked_views(run_id) if view.theme_id == question.theme_id]
    others = [other for other in workshop.questions.questions(run_id) if is_beside(other, question)]
    named = [
        *question.view_ids,
        *(view.view_id for view in ranked),
        *(view for other in others for view in other.view_ids),
    ]
    return render_template(
        "workshops/questions_one.html",
        question=question,
        ranked={view.view_id: view for view in ranked},
        free=[view for view in ranked if view.view_id not in question.view_ids],
        others=others,
        texts=texts_of(run_id, named),
        languages=[(code, NAMES[code]) for code in spoken()],
        typed=Fields(request.form if refusal else None),
        refusal=refusal,
    )


def is_beside(other: Question, question: Question) -> bool:
    on_the_desk = other.state in ("proposed", "tabled")
    return on_the_desk and other.theme_id == question.theme_id and other.id != question.id


def spoken() -> list[str]:
    return [code for code in LANGUAGES if code in g.here.tenant.languages]


@pages.post("/clients/<slug>/runs/<uuid:run_id>/questions/<uuid:question_id>")
@open_to("lead", "facilitator")
def change(run_id: UUID, question_id: UUID) -> Response | tuple[str, int]:
    """Everything that can be done to a question; `act` says what."""
    done = request.form.get("act", "")
    try:
        with complete_form():
            sentence = ACTS[done](question_id)
    except ApiProblem as problem:
        return question_page(run_id, question_id, problem.refusal(409, 422)), problem.status
    flash(sentence, "good")
    return see_other(".one", run_id=run_id, question_id=question_id)


def word(question_id: UUID) -> str:
    workshop.questions.word(question_id, as_sent(Reworded, edited({"wording": in_languages("wording")})))
    return _("The wording is kept.")


def in_languages(name: str) -> dict[str, str]:
    return {code: request.form[f"{name}-{code}"] for code in LANGUAGES if f"{name}-{code}" in request.form}


def word_and_table(question_id: UUID) -> str:
    word(question_id)
    return table(question_id)


def table(question_id: UUID) -> str:
    workshop.questions.table(question_id)
    return _("The question is on the workshops' table.")


def add_source(question_id: UUID) -> str:
    workshop.questions.add_source(question_id, ViewNamed(view_id=id_in("view")))
    return _("The view stands behind the question.")


def remove_source(question_id: UUID) -> str:
    workshop.questions.remove_source(question_id, id_in("view"))
    return _("The view does not stand behind the question any more.")


def join(question_id: UUID) -> str:
    workshop.questions.join(question_id, OtherNamed(other_id=id_in("other")))
    return _("The questions are joined.")


def split(question_id: UUID) -> str:
    workshop.questions.split(question_id, as_sent(ViewsChosen, {"views": request.form.getlist("views")}))
    return _("The chosen views are a question of their own.")


def put_aside(question_id: UUID) -> str:
    workshop.questions.put_aside(question_id, PutAside(reason=request.form.get("reason", "")))
    return _("The question is put aside, with your reason.")


def take_back(question_id: UUID) -> str:
    workshop.questions.take_back(question_id)
    return _("The question is back on the desk.")


def undo(question_id: UUID) -> str:
    workshop.questions.undo_change(question_id)
    return _("The change is undone.")


ACTS: dict[str, Callable[[UUID], str]] = {
    "word": word,
    "word-and-table": word_and_table,
    "table": table,
    "add-source": add_source,
    "remove-source": remove_source,
    "join": join,
    "split": split,
    "put-aside": put_aside,
    "take-back": take_back,
    "undo": undo,
}


@pages.post("/clients/<slug>/runs/<uuid:run_id>/questions")
@open_to("lead", "facilitator")
def ask(run_id: UUID) -> Response:
    """A question of our own, grown from a view that no seat proposed."""
    chosen = {"theme_id": request.form["theme"], "views": request.form.getlist("views"), "wording": {}}
    question = workshop.questions.ask(run_id, as_sent(NewQuestion, chosen))
    return see_other(".one", run_id=run_id, question_id=question.id)
