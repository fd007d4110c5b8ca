"""Acts of other services in the audit log: what was planned, agreed, opened and released, and who did it where the event says so."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.audit.chain import Fact
from services.identity.audit.models.entry import BY_ITSELF, Actor, note
from services.identity.models import Member
from shared.contracts.notification import WebhookChanged
from shared.contracts.process import (
    PhaseClosed,
    PhaseOpened,
    PlanAgreed,
    PlanDeclined,
    PlanProposed,
    RunCompleted,
    RunPlanned,
    StrayedFromPlan,
)
from shared.contracts.publishing import EditionApproved, EditionFrozen, WorkbookLaunched, WorkbookWithdrawn
from shared.contracts.voting import RankingReleased
from shared.messaging.events import Event, heard

Facts = Callable[[Any], dict[str, Fact]]


def nothing_more(happened: Any) -> dict[str, Fact]:
    return {}


def the_phase(happened: Any) -> dict[str, Fact]:
    return {"phase": happened.phase}


def the_edition(happened: Any) -> dict[str, Fact]:
    return {"edition": happened.number}


KIND_OF: dict[type[Event], tuple[str, Facts]] = {
    RunPlanned: ("run_planned", nothing_more),
    PlanProposed: ("plan_proposed", nothing_more),
    PlanAgreed: ("plan_agreed", nothing_more),
    PlanDeclined: ("plan_declined", nothing_more),
    PhaseOpened: ("phase_opened", the_phase),
    PhaseClosed: ("phase_closed", the_phase),
    StrayedFromPlan: ("strayed_from_plan", the_phase),
    RunCompleted: ("run_completed", nothing_more),
    RankingReleased: ("ranking_released", nothing_more),
    EditionApproved: ("edition_approved", nothing_more),
    EditionFrozen: ("edition_frozen", the_edition),
    WorkbookLaunched: ("workbook_launched", the_edition),
    WorkbookWithdrawn: ("workbook_withdrawn", the_edition),
    WebhookChanged: ("webhook_changed", lambda changed: {"what": changed.what}),
}


def note_what_was_heard(happened: Any, session: Session) -> None:
    """Notes an act of another service, at its own moment."""
    kind, facts = KIND_OF[type(happened)]
    by = actor_of(happened.by_id, session)
    about = {"about_id": getattr(happened, "webhook_id", None), "run_id": getattr(happened, "run_id", None)}
    note(session, kind, by, **about, at=heard().time, facts=facts(happened))


def actor_of(id: UUID | None, session: Session) -> Actor:
    """Returns who it was; an event of before, or of what the clock did, names nobody."""
    if id is None:
        return BY_ITSELF
    is_ours = session.scalar(select(Member.id).filter_by(id=id))
    return Actor("own" if is_ours else "guest", id)
