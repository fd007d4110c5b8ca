"""What a plan says, in a form that can be signed, compared and kept; and what makes it a possible plan."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared.contracts.process import ACTIVITIES
from shared.problems import RuleBroken

if TYPE_CHECKING:
    from services.process.models.phase import Phase

OPENS_BY = ("hand", "date", "goal")


class NotAPossiblePlan(RuleBroken):
    """This plan does not hold together. Check its phases, their activities and who opens them."""

    status = 422


class NoDateForTheClock(NotAPossiblePlan):
    """A phase that opens by itself needs a date. Give it one, or let a person open it."""


class DatesOutOfOrder(NotAPossiblePlan):
    """A phase closes after it opens, and no phase opens before the one ahead of it. Check the dates."""


def as_plan(phases: Sequence["Phase"]) -> list[dict[str, Any]]:
    """The agreed part of the phases: not what happened, only what is promised."""
    return [
        {
            "key": phase.key,
            "opens_at": written(phase.opens_at),
            "closes_at": written(phase.closes_at),
            "opens_by": phase.opens_by,
            "activities": list(phase.activities),
        }
        for phase in phases
    ]


def checked(proposed: Sequence[Mapping[str, Any]], phases: Sequence["Phase"]) -> list[dict[str, Any]]:
    """The whole plan with the proposed changes in it; what has happened already stays as it was."""
    wanted = {phase["key"]: phase for phase in proposed}
    if wanted.keys() - {phase.key for phase in phases}:
        raise NotAPossiblePlan
    plan = [
        with_changes(was, phase, wanted.get(phase.key, {}))
        for was, phase in zip(as_plan(phases), phases, strict=True)
    ]
    in_order(
        [
            phase
            for phase, real in zip(plan, phases, strict=True)
            if not real.closed_at and not real.skipped_at
        ]
    )
    return plan


def with_changes(was: dict[str, Any], phase: "Phase", wanted: Mapping[str, Any]) -> dict[str, Any]:
    if phase.is_open:
        changeable: tuple[str, ...] = ("closes_at",)
    else:
        changeable = ("opens_at", "closes_at", "opens_by", "activities") if phase.is_still_to_come else ()
    plan = was | {name: wanted[name] for name in changeable if name in wanted}
    plan |= {name: written(plan[name]) for name in ("opens_at", "closes_at")}
    if plan["opens_by"] not in OPENS_BY or set(plan["activities"]) - set(ACTIVITIES):
        raise NotAPossiblePlan
    if plan["opens_by"] == "date" and not plan["opens_at"]:
        raise NotAPossiblePlan(
            "A phase that opens by itself needs a date. Give it one, or let a person open it."
        )
    return plan


def in_order(plan: Sequence[Mapping[str, Any]]) -> None:
    last_opening = ""
    for phase in plan:
        opens, closes = phase["opens_at"] or "", phase["closes_at"] or ""
        if (opens and closes and closes <= opens) or (opens and opens < last_opening):
            raise DatesOutOfOrder
        last_opening = opens or last_opening


def written(moment: datetime | str | None) -> str | None:
    """One way to write a moment, in UTC to the minute, so that the same moment never looks like a change."""
    if not moment:
        return None
    read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return read.astimezone(UTC).replace(second=0, microsecond=0).isoformat()
