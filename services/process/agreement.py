"""A plan's content in a form that can be signed, compared and kept, and the rules that make it a possible plan."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared.contracts.api.process import PlanAsShown, PlannedPhase
from shared.contracts.process import ACTIVITIES, OPENS_BY
from shared.problems import RuleBroken
from shared.web.edit_conflicts import ChangedMeanwhile, merge
from shared.web.shapes import sent

if TYPE_CHECKING:
    from services.process.models.phase import Phase


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


def over_what_is_agreed(
    proposed: Sequence[PlannedPhase], was: PlanAsShown | None, phases: Sequence["Phase"]
) -> list[Mapping[str, Any]]:
    """The proposed phases; where they leave the plan as their page showed it, it is as it has been agreed by now. Raises
    ChangedMeanwhile where both have changed the same."""
    wanted = [sent(phase) for phase in proposed]
    if was is None:
        return list(wanted)
    asked, clashes = by_key(wanted), dict[str, Any]()
    shown = [sent(phase) for phase in was.phases.values()]
    seen, stands = (narrowed(by_key(plan), asked) for plan in (shown, as_plan(phases)))
    both = merge("phases", seen, asked, stands, clashes)
    if clashes:
        raise ChangedMeanwhile(clashes)
    return list(both.values())


def by_key(plan: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """{phase: what is said of it}, moments as they are written."""
    moments = ("opens_at", "closes_at")
    return {
        phase["key"]: {name: written(said) if name in moments else said for name, said in phase.items()}
        for phase in plan
    }


def narrowed(plan: Mapping[str, Mapping[str, Any]], asked: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """To what is asked for: a proposal may leave phases out."""
    return {
        key: {name: plan[key][name] for name in asked[key] if name in plan[key]}
        for key in asked
        if key in plan
    }


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
