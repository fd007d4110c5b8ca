"""Following one's own views: what became of them, other words, taking back."""

from uuid import UUID

from msgspec.structs import asdict

from services.survey import authorship
from shared.contracts.api import survey as shapes
from shared.contracts.api.survey import Survey
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.limits import paced
from shared.web.serving import serves

following = Blueprint("following", __name__, description="One's own views")


@serves(following, Survey.own_views)
def own_views(run_id: UUID, held: shapes.HeldReceipts) -> shapes.OwnViews:
    views, not_yet = authorship.own_views(session(), run_id, caller(), held.receipts)
    return shapes.OwnViews(views=views, not_yet=not_yet)


@serves(following, Survey.receipted_views)
def receipted_views(held: shapes.HeldReceipts) -> shapes.OwnViews:
    views, not_yet = authorship.own_views(session(), None, caller(), held.receipts)
    return shapes.OwnViews(views=views, not_yet=not_yet)


@serves(following, Survey.revise)
@paced(burst=60, seconds=5)
def revise(view_id: UUID, revision: shapes.Revision) -> shapes.OwnView:
    return authorship.revise(
        session(), view_id, caller(), revision.receipts, revision.text, revision.language
    )


@serves(following, Survey.withdraw)
def withdraw(view_id: UUID, held: shapes.HeldReceipts) -> shapes.TakenBack:
    view, words = authorship.take_back(session(), view_id, caller(), held.receipts)
    last = shapes.WordsKept(text=words.text, language=words.language) if words else None
    return shapes.TakenBack(**asdict(view), words=last)
