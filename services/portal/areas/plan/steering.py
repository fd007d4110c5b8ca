"""The plan for those who steer: the same pages on the client's desk and on the consultancy's console."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, render_template, request
from msgspec import to_builtins
from werkzeug.wrappers import Response

from services.portal.agreed_path import coming_of, current_of, phase_title
from services.portal.answers import see_other
from services.portal.areas.plan import ahead as moves
from services.portal.areas.plan.words import ACTIVITIES, OPENS_BY, about_drift, about_goal, about_straying
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import names_of
from services.portal.clients.process import process
from services.portal.forms.edits import edited
from services.portal.forms.fields import Fields, as_sent
from services.portal.forms.times import ASKED, AskedBack, Doubts, times_in
from services.portal.shell import face
from services.portal.wording import clock
from shared.contracts.api.process import (
    Move,
    NewProposal,
    Phase,
    PlannedMove,
    PlannedPhase,
    Proposal,
    Refusing,
    Steering,
)
from shared.languages import NAMES, _, gettext

STEERING = ("lead", "coordinator", "admin")
MINUTES_TO_TAKE_BACK = 10


def lay_out(pages: Blueprint, base: str) -> None:
    """Put the plan's pages under an address that holds <run_id>."""
    pages.add_url_rule(base, "show", show)
    pages.add_url_rule(f"{base}/change", "change", change)
    pages.add_url_rule(f"{base}/ahead", "ahead", ahead)
    pages.add_url_rule(f"{base}/moves", "move_on", move_on, methods=["POST"])
    for act, view in (("taking-back", take_back), ("going-through", go_through)):
        rule = f"{base}/moves/<uuid:move_id>/{act}"
        pages.add_url_rule(rule, view.__name__, view, methods=["POST"])
    pages.add_url_rule(f"{base}/proposals", "propose", propose, methods=["POST"])
    for act in ("signature", "refusal", "withdrawal"):
        rule = f"{base}/proposals/<uuid:proposal_id>/{act}"
        pages.add_url_rule(rule, act, ACTS[act], methods=["POST"])


def show(run_id: UUID) -> str | Response:
    """Shows the plan to those who steer it; others, as the client's designer, read it as everybody does."""
    if face() == "client" and not g.here.may(*STEERING):
        return see_other("employee.plan.show", run_id=run_id)
    return page(run_id)


def page(run_id: UUID, refused: str = "") -> str:
    run, proposals = process.steering(run_id), process.proposals(run_id)
    here, following = current_of(run), coming_of(run)
    return render_template(
        "plan/steering.html",
        run=run,
        now=here,
        following=following,
        later=[(phase.key, phase_title(phase.key)) for phase in following[1:]],
        goal=about_goal(run, here) if here and here.goal else "",
        drift=[about_drift(drift, run) for drift in run.drifting],
        waiting=next((one for one in proposals if one.state == "waiting"), None),
        agreed=next((one for one in proposals if one.version == run.version), None),
        earlier=[one for one in proposals if one.state != "waiting"],
        names=names_in(run, proposals),
        planned=about_planned(run.planned_move) if run.planned_move else "",
        may_steer=g.here.may(*STEERING),
        party=party(),
        refused=refused,
    )


def party() -> str:
    """Whom the person on this page signs for."""
    return "consultancy" if face() == "console" else "client"


def names_in(run: Steering, proposals: Iterable[Proposal]) -> dict[UUID, str]:
    """Returns the names of who signed, decided and announced; those of the other party may be known by their party alone."""
    ids = {decision.decided_by for decision in run.decisions}
    ids |= {run.planned_move.planned_by} if run.planned_move else set()
    ids |= {answer.answered_by for proposal in proposals for answer in proposal.answers}
    return {UUID(id): name for id, name in names_of(ids).items()}


def ahead(run_id: UUID) -> str:
    """Shows what moving on would do, before it is done."""
    return ahead_page(run_id, request.args.get("to") or None)


def ahead_page(
    run_id: UUID, to: str | None, refused: str = "", typed: Mapping[str, str] | None = None
) -> str:
    run, move = process.steering(run_id), process.ahead(run_id, to)
    return render_template(
        "plan/ahead.html",
        run=run,
        move=move,
        to=to or "",
        opens=moves.opens(move),
        closes=moves.closes(move),
        mails=moves.mails(run, move),
        lacks=moves.lacks(run, move),
        strays=[about_straying(how, run, move) for how in move.strays if how != "skipped"],
        planned=about_planned(run.planned_move) if run.planned_move else "",
        language_names=NAMES,
        minutes=MINUTES_TO_TAKE_BACK,
        may_steer=g.here.may(*STEERING),
        refused=refused,
        typed=Fields(typed),
    )


def move_on(run_id: UUID) -> str | Response:
    """Close the phase that the person was looking at and open the next, or a later one: in a few minutes, or at once."""
    form = request.form
    move = Move(
        leaving=form.get("leaving", ""),
        reason=form.get("reason", ""),
        to=form.get("to") or None,
        in_minutes=form.get("in_minutes", MINUTES_TO_TAKE_BACK, type=int),
    )
    try:
        run = process.move_on(run_id, move)
    except ApiProblem as problem:
        return again(run_id, problem)
    return say_what_is_open(run_id, run)


