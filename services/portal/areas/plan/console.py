"""The plan in a client's rooms, for the consultancy: plan a run, propose, sign, move on, keep the path as a template."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response

from services.portal.answers import see_other
from services.portal.areas.plan.steering import lay_out
from services.portal.clients.base import ApiProblem
from services.portal.clients.process import process
from services.portal.forms.fields import Fields, as_sent
from services.portal.forms.times import FINE, AskedBack, Doubts, times_in
from services.portal.here import open_to
from services.portal.menu import N_, MenuItem
from shared.contracts.api.process import NewRun
from shared.languages import NAMES, _, gettext
from shared.web.cleaning import cleaned_through
from shared.web.json_text import json_in

pages = Blueprint("plan", __name__)
menu = [MenuItem(N_("Plan"), "console.plan.show", face="console", order=5)]
lay_out(pages, "/clients/<slug>/runs/<uuid:run_id>/plan")


@pages.route("/clients/<slug>/runs/new", methods=["GET", "POST"])
@open_to("lead")
def new(refused: str = "", doubts: Doubts | None = None) -> str:
    """The form for a new run; a kept template comes by POST, in `phases`."""
    spoken = [(code, NAMES[code]) for code in NAMES]
    return render_template(
        "plan/new.html",
        languages=spoken,
        spoken=g.here.tenant.languages,
        refused=refused,
        typed=Fields(request.form),
        doubts=doubts or {},
    )


@pages.post("/clients/<slug>/runs")
@open_to("lead")
def begin() -> str | Response:
    form = request.form
    try:
        starts = times_in(form, {"starts_at": None}, past=FINE)["starts_at"]
        run = process.plan_a_run(as_sent(NewRun, wanted(form, starts)))
    except AskedBack as asked:
        return new(asked.sentence, asked.doubts)
    except ApiProblem as problem:
        problem.raise_unless(422)
        return new(
            _("A run needs a name and at least one language.") if problem.errors else gettext(problem.detail)
        )
    return see_other(".show", run_id=run.id)


def wanted(form: Any, starts: datetime) -> dict[str, Any]:
    """The new run; from the phases of a kept template, where the form carries some."""
    phases = cleaned_through(json_in(form["phases"])) if form.get("phases") else None
    name, languages = form.get("name", ""), form.getlist("languages")
    return {"name": name, "starts_at": starts, "languages": languages, "phases": phases or None}


@pages.get("/clients/<slug>/runs/<uuid:run_id>/plan/template")
@open_to("lead")
def template(run_id: UUID) -> str:
    """Name the path of this run, to keep it for other clients; what was said on it stays here."""
    shape = process.shape(run_id)
    in_json = msgspec.json.encode(shape).decode()
    return render_template("plan/template_keep.html", run_id=run_id, phases=shape, shape=in_json)
