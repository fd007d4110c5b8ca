"""The events of workshop: questions, rounds and outcomes, by id."""

from datetime import datetime
from uuid import UUID

from shared.messaging.events import Event, event


@event("workshop.question")
class QuestionTabled(Event, frozen=True, kw_only=True):
    """A question is on the workshops' table, grown from these views."""

    run_id: UUID
    question_id: UUID
    theme_id: UUID
    derived_from: list[UUID]


@event("workshop.question")
class QuestionSourcesChanged(Event, frozen=True, kw_only=True):
    """The views behind a question changed: these are all of them now."""

    run_id: UUID
    question_id: UUID
    derived_from: list[UUID]


@event("workshop.question")
class QuestionPutAside(Event, frozen=True, kw_only=True):
    """A proposed question does not go to the workshops; the reason stays with the workshop service."""

    run_id: UUID
    question_id: UUID


@event("workshop.session")
class WorkshopScheduled(Event, frozen=True, kw_only=True):
    """A workshop session has its time and places."""

    run_id: UUID
    session_id: UUID
    round: int
    starts_at: datetime
    ends_at: datetime
    places: int
    changed: list[str] = []  # time | title | link; nothing when it is scheduled first


@event("workshop.session")
class WorkshopCalledOff(Event, frozen=True, kw_only=True):
    """A workshop session does not take place."""

    run_id: UUID
    session_id: UUID
    round: int


@event("workshop.session")
class WorkshopHandedOver(Event, frozen=True, kw_only=True):
    """Before its start a workshop session got another facilitator."""

    run_id: UUID
    session_id: UUID
    round: int


@event("workshop.session")
class PlacesChanged(Event, frozen=True, kw_only=True):
    """Some people have moved up from the waiting list, or given up their place, since this was last told."""

    run_id: UUID
    session_id: UUID
    round: int
    telling: int  # told at full ten minutes; by its number it is asked who they are (docs/decisions/0079)


@event("workshop.session")
class GroupsFormed(Event, frozen=True, kw_only=True):
    """The people of a session are divided into groups."""

    run_id: UUID
    session_id: UUID
    round: int
    groups: int


@event("workshop.round")
class RoundStarted(Event, frozen=True, kw_only=True):
    """A workshop round is on."""

    run_id: UUID
    round: int


@event("workshop.round")
class RoundEnded(Event, frozen=True, kw_only=True):
    """All groups finished a round; round 1's outcomes open round 2."""

    run_id: UUID
    round: int
    groups: int
    outcomes: int


@event("workshop.outcome")
class OutcomeRecorded(Event, frozen=True, kw_only=True):
    """A group wrote down what it arrived at; sources are questions, cards' views, or round 1's outcomes."""

    run_id: UUID
    outcome_id: UUID
    question_id: UUID
    round: int
    derived_from: list[UUID]


@event("workshop.outcome")
class OutcomeSignedOff(Event, frozen=True, kw_only=True):
    """The group stands behind the outcome: it may go into the workbook."""

    run_id: UUID
    outcome_id: UUID
    question_id: UUID
    theme_id: UUID
    round: int
    kind: str  # insight | solution | commitment | principle
    derived_from: list[UUID]


@event("workshop.attendance", coarse=True)
class AttendeesCounted(Event, frozen=True, kw_only=True):
    """Told no more (docs/decisions/0075), and emptied where it was: the pseudonyms that were at a workshop."""

    run_id: UUID
    activity: str
    participants: list[UUID]


@event("workshop.tenant")
class WorkshopForgot(Event, frozen=True, kw_only=True):
    """Nothing of the organisation is left with the workshops: so many rows went."""

    rows: int
    consultancy_id: UUID | None = None
