"""The moderators' queue: views nobody has read yet, in an order that says nothing about when they came.

A moderator takes a handful, which is theirs until they decide, put it back, or leave it lying for half an hour.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.survey.models import Claim, Decision, View
from shared.contracts.api.survey_moderation import OneDecision
from shared.messaging.scheduling import cancel, schedule

HANDFUL, KEPT_FOR = 10, timedelta(minutes=30)


def held_by(session: Session, run_id: UUID, moderator: UUID) -> list[View]:
    held = select(View).join(Claim, Claim.view_id == View.id).where(Claim.moderator == moderator)
    return list(session.scalars(held.where(View.run_id == run_id, View.awaits_check).order_by(View.id)))


def take_some(session: Session, run_id: UUID, moderator: UUID, how_many: int = HANDFUL) -> list[View]:
    """Hold the next views that nobody holds; a colleague who asks at the same moment gets others."""
    wanted = how_many - len(held_by(session, run_id, moderator))
    if wanted > 0:
        free = unclaimed(run_id).order_by(View.id).limit(wanted).with_for_update(skip_locked=True)
        ids = session.scalars(free.with_only_columns(View.id)).all()
        rows = select(View.id, literal(moderator)).where(View.id.in_(ids))
        session.execute(insert(Claim).from_select(["view_id", "moderator"], rows).on_conflict_do_nothing())
    schedule(session, datetime.now(UTC) + KEPT_FOR, "claims_expire", moderator)
    return held_by(session, run_id, moderator)


def unclaimed(run_id: UUID):
    claimed = select(Claim.view_id).where(Claim.view_id == View.id).exists()
    return select(View).where(View.run_id == run_id, View.awaits_check, ~claimed)


def put_back(session: Session, moderator: UUID) -> None:
    """Everything this moderator holds goes back to the queue."""
    session.execute(delete(Claim).filter_by(moderator=moderator))
    cancel(session, "claims_expire", moderator)


def left(session: Session, run_id: UUID) -> dict[str, int]:
    """How many views wait, and how many of them somebody holds."""
    waits = select(func.count(View.id), func.count(Claim.view_id)).outerjoin(Claim, Claim.view_id == View.id)
    waiting, held = session.execute(waits.where(View.run_id == run_id, View.awaits_check)).one()
    return {"waiting": waiting, "held": held}


def decide(session: Session, run_id: UUID, moderator: UUID, decisions: Sequence[OneDecision]) -> list[UUID]:
    """Carries out what the moderator decided; returns the ids that were not theirs to decide on any more. Nothing is decided
    when one of the views reads differently from what the moderator has read."""
    wanted = {decision.view_id: decision for decision in decisions}
    held = held_for_decision(session, run_id, moderator, list(wanted))
    for view in held:
        settle(session, view, moderator, wanted[view.id])
    session.execute(delete(Claim).where(Claim.view_id.in_([view.id for view in held])))
    return [view_id for view_id in wanted if view_id not in {view.id for view in held}]


def held_for_decision(session: Session, run_id: UUID, moderator: UUID, ids: list[UUID]) -> list[View]:
    mine = select(Claim.view_id).where(Claim.moderator == moderator, Claim.view_id.in_(ids))
    held = select(View).where(View.id.in_(mine), View.run_id == run_id, View.awaits_check)
    return list(session.scalars(held.order_by(View.id).with_for_update()))


def settle(session: Session, view: View, moderator: UUID, made: OneDecision) -> None:
    view.settle(made.decision, made.ground, made.reason, made.wording)
    session.add(Decision(view_id=view.id, moderator=moderator, decision=made.decision, ground=made.ground))
