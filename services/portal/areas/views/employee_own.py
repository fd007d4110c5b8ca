"""My own views: see what became of them, put them in other words, take them back, carry their receipts."""

from uuid import UUID

from flask import Response, abort, flash, g, render_template, request
from msgspec.structs import asdict

from services.portal.answers import see_other
from services.portal.areas.views import receipts
from services.portal.areas.views.employee import (
    languages_of_texts,
    pages,
    sentence_where_i_am,
    theme_in,
    typed,
    writing_page,
)
from services.portal.areas.views.grounds import sentence_of
from services.portal.clients.base import ApiProblem
from services.portal.clients.survey import own_views, survey
from services.portal.menu import N_
from shared.contracts.api.survey import (
    CollectingNow,
    HeldReceipts,
    OwnView,
    Revision,
    ThemeToAnswer,
    Words,
)
from shared.languages import _, gettext

STATUSES = {
    "waiting": (N_("A moderator reads it first"), "wait"),
    "shared": (N_("Colleagues can read it"), "good"),
    "rejected": (N_("Not shown"), "stop"),
    "withdrawn": (N_("Taken back"), ""),
}


WITH_OTHERS = (N_("Waits with others'"), "wait")


@pages.get("/runs/<uuid:run_id>/views/mine")
def mine(run_id: UUID) -> str:
    """My views, what became of them with the moderators, and their receipts."""
    collecting = survey.collecting(run_id, g.here.language)
    own = survey.own_views(run_id, HeldReceipts(receipts=receipts.held(run_id)))
    return render_template(
        "views/mine.html",
        not_yet=own.not_yet,
        collecting=collecting,
        themes=themes_with(own.views, collecting),
        receipts=receipts.held(run_id),
        status=status,
        sentence_of=sentence_of,
    )


def themes_with(own: list[OwnView], collecting: CollectingNow) -> list[tuple[ThemeToAnswer, list[OwnView]]]:
    by_theme = [(theme, [view for view in own if view.theme_id == theme.id]) for theme in collecting.themes]
    return [(theme, views) for theme, views in by_theme if views]


def status(view: OwnView) -> tuple[str, str]:
    label, kind = WITH_OTHERS if view.waits_for_others else STATUSES[view.status]
    return gettext(label), kind


def my_view(run_id: UUID, view_id: UUID) -> OwnView:
    own = own_views(run_id, receipts.held(run_id))
    return next((view for view in own if view.id == view_id), None) or abort(404)


@pages.get("/runs/<uuid:run_id>/views/mine/<uuid:view_id>")
def revise(run_id: UUID, view_id: UUID) -> str:
    return revising_page(run_id, my_view(run_id, view_id))


def revising_page(run_id: UUID, view: OwnView, refusal: str = "", words: Words | None = None) -> str:
    collecting = survey.collecting(run_id, g.here.language)
    return render_template(
        "views/revise.html",
        collecting=collecting,
        theme=theme_in(collecting, view.theme_id),
        view=view,
        words=words or view,
        languages=languages_of_texts(),
        refusal=refusal,
        reason=(sentence_of(view.ground), view.reason),
    )


@pages.post("/runs/<uuid:run_id>/views/mine/<uuid:view_id>")
def send_revision(run_id: UUID, view_id: UUID) -> Response | tuple[str, int]:
    try:
        revision = Revision(**asdict(typed()), receipts=receipts.held(run_id))
        view = survey.revise(view_id, revision)
    except ApiProblem as problem:
        refusal = sentence_where_i_am(problem)
        return revising_page(run_id, my_view(run_id, view_id), refusal, typed()), problem.status
    flash(what_happens_to(view), "good")
    return see_other(".mine", run_id=run_id)


def what_happens_to(view: OwnView) -> str:
    if view.new_wording_waits:
        return _("Your new wording is kept. It waits with others'; until it is shown, the old one stands.")
    return _("Your view is changed.")


@pages.post("/runs/<uuid:run_id>/views/mine/<uuid:view_id>/withdraw")
def withdraw(run_id: UUID, view_id: UUID) -> str | Response:
    """Take it back; while views are taken, its words lie in the box once more, and nowhere else, for second thoughts."""
    gone = survey.withdraw(view_id, HeldReceipts(receipts=receipts.held(run_id)))
    if gone.words and survey.collecting(run_id).state == "open":
        return writing_page(run_id, gone.theme_id, typed=gone.words, taken_back=True)
    flash(_("Your view is taken back, and nobody can read it any more."), "good")
    return see_other(".mine", run_id=run_id)


@pages.get("/runs/<uuid:run_id>/views/receipts.txt")
def receipts_as_a_file(run_id: UUID) -> Response:
    lines = [_("With these codes you alone can follow, change and take back your views."), ""]
    answer = Response("\n".join([*lines, *receipts.held(run_id), ""]), mimetype="text/plain")
    answer.headers["Content-Disposition"] = "attachment; filename=polku-receipts.txt"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.post("/runs/<uuid:run_id>/views/receipts")
def bring_receipts(run_id: UUID) -> Response:
    """Receipts from another device, pasted as text."""
    brought = receipts.receipts_in(request.form.get("receipts", ""))
    answer = see_other(".mine", run_id=run_id)
    if brought:
        receipts.keep(answer, run_id, *brought)
        flash(_("This browser keeps your receipts now."), "good")
    else:
        flash(_("There was no receipt in the text. Copy the codes from the file as they are."), "stop")
    return answer
