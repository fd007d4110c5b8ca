"""Lineage's operations, as shared/contracts/api/lineage.py declares them."""

from uuid import UUID

from services.lineage.models import Thing
from services.lineage.overview import thread_of
from services.lineage.query import Thread, threads_of
from services.lineage.summary import summary as summary_of
from shared.contracts.api import lineage as shapes
from shared.contracts.api.lineage import USUAL_DEPTH, WHO_SEES_DRAFTS, Direction, Lineage
from shared.database import find
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.serving import serves

threads = Blueprint("threads", __name__)
FORWARD: dict[Direction, tuple[bool, ...]] = {"forward": (True,), "back": (False,), "both": (True, False)}


@serves(threads, Lineage.thread)
def thread(thing_id: UUID, direction: Direction = "both", depth: int = USUAL_DEPTH) -> shapes.TheThread:
    found = Thread(find(session(), Thing, thing_id))
    for forward in FORWARD[direction]:
        found.follow(session(), forward, depth)
    return thread_of(found, session(), drafts_too=caller().is_any(*WHO_SEES_DRAFTS))


@serves(threads, Lineage.lookup)
def lookup(wanted: shapes.Views) -> shapes.Threads:
    return shapes.Threads(threads=threads_of(session(), wanted.ids))


@serves(threads, Lineage.summary)
def summary(run_id: UUID) -> shapes.Summary:
    return summary_of(session(), run_id)
