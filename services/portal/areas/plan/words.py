"""Sentences for what the process knows by short names: goals, drift with its consequence, reasons to hesitate."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from services.portal.agreed_path import coming_of, current_of, phase_title
from services.portal.menu import N_
from services.portal.wording import day, day_of
from shared.contracts.api.process import Ahead, Drift, Phase, Steering
from shared.languages import _, gettext, ngettext, percent

GOALS = {
    "plan_agreed": N_("both parties have signed the plan"),
    "kickoff_held": N_("the kickoff lecture has been held"),
    "turnout_reached": N_("%(target)s of those invited have given their views"),
    "all_read_enough": N_("every view has been read as often as was promised"),
    "round_1_ended": N_("all groups have finished the first round"),
    "round_2_ended": N_("all groups have finished the second round"),
    "workbook_approved": N_("both parties have approved the workbook"),
    "workbook_launched": N_("the workbook is open to everybody"),
}
ACTIVITIES = {
    "plan": N_("writing and signing the plan"),
    "kickoff": N_("the kickoff lecture"),
    "give_views": N_("giving views"),
    "prioritise": N_("reading and prioritising"),
    "workshop_1": N_("workshops, first round"),
    "workshop_2": N_("workshops, second round"),
    "write_workbook": N_("writing the workbook"),
    "launch": N_("the launch event"),
    "read_workbook": N_("reading the workbook"),
    "ground_rules": N_("the teams' ground rules"),
}
OPENS_BY = {
    "hand": N_("when a person opens it"),
    "date": N_("by itself, on its day"),
    "goal": N_("by itself, when the phase before has reached its goal"),
}
PARTIES = {"consultancy": N_("the consultancy"), "client": N_("the organisation")}
PROPOSALS = {
    "consultancy": N_("A proposal by the consultancy"),
    "client": N_("A proposal by the organisation"),
}
STATES = {
    "waiting": N_("waits for an answer"),
    "agreed": N_("agreed"),
    "declined": N_("declined"),
    "withdrawn": N_("taken back"),
}
WAITING = {
    "propose_plan": N_("Propose the plan to the client"),
    "client_answers": N_("The client answers a proposal"),
    "consultancy_answers": N_("Answer the client's proposal"),
    "move_on": N_("The goal is reached: open the next phase"),
}
WAITING_AT_THE_DESK = {
    "propose_plan": N_("The consultancy proposes a plan"),
    "client_answers": N_("Answer the consultancy's proposal"),
    "consultancy_answers": N_("The consultancy answers your proposal"),
    "move_on": N_("The goal is reached: open the next phase"),
}
DRIFT = {
    "late": N_("later than agreed"),
    "skipped": N_("a phase was left out"),
    "opened_early": N_("opened earlier than agreed"),
    "opened_late": N_("opened later than agreed"),
    "few_readings": N_("too few readings"),
    "low_turnout": N_("few have taken part"),
}

STRAYING = {
    "early": N_("earlier than agreed"),
    "late": N_("later than agreed"),
    "goal_not_reached": N_("before the goal was reached"),
    "skipped": N_("a phase was left out"),
}


def said(words: Mapping[str, str]) -> Callable[[str], str]:
    """A filter that says a short name in words; an unknown one says itself."""
    return lambda key: gettext(words[key]) if key in words else key


def agreed_days(phase: Phase) -> str:
    """From which day to which a phase was agreed to be open."""
    first, last = day(phase.opens_at), day(phase.closes_at)
    if not last:
        return _("agreed from %(from)s") % {"from": first}
    if first == last:
        return _("agreed for %(day)s") % {"day": first}
    return _("agreed %(from)s – %(until)s") % {"from": first, "until": last}


def open_days(phase: Phase) -> str:
    """From which day to which a phase was open, or since when it is."""
    first, last = day(phase.opened_at), day(phase.closed_at)
    if not last:
        return _("open since %(from)s") % {"from": first}
    if first == last:
        return _("was open on %(day)s") % {"day": first}
    return _("was open %(from)s – %(until)s") % {"from": first, "until": last}


FILTERS = {
    "agreed_days": agreed_days,
    "open_days": open_days,
    "activity": said(ACTIVITIES),
    "opens_by": said(OPENS_BY),
    "party": said(PARTIES),
    "proposal": said(PROPOSALS),
    "proposal_state": said(STATES),
    "waiting": said(WAITING),
    "waiting_at_the_desk": said(WAITING_AT_THE_DESK),
    "drift": said(DRIFT),
    "straying": said(STRAYING),
}


def about_goal(run: Steering, phase: Phase) -> str:
    """Says what has to be true for a phase that has a goal to end well."""
    assert phase.goal is not None
    sentence = gettext(GOALS[phase.goal])
    return sentence % {"target": percent(run.turnout_target)} if "%(target)s" in sentence else sentence


def about_straying(how: str, run: Steering, move: Ahead) -> str:
    """Says what to think of before leaving the agreed path in this way, by the move that would do it."""
    coming = next((phase for phase in run.phases if phase.key == move.to), None)
    here = current_of(run)
    known = {"phase": phase_title(coming.key), "day": day(coming.opens_at)} if coming else {}
    if here and how == "goal_not_reached":
        return _("The goal of this phase is not reached yet: %(goal)s.") % {"goal": about_goal(run, here)}
    if how == "early":
        return _("%(phase)s was agreed to open on %(day)s, which is still to come.") % known
    return _("%(phase)s was agreed to open on %(day)s, which has passed.") % known


def about_drift(drift: Drift, run: Steering) -> str:
    """How plan and reality differ, and what follows from it."""
    phase = next(phase for phase in run.phases if phase.key == drift.phase)
    return SENTENCES[drift.kind](phase, run)


def late(phase: Phase, run: Steering) -> str:
    over = days_between(phase.closes_at, datetime.now(UTC))
    sentence = ngettext(
        "%(phase)s has been open %(num)d day longer than agreed.",
        "%(phase)s has been open %(num)d days longer than agreed.",
        over,
    ) % {"phase": phase_title(phase.key), "num": over}
    return f"{sentence} {what_is_left(phase, run)}".strip()


def what_is_left(phase: Phase, run: Steering) -> str:
    later = [phase for phase in coming_of(run) if phase.closes_at]
    if not later:
        return ""
    left = max(0, days_between(datetime.now(UTC), later[0].closes_at))
    return ngettext(
        "%(phase)s has %(num)d day left until its agreed end.",
        "%(phase)s has %(num)d days left until its agreed end.",
        left,
    ) % {"phase": phase_title(later[0].key), "num": left}


def skipped(phase: Phase, run: Steering) -> str:
    return _("%(phase)s was left out. What it would have brought is missing from what follows.") % {
        "phase": phase_title(phase.key)
    }


def opened_early(phase: Phase, run: Steering) -> str:
    early = days_between(phase.opened_at, phase.opens_at)
    return ngettext(
        "%(phase)s opened %(num)d day earlier than agreed. Those who planned by the date may miss its beginning.",
        "%(phase)s opened %(num)d days earlier than agreed. Those who planned by the date may miss its beginning.",
        early,
    ) % {"phase": phase_title(phase.key), "num": early}


def opened_late(phase: Phase, run: Steering) -> str:
    over = days_between(phase.opens_at, phase.opened_at)
    return ngettext(
        "%(phase)s opened %(num)d day later than agreed. It has that much less time, unless its end moves too.",
        "%(phase)s opened %(num)d days later than agreed. It has that much less time, unless its end moves too.",
        over,
    ) % {"phase": phase_title(phase.key), "num": over}


def few_readings(phase: Phase, run: Steering) -> str:
    return _(
        "Some views have been read less often than was promised. Until they are, their place in the order is not known."
    )


def low_turnout(phase: Phase, run: Steering) -> str:
    if not run.invited:
        return _("Fewer have taken part than was hoped. What comes of it would not yet speak for all.")
    return _(
        "%(share)s have taken part, %(target)s was the target. What comes of it does not yet speak for all."
    ) % {
        "share": percent(run.took_part / run.invited),
        "target": percent(run.turnout_target),
    }


SENTENCES = {
    "late": late,
    "skipped": skipped,
    "opened_early": opened_early,
    "opened_late": opened_late,
    "few_readings": few_readings,
    "low_turnout": low_turnout,
}


def days_between(earlier: datetime | None, later: datetime | None) -> int:
    """Between two moments that the drift has come from, so that both are there."""
    assert earlier and later
    return (day_of(later) - day_of(earlier)).days
