"""A list of people comes in, in three steps: read, columns matched, looked at; then it is taken in, and for a day it can be undone."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, flash, g, make_response, render_template, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from services.portal.answers import see_other
from services.portal.areas.people import list_words
from services.portal.areas.people.words import languages_in_words
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import imports, invitations, names_of
from services.portal.forms.fields import chosen, complete_form
from services.portal.forms.files import LIST, FileRefused, file_in
from shared.contracts.api.identity_imports import FIELDS, Answered, ImportShown, Matched, Pasted
from shared.languages import _, gettext, ngettext
from shared.web.operations import Upload

SECONDS_TO_LOOK_AGAIN = "2"
Page = str | Response | tuple[str, int]


def lay_out(pages: Blueprint, prefix: str) -> None:
    one = f"{prefix}/<uuid:list_id>"
    pages.add_url_rule(prefix, "new_list", new_list)
    pages.add_url_rule(prefix, "read_list", read_list, methods=["POST"])
    pages.add_url_rule(one, "one_list", one_list)
    pages.add_url_rule(one, "match_columns", match_columns, methods=["POST"])
    pages.add_url_rule(f"{one}/plan", "plan_of_list", plan_of_list)
    pages.add_url_rule(f"{one}/plan", "decide_on_list", decide_on_list, methods=["POST"])
    pages.add_url_rule(f"{one}/undo", "undo_list", undo_list, methods=["POST"])
    pages.add_url_rule(f"{prefix}/invitations", "invite", invite, methods=["POST"])
    pages.add_url_rule(f"{one}/discard", "discard_list", discard_list, methods=["POST"])


def new_list(pasted: str = "", said: str = "", wrong: str = "") -> str:
    """The first step; `wrong` is what is wrong with the file."""
    recent = imports.recent_imports().items
    return render_template(
        "people/list.html",
        pasted=pasted,
        said=said,
        wrong=wrong,
        recent=recent,
        names=names_of(one.by_id for one in recent),
        states=list_words.STATES,
    )


def read_list() -> Page:
    pasted = request.form.get("people", "")
    try:
        file = file_in("file", LIST)
        if file and pasted.strip():
            raise FileRefused(
                _(
                    "Here are a file and pasted rows. Choose one of them: leave the box empty, or choose no file."
                )
            )
    except FileRefused as refusal:
        return new_list(pasted, wrong=str(refusal)), refusal.status
    try:
        read = read_file(file) if file else imports.read_pasted(Pasted(text=pasted))
    except ApiProblem as problem:
        words = gettext(problem.detail)
        return new_list(pasted, wrong=words if file else "", said="" if file else words), problem.status
    return see_other(".one_list", list_id=read.id)


def read_file(file: FileStorage) -> ImportShown:
    return imports.read_file(Upload(file.filename or "", file.mimetype, file.stream))


def one_list(list_id: UUID) -> Page:
    """The second step while it is looked at; afterwards how far it is, and what became of it."""
    this = imports.one_import(list_id)
    if this.state == "read":
        return columns_page(this)
    page = make_response(
        render_template(
            "people/list_state.html", this=this, why=list_words.why_refused, names=names_of([this.by_id])
        )
    )
    if this.state in ("taking_in", "undoing"):
        page.headers["Refresh"] = SECONDS_TO_LOOK_AGAIN
    return page


def columns_page(this: ImportShown, typed: Mapping[str, str] | None = None, said: str = "") -> str:
    taken = typed if typed is not None else {f"column-{one.number}": one.field or "" for one in this.columns}
    return render_template(
        "people/list_columns.html",
        this=this,
        taken=taken,
        fields=[("", _("is not used"))] + [(field, gettext(list_words.FIELDS[field])) for field in FIELDS],
        unused=[
            one.heading or spreadsheet_name(one.number)
            for one in this.columns
            if not taken.get(f"column-{one.number}")
        ],
        spreadsheet_name=spreadsheet_name,
        said=said,
    )


def spreadsheet_name(column: int) -> str:
    """The name that spreadsheets give a column: A, B, ..., Z, AA."""
    before, place = divmod(column, 26)
    return (spreadsheet_name(before - 1) if before else "") + chr(ord("A") + place)


def match_columns(list_id: UUID) -> Page:
    with complete_form():
        said = {
            int(name.removeprefix("column-")): field
            for name, field in request.form.items()
            if name.startswith("column-")
        }
    columns = {field: number for number, field in said.items() if field}
    try:
        if len(columns) < len([field for field in said.values() if field]):
            raise ApiProblem(
                422,
                "two-columns",
                _("Two columns are said to be the same. Choose one of them, and leave the other unused."),
            )
        imports.match_columns(list_id, Matched(columns=columns))
    except ApiProblem as problem:
        if problem.status != 422:
            raise
        return columns_page(imports.one_import(list_id), request.form, gettext(problem.detail)), 422
    return see_other(".plan_of_list", list_id=list_id)


def plan_of_list(list_id: UUID, said: str = "") -> Page:
    """The third step: what would happen."""
    this = imports.one_import(list_id)
    if this.state != "read":
        return see_other(".one_list", list_id=list_id)
    plan = imports.plan_of_import(list_id)
    return render_template(
        "people/list_plan.html",
        this=this,
        plan=plan,
        to_take=sum(plan.counts[kind] for kind in ("new", "back", "changed")),
        languages=[("", _("choose"))] + languages_in_words(),
        why=list_words.why_refused,
        reason=list_words.reason,
        called=lambda name: gettext(list_words.CHANGED[name]),
        in_words=list_words.value_in_words,
        said=said,
    )


def decide_on_list(list_id: UUID) -> Page:
    act = chosen({"look": "look", "take_in": "take_in"})
    try:
        imports.answer_import(list_id, answers_in_form())
        if act == "take_in":
            imports.take_import_in(list_id)
            return see_other(".one_list", list_id=list_id)
    except ApiProblem as problem:
        if problem.status not in (409, 422):
            raise
        page = plan_of_list(list_id, gettext(problem.detail))
        return (page, problem.status) if isinstance(page, str) else page
    return see_other(".plan_of_list", list_id=list_id)


def answers_in_form() -> Answered:
    languages = {
        name.removeprefix("language:"): value
        for name, value in request.form.items()
        if name.startswith("language:") and value
    }
    with complete_form():
        left_out = [int(row) for row in request.form.getlist("left_out")]
    return Answered(languages=languages, apart=request.form.getlist("apart"), left_out=left_out)  # type: ignore[arg-type]


def undo_list(list_id: UUID) -> Response:
    try:
        imports.undo_import(list_id)
    except ApiProblem as problem:
        flash(gettext(problem.detail), "stop")
    return see_other(".one_list", list_id=list_id)


def not_invited() -> int:
    """How many wait for their invitation, for those who may invite."""
    return invitations.waiting().people if g.here.may("admin", "coordinator", "lead") else 0


def invite() -> Response:
    people = invitations.invite().people
    flash(
        ngettext("%(num)d person is invited.", "%(num)d people are invited.", people) % {"num": people},
        "good",
    )
    return see_other(".index")


def discard_list(list_id: UUID) -> Response:
    try:
        imports.discard_import(list_id)
    except ApiProblem as problem:
        flash(gettext(problem.detail), "stop")
        return see_other(".one_list", list_id=list_id)
    flash(_("The list was thrown away. Nobody was changed."), "good")
    return see_other(".new_list")
