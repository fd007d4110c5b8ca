"""Lists which of an organisation's events may leave Polku, and which stay: every event of the contracts is in one list.

An event that is in neither list is not sent, and the build fails until somebody has decided. What leaves is for the
organisation's own administrators: no member's id, no pseudonym, nothing that a page would not show them. A coarse
event is sent the night after, in no order: the moment of its arrival would tell the minute that its time hides.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec

from shared.contracts import (
    identity,
    notification,
    practice,
    process,
    publishing,
    survey,
    townhall,
    voting,
    workshop,
)
from shared.contracts.api import notification as shapes
from shared.languages import ZONE
from shared.messaging.events import CATALOGUE, Envelope, Event

CONTENT_TYPE = "application/cloudevents+json"
TEST = "polku.notification.webhook-tested.v1"  # what the button on the page sends; nothing has happened
NIGHT_FROM, NIGHT_HOURS = time(1), 4


@dataclass(frozen=True)
class Offer:
    """A group of events that belong together at work, and why they may leave."""

    events: tuple[type[Event], ...]
    why: str


OFFERED: dict[str, Offer] = {
    "path": Offer(
        (
            process.RunPlanned, process.PlanProposed, process.PlanAgreed, process.PlanDeclined,
            process.PhaseOpened, process.PhaseClosed, process.PhaseMoved, process.StrayedFromPlan,
            process.DriftNoticed, process.RunCompleted,
        ),
        "The agreed path is on every page.",
    ),
    "events": Offer(
        (townhall.TownhallScheduled, townhall.TownhallStarted, townhall.TownhallEnded, townhall.QuestionCarriedForward),
        "Times and counts of events that everybody is invited to.",
    ),
    "views": Offer(
        (
            survey.ThemePublished, survey.ViewShared, survey.ViewRevised, survey.ViewWithdrawn, survey.ViewModerated,
            survey.ViewsAwaitModeration, survey.CollectingEnded,
        ),
        "Ids of views and themes alone; whoever counts views elsewhere must also hear of those that were taken back.",
    ),
    "priorities": Offer(
        (voting.TallyRefreshed, voting.FloorReached, voting.RankingReleased, voting.RankingContinued, voting.VotingEnded),
        "Sums, and the order that is public once it is released.",
    ),
    "turnout": Offer(
        (identity.TurnoutKnown, identity.KeyDestroyed), "How many, never who; and that nobody can find out any more."
    ),
    "workshops": Offer(
        (
            workshop.QuestionTabled, workshop.QuestionSourcesChanged, workshop.QuestionPutAside,
            workshop.WorkshopScheduled, workshop.WorkshopCalledOff, workshop.GroupsFormed, workshop.RoundStarted, workshop.RoundEnded,
            workshop.OutcomeSignedOff,
        ),
        "What stands on the workshops' table, and what groups stand behind, by id.",
    ),
    "workbook": Offer(
        (
            publishing.EditionApproved, publishing.EditionFrozen, publishing.WorkbookLaunched,
            publishing.WorkbookWithdrawn, publishing.PrincipleRevised,
        ),
        "Editions are public in the house.",
    ),
}  # fmt: skip

WITHOUT: dict[type[Event], tuple[str, ...]] = {
    voting.RankingReleased: ("readings",),  # how many read a view is for its author's thread
    voting.RankingContinued: ("readings",),
}

WHO_DID_IT = "by_id"  # a member's id: it is for the organisation's audit log

OF_TENANTS = [event for event in CATALOGUE.values() if event.topic.endswith(".tenant")]
KEPT: dict[type[Event], str] = {
    **dict.fromkeys(OF_TENANTS, "About organisations, not about their work."),
    identity.MemberJoined: "A member's id.",
    identity.MemberChanged: "A member's id.",
    identity.MemberLeft: "A member's id.",
    identity.PeopleInvited: "Members' ids.",
    identity.StaffAccessGranted: "A consultant's id.",
    identity.StaffAccessEnded: "A consultant's id.",
    identity.WayInChanged: "How people sign in is the administrators' own affair; they are told by mail.",
    identity.WayInConfirmationAsked: "A member's id.",
    identity.HostRecordMissing: "Host names are the administrators' own affair; they are told by mail.",
    identity.AuditLogGrew: "The seal is the administrators' own affair; they get it by mail.",
    identity.AttendanceKnown: "Told no more.",
    notification.NoticeSent: "Who was told.",
    notification.WebhookChanged: "Endpoints are the administrators' own affair; the audit log says who changed them.",
    practice.AgreementDrafted: "A team's own affair: the desk sees how many teams agree, not which.",
    practice.ClauseWritten: "A team's own affair.",
    practice.ClauseDropped: "A team's own affair.",
    practice.AgreementSigned: "A team's own affair: the desk sees how many teams agree, not which.",
    practice.ReviewDue: "Members' ids.",
    practice.PrincipleTouched: "Members' ids.",
    process.RunMoved: "For the consultancy that leads it, with a consultant's id.",
    publishing.PassageWritten: "The draft is its editors' until it is frozen.",
    publishing.PassageRemoved: "The draft is its editors' until it is frozen.",
    publishing.QuoteCleared: "The draft is its editors' until it is frozen.",
    survey.WritersCounted: "Told no more.",
    voting.VotersCounted: "Told no more.",
    workshop.WorkshopHandedOver: "Who leads a session is told to those who have a place.",
    workshop.PlacesChanged: "That somebody gave a place up is told to those whom it concerns.",
    workshop.AttendeesCounted: "Told no more.",
    workshop.OutcomeRecorded: "The group's own until it signs off.",
}

EVENTS = tuple(event for offer in OFFERED.values() for event in offer.events)
TYPES = frozenset(event.type for event in EVENTS)


def catalogue() -> list[shapes.Offer]:
    """Returns the groups and the types in them, as pages offer them."""
    return [
        shapes.Offer(group=name, types=[event.type for event in offer.events])
        for name, offer in OFFERED.items()
    ]


def cloud_event(envelope: Envelope) -> bytes:
    """The event in CloudEvents' structured JSON; who caused it stays in the house, with the ids of what stays."""
    left_out = (*WITHOUT.get(type(envelope.event), ()), WHO_DID_IT)
    facts = msgspec.structs.asdict(envelope.event)
    data = {name: fact for name, fact in facts.items() if name not in left_out}
    happened_at = happened(envelope).isoformat()
    return _structured(
        str(envelope.id), envelope.event.type, envelope.source, happened_at, str(envelope.tenant), data
    )


