"""The events of townhall: the kickoff lecture and the launch event."""

from datetime import datetime
from uuid import UUID

from shared.messaging.events import Event, event


@event("townhall.hall")
class TownhallScheduled(Event, frozen=True, kw_only=True):
    """An all-staff event has its time."""

    run_id: UUID
    hall_id: UUID
    purpose: str  # kickoff | launch
    starts_at: datetime
    ends_at: datetime


@event("townhall.hall")
class TownhallStarted(Event, frozen=True, kw_only=True):
    """The event is on air."""

    run_id: UUID
    hall_id: UUID


@event("townhall.hall")
class TownhallEnded(Event, frozen=True, kw_only=True):
    """The event is over."""

    run_id: UUID
    hall_id: UUID
    signed_up: int
    questions: int
    answered: int


@event("townhall.question", coarse=True)
class QuestionCarriedForward(Event, frozen=True, kw_only=True):
    """A question was left unanswered and goes on to the survey; its text is fetched by id."""

    run_id: UUID
    hall_id: UUID
    question_id: UUID
    upvotes: int


@event("townhall.tenant")
class TownhallForgot(Event, frozen=True, kw_only=True):
    """Nothing of the organisation is left with the townhall: so many rows went."""

    rows: int
    consultancy_id: UUID | None = None