def say_what_is_open(run_id: UUID, run: Steering) -> Response:
    here = current_of(run)
    if move := run.planned_move:
        sentence = about_planned(move)
    elif here:
        sentence = _("Open now: %(phase)s.") % {"phase": phase_title(here.key)}
    else:
        sentence = _("The path has been walked to its end.")
    flash(sentence, "wait" if run.planned_move else "good")
    return to_the_plan(run_id)


def about_planned(move: PlannedMove) -> str:
    """Says what happens by itself, and when."""
    known = {"time": clock(move.moves_at), "phase": phase_title(move.to or move.leaving)}
    if move.to:
        return (
            _("%(phase)s opens at %(time)s. Nobody is told before, and it can be taken back until then.")
            % known
        )
    return _("The path ends at %(time)s. Nobody is told before, and it can be taken back until then.") % known


def take_back(run_id: UUID, move_id: UUID) -> str | Response:
    try:
        process.take_back(run_id, move_id)
    except ApiProblem as problem:
        return refusal_on_the_plan(run_id, problem)
    flash(_("Taken back. The phase stays open as it was, and nobody has been written to."), "good")
    return to_the_plan(run_id)


def go_through(run_id: UUID, move_id: UUID) -> str | Response:
    try:
        run = process.go_through(run_id, move_id)
    except ApiProblem as problem:
        return refusal_on_the_plan(run_id, problem)
    return say_what_is_open(run_id, run)


def again(run_id: UUID, problem: ApiProblem) -> str:
    """The refusal where the person is, with what they typed; on the plan, where nothing is ahead any more."""
    problem.raise_unless(409, 422)
    try:
        return ahead_page(run_id, request.form.get("to") or None, gettext(problem.detail), request.form)
    except ApiProblem as beyond:
        if beyond.status not in (409, 422):
            raise
        return page(run_id, gettext(problem.detail))


def refusal_on_the_plan(run_id: UUID, problem: ApiProblem) -> str:
    return page(run_id, problem.refusal(409))


def to_the_plan(run_id: UUID) -> Response:
    return see_other(".show", run_id=run_id)


def change(run_id: UUID, refused: str = "", doubts: Doubts | None = None) -> str:
    """The form for a proposal, with the agreed plan in it."""
    run = process.steering(run_id)
    return render_template(
        "plan/change.html",
        run=run,
        planned=to_builtins({phase.key: as_planned(phase) for phase in run.phases}),
        activities=[(name, gettext(words)) for name, words in ACTIVITIES.items()],
        ways_to_open=[(name, gettext(words)) for name, words in OPENS_BY.items()],
        refused=refused,
        typed=Fields(request.form),
        doubts=doubts or {},
    )


def as_planned(phase: Phase) -> PlannedPhase:
    """Returns what is agreed of a phase, as a proposal says it."""
    return PlannedPhase(
        key=phase.key,
        opens_at=phase.opens_at,
        closes_at=phase.closes_at,
        opens_by=phase.opens_by,
        activities=phase.activities,
    )


def propose(run_id: UUID) -> str | Response:
    try:
        phases = proposed(request.form, process.steering(run_id).phases)
        wanted = edited({"phases": {phase["key"]: phase for phase in phases}})
        wanted |= {"phases": list(wanted["phases"].values()), "why": request.form.get("why", "")}
        process.propose(run_id, as_sent(NewProposal, wanted))
    except AskedBack as asked:
        return change(run_id, asked.sentence, asked.doubts)
    except ApiProblem as problem:
        return change(run_id, problem.refusal(409, 422))
    flash(_("Proposed, and signed by you. The other party answers next."), "good")
    return to_the_plan(run_id)


def proposed(form: Any, agreed: Iterable[Phase]) -> Iterable[dict[str, Any]]:
    """The phases of the form, each with the fields that were there: <phase>.opens_at and so on; raises AskedBack with all times that
    are in doubt. A plan also says what was."""
    was = {f"{phase.key}.opens_at": phase.opens_at for phase in agreed}
    was |= {f"{phase.key}.closes_at": phase.closes_at for phase in agreed}
    wanted = {name: at for name, at in was.items() if name in form}
    times = times_in(form, wanted, past=ASKED, may_lack=True)
    for key in dict.fromkeys(name.split(".")[0] for name in form if "." in name):
        phase: dict[str, Any] = {"key": key}
        for name in ("opens_at", "closes_at"):
            if f"{key}.{name}" in times:
                phase[name] = times[f"{key}.{name}"]
        if opens_by := form.get(f"{key}.opens_by"):
            phase["opens_by"] = opens_by
        if f"{key}.activities" in form:
            phase["activities"] = [name for name in form.getlist(f"{key}.activities") if name]
        yield phase


def sign(run_id: UUID, proposal_id: UUID) -> str | Response:
    try:
        process.sign(run_id, proposal_id)
    except ApiProblem as problem:
        return refusal_on_the_plan(run_id, problem)
    flash(_("Both parties have signed. This is the agreed path now."), "good")
    return to_the_plan(run_id)


def decline(run_id: UUID, proposal_id: UUID) -> Response:
    process.decline(run_id, proposal_id, Refusing(reason=request.form.get("reason", "")))
    flash(_("Declined. The agreed path stays as it was."), "good")
    return to_the_plan(run_id)


def withdraw(run_id: UUID, proposal_id: UUID) -> Response:
    process.withdraw(run_id, proposal_id)
    flash(_("The proposal was taken back."), "good")
    return to_the_plan(run_id)


ACTS = {"signature": sign, "refusal": decline, "withdrawal": withdraw}