def test_event(id: str, tenant: str, webhook_id: str) -> bytes:
    now = datetime.now(UTC).isoformat()
    return _structured(id, TEST, "notification", now, tenant, {"webhook_id": webhook_id})


def _structured(id: str, type: str, source: str, at: str, tenant: str, data: dict[str, Any]) -> bytes:
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": id,
        "type": type,
        "source": f"/polku/{source}",
        "time": at,
    }
    event |= {"tenantid": tenant, "datacontenttype": "application/json", "data": data}
    return msgspec.json.encode(event)


def happened(envelope: Envelope) -> datetime:
    """To the day for anonymous acts, whatever the envelope says (docs/privacy.md)."""
    if envelope.event.coarse:
        return datetime.combine(envelope.time.astimezone(ZONE).date(), time(), ZONE).astimezone(UTC)
    return envelope.time


def leaves_at(event: Event, now: datetime) -> datetime | None:
    """None for at once; an anonymous act waits for a moment of the coming night that is drawn for it alone."""
    if not event.coarse:
        return None
    today = now.astimezone(ZONE).date()
    night = datetime.combine(today + timedelta(days=1), NIGHT_FROM, ZONE)
    return night + timedelta(seconds=random.SystemRandom().uniform(0, NIGHT_HOURS * 3600))
