"""The runs that were planned, as publishing has heard of them."""

from services.publishing.models.base import Base
from shared.messaging.planned_runs import RunThatWasPlanned


class PlannedRun(RunThatWasPlanned, Base):
    """A run for which people may begin something here."""
