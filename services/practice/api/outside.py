"""Answers those outside the teams, with counts alone."""

from uuid import UUID

from services.practice import spaces
from shared.contracts.api import practice as shapes
from shared.contracts.api.practice import Practice
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.serving import serves

outside = Blueprint("outside", __name__, description="What those outside the teams may know")


@serves(outside, Practice.counts)
def counts(run_id: UUID) -> shapes.Counts:
    return spaces.counts(run_id, session())
