"""The events of publishing: passages, clearings, editions, the launch."""

from datetime import datetime
from uuid import UUID

from shared.messaging.events import Event, event


@event("publishing.passage")
class PassageWritten(Event, frozen=True, kw_only=True):
    """A passage of the workbook stands, written from these outcomes, questions or views."""

    run_id: UUID
    passage_id: UUID
    kind: str
    derived_from: list[UUID]


@event("publishing.passage")
class PassageRemoved(Event, frozen=True, kw_only=True):
    """A passage was taken out of the workbook."""

    run_id: UUID
    passage_id: UUID


@event("publishing.passage")
class QuoteCleared(Event, frozen=True, kw_only=True):
    """A quotation may be published: nobody can be recognised and the wording is right."""

    run_id: UUID
    passage_id: UUID


@event("publishing.edition")
class EditionApproved(Event, frozen=True, kw_only=True):
    """Both sides approved the workbook as it stands."""

    run_id: UUID
    workbook_id: UUID
    by_id: UUID | None = None


@event("publishing.edition")
class EditionFrozen(Event, frozen=True, kw_only=True):
    """A numbered edition will never change again; these passages are in it."""

    run_id: UUID
    edition_id: UUID
    number: int
    passages: list[UUID]
    by_id: UUID | None = None


@event("publishing.edition")
class WorkbookLaunched(Event, frozen=True, kw_only=True):
    """The workbook is open to all staff, at the minute that was set."""

    run_id: UUID
    edition_id: UUID
    number: int
    launched_at: datetime
    principles: list[UUID] = []
    idea_cards: list[UUID] = []
    writes_to: str = (
        "not_told_yet"  # not_told_yet | everybody, also those who got a mail of it before | nobody
    )
    by_id: UUID | None = None


@event("publishing.edition")
class WorkbookWithdrawn(Event, frozen=True, kw_only=True):
    """The launch was taken back; the edition stays."""

    run_id: UUID
    edition_id: UUID
    number: int
    by_id: UUID | None = None


@event("publishing.edition")
class PrincipleRevised(Event, frozen=True, kw_only=True):
    """A principle that teams have inherited reads differently in the new edition."""

    run_id: UUID
    passage_id: UUID
    edition_id: UUID


@event("publishing.tenant")
class PublishingForgot(Event, frozen=True, kw_only=True):
    """Nothing of the organisation is left with publishing: so many rows went."""

    rows: int
    consultancy_id: UUID | None = None
