"""Answers live streams: what they send, and who may follow them."""

from uuid import UUID

from services.townhall import screens
from services.townhall.api.finding import hall_to_see
from shared.contracts.api import townhall as shapes
from shared.contracts.api.townhall import Townhall
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.serving import serves

live = Blueprint("live", __name__, description="What the live streams send")


@serves(live, Townhall.snapshot)
def snapshot(hall_id: UUID) -> shapes.EverybodysScreen:
    return screens.everybodys(session(), hall_to_see(hall_id))


@serves(live, Townhall.access)
def access(hall_id: UUID) -> None:
    hall_to_see(hall_id)
