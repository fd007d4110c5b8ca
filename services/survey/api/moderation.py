"""The moderators' desk: their queue, their decisions, the views that are not shown."""

from uuid import UUID

from services.survey import moderation_queue as the_queue
from services.survey.models import Collecting, View
from services.survey.models.view import REJECTED
from services.survey.others_views import views_of
from services.survey.overview import queue_of, rejected_view
from shared.contracts.api import survey_moderation as desk_shapes
from shared.contracts.api.survey_moderation import Moderation
from shared.database import find
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.operations import USUAL_PAGE
from shared.web.paging import page
from shared.web.serving import serves

desk = Blueprint("desk", __name__, description="The moderators' queue")


@serves(desk, Moderation.queue)
def queue(run_id: UUID) -> desk_shapes.Queue:
    return queue_of(run_id, caller().subject, session())


@serves(desk, Moderation.take_some)
def take_some(run_id: UUID, wanted: desk_shapes.HowMany) -> desk_shapes.Queue:
    find(session(), Collecting, run_id)
    the_queue.take_some(session(), run_id, caller().subject, wanted.how_many)
    return queue_of(run_id, caller().subject, session())


@serves(desk, Moderation.put_back)
def put_back(run_id: UUID) -> None:
    the_queue.put_back(session(), caller().subject)


@serves(desk, Moderation.decide)
def decide(run_id: UUID, made: desk_shapes.Decisions) -> desk_shapes.Decided:
    missed = the_queue.decide(session(), run_id, caller().subject, made.decisions)
    return desk_shapes.Decided(decided=len(made.decisions) - len(missed), missed=missed)


@serves(desk, Moderation.rejected)
def rejected(run_id: UUID, after: str | None = None, limit: int = USUAL_PAGE) -> desk_shapes.RejectedViews:
    found = page(session(), views_of(run_id).where(View.status == REJECTED), [View.id], after, limit)
    return desk_shapes.RejectedViews(items=[rejected_view(view) for view in found.items], next=found.next)


@serves(desk, Moderation.reconsider)
def reconsider(view_id: UUID) -> None:
    find(session(), View, view_id).reconsider()
