"""The events of practice: that teams agree, never what."""

from datetime import date
from uuid import UUID

from shared.messaging.events import Event, event


@event("practice.agreement")
class AgreementDrafted(Event, frozen=True, kw_only=True):
    """A team has begun to write its ground rules."""

    run_id: UUID
    agreement_id: UUID
    team_id: UUID


@event("practice.agreement")
class ClauseWritten(Event, frozen=True, kw_only=True):
    """A clause stands in a team's ground rules; sources are passages of the workbook."""

    run_id: UUID
    agreement_id: UUID
    clause_id: UUID
    derived_from: list[UUID]


@event("practice.agreement")
class ClauseDropped(Event, frozen=True, kw_only=True):
    """A clause was taken out of a team's ground rules."""

    run_id: UUID
    agreement_id: UUID
    clause_id: UUID


@event("practice.agreement")
class AgreementSigned(Event, frozen=True, kw_only=True):
    """Everybody in the team can live with the ground rules."""

    run_id: UUID
    agreement_id: UUID
    team_id: UUID
    version: int
    review_on: date


@event("practice.agreement")
class ReviewDue(Event, frozen=True, kw_only=True):
    """The team promised to ask today: still true?"""

    run_id: UUID
    agreement_id: UUID
    team_id: UUID
    members: list[UUID] = []


@event("practice.agreement")
class PrincipleTouched(Event, frozen=True, kw_only=True):
    """A principle that this team inherits reads differently now; these clauses were made from it."""

    run_id: UUID
    agreement_id: UUID
    team_id: UUID
    passage_id: UUID
    clauses: list[UUID] = []
    members: list[UUID] = []


@event("practice.tenant")
class PracticeForgot(Event, frozen=True, kw_only=True):
    """Nothing of the organisation is left with practice: so many rows went."""

    rows: int
    consultancy_id: UUID | None = None
