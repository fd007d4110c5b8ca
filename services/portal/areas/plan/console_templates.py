"""The consultancy's templates: paths that worked, kept from runs without anything that was said on them."""

import msgspec
from flask import Blueprint, flash, render_template, request
from werkzeug.wrappers import Response

from services.portal.answers import see_other
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import tenants
from services.portal.clients.process import process
from services.portal.here import open_to
from services.portal.menu import N_, MenuItem
from shared.contracts.api.process import NewTemplate
from shared.languages import _
from shared.web.cleaning import cleaned_through
from shared.web.json_text import json_in

pages = Blueprint("templates", __name__)
menu = [MenuItem(N_("Templates"), "console.templates.show", frozenset({"lead"}), "console", 80, of_run=False)]


@pages.get("/templates")
@open_to("lead")
def show() -> str:
    kept = [(template, msgspec.json.encode(template.phases).decode()) for template in process.templates()]
    clients = [client for client in tenants.clients() if "lead" in client.roles]
    return render_template("plan/templates.html", templates=kept, clients=clients)


@pages.post("/templates")
@open_to("lead")
def keep() -> Response:
    try:
        phases = cleaned_through(json_in(request.form.get("phases", "")))
        process.keep_template(NewTemplate(name=request.form.get("name", ""), phases=phases))
    except (ValueError, ApiProblem) as problem:
        if isinstance(problem, ApiProblem) and problem.status != 422:
            raise
        flash(_("A template needs a name and at least one phase. It was not kept."), "stop")
    else:
        flash(_("The template is kept. You find it here for the next client."), "good")
    return see_other(".show")
