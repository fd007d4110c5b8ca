"""The moderators' desk: their queue, their decisions, the views that are not shown."""

from uuid import UUID

from services.survey import moderation_queue as the_queue
from services.survey.models import Collecting, View
from services.survey.models.view import REJECTED
from services.survey.others_views import views_of
from services.survey.overview import queue_of, rejected_view
from shared.contracts.api import survey as shapes
from shared.contracts.api.survey import Survey
from shared.database import find
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.operations import USUAL_PAGE
from shared.web.paging import page
from shared.web.serving import serves

desk = Blueprint("desk", __name__, description="The moderators' queue")


@serves(desk, Survey.queue)
def queue(run_id: UUID) -> shapes.Queue:
    return queue_of(run_id, caller().subject, session())


@serves(desk, Survey.take_some)
def take_some(run_id: UUID, wanted: shapes.HowMany) -> shapes.Queue:
    find(session(), Collecting, run_id)
    the_queue.take_some(session(), run_id, caller().subject, wanted.how_many)
    return queue_of(run_id, caller().subject, session())


@serves(desk, Survey.put_back)
def put_back(run_id: UUID) -> None:
    the_queue.put_back(session(), caller().subject)


@serves(desk, Survey.decide)
def decide(run_id: UUID, made: shapes.Decisions) -> shapes.Decided:
    missed = the_queue.decide(session(), run_id, caller().subject, made.decisions)
    return shapes.Decided(decided=len(made.decisions) - len(missed), missed=missed)


@serves(desk, Survey.rejected)
def rejected(run_id: UUID, after: str | None = None, limit: int = USUAL_PAGE) -> shapes.RejectedViews:
    found = page(session(), views_of(run_id).where(View.status == REJECTED), [View.id], after, limit)
    return shapes.RejectedViews(items=[rejected_view(view) for view in found.items], next=found.next)


@serves(desk, Survey.reconsider)
def reconsider(view_id: UUID) -> None:
    find(session(), View, view_id).reconsider()
