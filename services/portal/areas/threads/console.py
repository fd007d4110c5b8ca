"""How whole the thread of a run is, and the thread of anything in it."""

from uuid import UUID

from flask import Blueprint, render_template

from services.portal.areas.threads.thread import how_whole, thread_of
from services.portal.here import open_to, the_run
from services.portal.menu import N_, MenuItem

STAFF = ("lead", "facilitator", "editor")
pages = Blueprint("threads", __name__)
pages.context_processor(the_run)
menu = [MenuItem(N_("The thread"), "console.threads.show", frozenset(STAFF), face="console", order=80)]


@pages.get("/clients/<slug>/runs/<uuid:run_id>/threads")
@open_to(*STAFF)
def show(run_id: UUID) -> str:
    summary, words = how_whole(run_id)
    return render_template("threads/console.html", summary=summary, words=words)


@pages.get("/clients/<slug>/runs/<uuid:run_id>/threads/<uuid:thing_id>")
@open_to(*STAFF)
def thread(run_id: UUID, thing_id: UUID) -> str:
    return render_template("threads/console_one.html", thread=thread_of(run_id, thing_id, drafts_too=True))
