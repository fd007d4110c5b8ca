"""My thread: where each of my views went; and the thread of anything else, both ways."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from flask import Blueprint, g, render_template, url_for

from services.portal import key_days
from services.portal.agreed_path import has_come
from services.portal.areas.threads.thread import Words, thread_of
from services.portal.areas.views import receipts
from services.portal.clients.lineage import what_became_of
from services.portal.clients.survey import own_views, survey
from services.portal.here import the_run
from services.portal.menu import N_, MenuItem
from services.portal.offers import Offer
from shared.contracts.api.lineage import Became
from shared.contracts.api.process import Run
from shared.languages import _, ngettext

pages = Blueprint("threads", __name__)
pages.context_processor(the_run)
menu = [MenuItem(N_("My thread"), "employee.threads.mine", order=70)]


def offers(here: Any, run: Run) -> list[Offer]:
    """Offers what has become of my views, as soon as something can have: they are read, worked on, written about."""
    if not has_come(run, "prioritise", "workshop_1", "workshop_2", "write_workbook"):
        return []
    own = own_views(run.id, receipts.held(run.id))
    sentence = in_a_sentence(what_became_of(view.id for view in own).values())
    if not sentence:
        return []
    url = url_for("employee.threads.mine", run_id=run.id)
    return [Offer(title=_("My thread"), text=sentence, url=url, action=_("Follow my views"), order=80)]


def in_a_sentence(became: Collection[Became]) -> str:
    """The farthest that my views have come."""
    passages = {passage.id for each in became for passage in each.passages}
    if passages:
        sentence = ngettext(
            "%(num)d passage of the workbook grew from what you said.",
            "%(num)d passages of the workbook grew from what you said.",
            len(passages),
        )
        return sentence % {"num": len(passages)}
    if readings := sum(each.readings or 0 for each in became):
        return _("Your views were read about %(count)d times or more.") % {"count": readings}
    return ""


@pages.get("/runs/<uuid:run_id>/threads")
def mine(run_id: UUID) -> str:
    """By the receipts of this browser and, as long as views are taken, by being oneself: nobody else can open it."""
    own = own_views(run_id, receipts.held(run_id))
    became = what_became_of(view.id for view in own)
    words = Words(run_id)
    words.of_questions([id for each in became.values() for id in each.questions])
    words.of_passages([passage.id for each in became.values() for passage in each.passages])
    names = {theme.id: theme.name for theme in survey.themes_in_words(run_id, g.here.language)}
    return render_template(
        "threads/employee.html",
        own=[(view, became.get(view.id)) for view in own],
        words=words,
        names=names,
        sentence=in_a_sentence(became.values()),
        kept=len(receipts.held(run_id)),
        views_key=key_days.of_run(run_id)["survey"],
    )


@pages.get("/runs/<uuid:run_id>/threads/<uuid:thing_id>")
def thread(run_id: UUID, thing_id: UUID) -> str:
    """From a view to the workbook, from a passage to what colleagues said."""
    return render_template("threads/employee_one.html", thread=thread_of(run_id, thing_id))
