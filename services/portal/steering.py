"""The plan for those who steer: the same pages on the client's desk and on the consultancy's console."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import identity
from services.portal.clients.process import process
from services.portal.path_words import ACTIVITIES, OPENS_BY, about_drift, about_goal, about_straying
from services.portal.road import phase_title
from services.portal.shell import face
from services.portal.wording import from_form_time
from shared.languages import _, gettext

STEERING = ("lead", "coordinator", "admin")


def lay_out(pages: Blueprint, base: str) -> None:
    """Put the plan's pages under an address that holds <run_id>."""
    pages.add_url_rule(base, "show", show)
    pages.add_url_rule(f"{base}/change", "change", change)
    pages.add_url_rule(f"{base}/moves", "move_on", move_on, methods=["POST"])
    pages.add_url_rule(f"{base}/proposals", "propose", propose, methods=["POST"])
    for act in ("signature", "refusal", "withdrawal"):
        rule = f"{base}/proposals/<uuid:proposal_id>/{act}"
        pages.add_url_rule(rule, act, ACTS[act], methods=["POST"])


def show(run_id: UUID) -> str | Response:
    """Who does not steer, as the client's designer, reads the plan as everybody does."""
    if face() == "client" and not g.here.may(*STEERING):
        return redirect(url_for("employee.plan.show", run_id=run_id), 303)
    return page(run_id)


def page(run_id: UUID, refused: str = "", typed: Mapping[str, str] | None = None) -> str:
    run, proposals = process.steering(run_id), process.proposals(run_id)
    here, following = current_of(run), [phase for phase in run["phases"] if phase["state"] == "coming"]
    return render_template(
        "client/plan.html",
        run=run,
        now=here,
        following=following,
        later=[(phase["key"], phase_title(phase["key"])) for phase in following[1:]],
        goal=about_goal(run, here) if here and here["goal"] else "",
        drift=[about_drift(drift, run) for drift in run["drifting"]],
        strays=[about_straying(how, run) for how in run["strays"]],
        waiting=next((one for one in proposals if one["state"] == "waiting"), None),
        agreed=next((one for one in proposals if one["version"] == run["version"]), None),
        earlier=[one for one in proposals if one["state"] != "waiting"],
        names=names_in(run["decisions"], proposals),
        may_steer=g.here.may(*STEERING),
        party=party(),
        refused=refused,
        typed=typed or {},
    )


def party() -> str:
    """Whom the person on this page signs for."""
    return "consultancy" if face() == "console" else "client"


def current_of(run: Mapping[str, Any]) -> dict[str, Any] | None:
    return next((phase for phase in run["phases"] if phase["state"] == "current"), None)


def names_in(
    decisions: Iterable[Mapping[str, Any]], proposals: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """Who signed and decided; those of the other house may be known by their party alone."""
    ids = {decision["decided_by"] for decision in decisions}
    ids |= {answer["answered_by"] for proposal in proposals for answer in proposal["answers"]}
    return identity.names(sorted(ids)) if ids else {}


def move_on(run_id: UUID) -> str | Response:
    """Close the phase that the person was looking at and open the next, or a later one."""
    form = request.form
    try:
        run = process.move_on(run_id, form.get("leaving", ""), form.get("reason", ""), form.get("to") or None)
    except ApiProblem as problem:
        return again(run_id, problem)
    here = current_of(run)
    flash(
        _("Open now: %(phase)s.") % {"phase": phase_title(here["key"])}
        if here
        else _("The path has been walked to its end."),
        "good",
    )
    return to_the_plan(run_id)


def again(run_id: UUID, problem: ApiProblem) -> str:
    """The refusal where the person is, with what they typed."""
    if problem.status not in (409, 422):
        raise problem
    return page(run_id, gettext(problem.detail), request.form)


def to_the_plan(run_id: UUID) -> Response:
    return redirect(url_for(".show", run_id=run_id), 303)


def change(run_id: UUID, refused: str = "") -> str:
    """The form for a proposal, with the agreed plan in it."""
    return render_template(
        "client/plan_change.html",
        run=process.steering(run_id),
        activities=[(name, gettext(words)) for name, words in ACTIVITIES.items()],
        ways_to_open=[(name, gettext(words)) for name, words in OPENS_BY.items()],
        refused=refused,
        typed=request.form,
    )


def propose(run_id: UUID) -> str | Response:
    try:
        process.propose(run_id, list(proposed(request.form)), request.form.get("why", ""))
    except ApiProblem as problem:
        if problem.status not in (409, 422):
            raise
        return change(run_id, gettext(problem.detail))
    except ValueError:
        return change(run_id, _("A date is not whole. Write the day and the time."))
    flash(_("Proposed, and signed by you. The other party answers next."), "good")
    return to_the_plan(run_id)


def proposed(form: Any) -> Iterable[dict[str, Any]]:
    """The phases of the form, each with the fields that were there: <phase>.opens_at and so on."""
    for key in dict.fromkeys(name.split(".")[0] for name in form if "." in name):
        phase: dict[str, Any] = {"key": key}
        for name in ("opens_at", "closes_at"):
            if (typed := form.get(f"{key}.{name}")) is not None:
                phase[name] = from_form_time(typed) if typed else None
        if opens_by := form.get(f"{key}.opens_by"):
            phase["opens_by"] = opens_by
        if f"{key}.activities" in form:
            phase["activities"] = [name for name in form.getlist(f"{key}.activities") if name]
        yield phase


def sign(run_id: UUID, proposal_id: UUID) -> Response:
    process.sign(run_id, proposal_id)
    flash(_("Both parties have signed. This is the agreed path now."), "good")
    return to_the_plan(run_id)


def decline(run_id: UUID, proposal_id: UUID) -> Response:
    process.decline(run_id, proposal_id, request.form.get("reason", ""))
    flash(_("Declined. The agreed path stays as it was."), "good")
    return to_the_plan(run_id)


def withdraw(run_id: UUID, proposal_id: UUID) -> Response:
    process.withdraw(run_id, proposal_id)
    flash(_("The proposal was taken back."), "good")
    return to_the_plan(run_id)


ACTS = {"signature": sign, "refusal": decline, "withdrawal": withdraw}
