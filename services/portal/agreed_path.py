"""The agreed path as pages show it: a few steps, where we are, and one sentence about now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import g, url_for

from services.portal.clients.base import ApiProblem
from services.portal.clients.process import process
from services.portal.menu import N_, NC_
from services.portal.wording import moment
from shared.contracts.api.process import Phase, PhaseState, Run
from shared.languages import _, gettext, pgettext

STEPS = {
    "planning": NC_("step of the path", "Planning"),
    "kickoff": NC_("step of the path", "Kickoff"),
    "views": NC_("step of the path", "Views"),
    "workshops": NC_("step of the path", "Workshops"),
    "workbook": NC_("step of the path", "Workbook"),
    "in_use": NC_("step of the path", "In use"),
}
PHASES = {
    "planning": N_("joint planning"),
    "kickoff": N_("kickoff lecture"),
    "views": N_("giving views"),
    "priorities": N_("reading and prioritising"),
    "deepen": N_("workshops, first round"),
    "ideate": N_("workshops, second round"),
    "workbook": N_("writing the workbook"),
    "launch": N_("launch"),
    "aftercare": N_("the workbook and ground rules in use"),
}


@dataclass(frozen=True)
class Step:
    """One dot of the path."""

    label: str
    state: str  # done | current | skipped | coming
    url: str | None = None


@dataclass(frozen=True)
class AgreedPath:
    """The dots of a run's path, and the sentence under them."""

    steps: tuple[Step, ...]
    now: str
    url: str | None = None


def step_label(key: str) -> str:
    return pgettext("step of the path", STEPS[key]) if key in STEPS else key


def phase_label(key: str) -> str:
    return gettext(PHASES[key]) if key in PHASES else key


def phase_title(key: str) -> str:
    """The name of a phase where a sentence begins with it."""
    label = phase_label(key)
    return label[:1].upper() + label[1:]


def run_of(run_id: UUID) -> Run:
    """The run, asked once a page."""
    known: dict[UUID, Run] = g.setdefault("runs", {})
    if run_id not in known:
        known[run_id] = process.run(run_id)
    return known[run_id]


def known_on_this_page(runs: Iterable[Run]) -> None:
    """Keeps the runs that a page has asked for; its menu is about the first."""
    g.runs = {run.id: run for run in runs}
    g.run_in_sight = next(iter(g.runs), None)


def current_of(run: Run) -> Phase | None:
    return next((phase for phase in run.phases if phase.state == "current"), None)


def coming_of(run: Run) -> list[Phase]:
    return [phase for phase in run.phases if phase.state == "coming"]


def path_of(run_id: UUID, face: str = "employee") -> AgreedPath:
    run = run_of(run_id)
    url = url_for(f"{face}.plan.show", run_id=run_id)
    return AgreedPath(steps_of(run.phases), sentence_about(run), url)


def still_comes(run_id: UUID, *activities: str) -> bool:
    """Whether the path has one of these open, or still to come: else nobody is told to wait for it."""
    return "current" in (found := states_of(run_id, activities)) or "coming" in found


def was_left_out(run_id: UUID, *activities: str) -> bool:
    """Whether the path has gone on without any of these."""
    return not states_of(run_id, activities) - {"skipped"}


def has_come(run: Run, *activities: str) -> bool:
    """Whether the path is at one of these, or beyond: before that there is nothing to ask its service about."""
    come = (phase.activities for phase in run.phases if phase.state != "coming")
    return any(set(activities) & set(found) for found in come)


def states_of(run_id: UUID, activities: Sequence[str]) -> set[PhaseState]:
    """The states of the phases with one of these activities; while the process tells nothing of them, they may come."""
    try:
        phases = run_of(run_id).phases
    except ApiProblem as problem:
        if problem.is_away or problem.status in (403, 404):
            return {"coming"}
        raise
    return {phase.state for phase in phases if set(activities) & set(phase.activities)}


def steps_of(phases: Sequence[Phase]) -> tuple[Step, ...]:
    """Phases that belong together share a dot."""
    states: dict[str, list[PhaseState]] = {}
    for phase in phases:
        states.setdefault(phase.step, []).append(phase.state)
    return tuple(Step(step_label(key), together(found)) for key, found in states.items())


def together(states: Sequence[PhaseState]) -> PhaseState:
    if "current" in states or ("coming" in states and set(states) & {"done", "skipped"}):
        return "current"
    if "coming" in states:
        return "coming"
    return "done" if "done" in states else "skipped"


def sentence_about(run: Run) -> str:
    """Says where we are on the path."""
    if run.completed_at:
        return _("The path has been walked to its end.")
    here = current_of(run)
    if here is None or not run.version:
        return _("The plan is being agreed.")
    if here.closes_at:
        return _("Now: %(phase)s, until %(when)s.") % {
            "phase": phase_label(here.key),
            "when": moment(here.closes_at),
        }
    return _("Now: %(phase)s.") % {"phase": phase_label(here.key)}
