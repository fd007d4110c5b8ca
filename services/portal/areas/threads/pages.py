"""The pages about the thread of a run, the same for the client's coordinators and for the consultancy."""

from uuid import UUID

from flask import Blueprint, render_template

from services.portal.areas.threads.thread import how_whole, thread_of
from services.portal.here import keep_for, the_run


def lay_out(pages: Blueprint, prefix: str, *roles: str) -> None:
    """Adds the pages to the area of one side, under the path of that side, for those with one of these roles."""
    pages.context_processor(the_run)
    pages.add_url_rule(prefix, "show", show)
    pages.add_url_rule(f"{prefix}/<uuid:thing_id>", "thread", thread)
    keep_for(pages, *roles)


def show(run_id: UUID) -> str:
    """Shows how whole the thread of the run is."""
    summary, words = how_whole(run_id)
    return render_template("threads/whole.html", summary=summary, words=words)


def thread(run_id: UUID, thing_id: UUID) -> str:
    return render_template("threads/one.html", thread=thread_of(run_id, thing_id, drafts_too=True))
