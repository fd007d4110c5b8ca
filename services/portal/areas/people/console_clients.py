"""The consultancy's clients: the list, opening a new one, and the rooms of one."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, g, render_template, request
from werkzeug.wrappers import Response

from services.portal.answers import see_other
from services.portal.areas.people.words import (
    CLIENT_ROLES,
    group_names,
    languages_in_words,
    options,
    role_words,
)
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import tenants, ways_in
from services.portal.clients.process import process
from services.portal.forms.fields import Fields, as_sent
from services.portal.here import open_to
from services.portal.menu import N_, MenuItem
from shared.contracts.api.identity_tenants import NewClient
from shared.contracts.api.identity_ways_in import IssuerAsked, ProviderSeen
from shared.languages import _, gettext
from shared.settings import base_domain

pages = Blueprint("clients", __name__)
menu = [MenuItem(N_("Clients"), "console.clients.index", face="console", order=5, of_run=False)]
A_YEAR = timedelta(days=365)


@pages.get("/clients")
def index() -> str:
    return render_template("people/clients.html", clients=tenants.clients(), role_words=role_words)


@pages.get("/clients/new")
@open_to("lead")
def new(typed: Any = None, said: str = "", seen: ProviderSeen | None = None) -> str:
    return render_template(
        "people/clients_new.html",
        typed=Fields(typed or {"ends_on": (date.today() + A_YEAR).isoformat()}),
        said=said,
        seen=seen,
        languages=languages_in_words(),
        chosen=typed.getlist("languages") if typed else ["fi"],
        base=base_domain(),
        roles=options(CLIENT_ROLES),
    )


@pages.post("/clients/new")
@open_to("lead")
def open_client() -> Response | tuple[str, int] | str:
    """Look at the provider first, or open the client: it works at once."""
    try:
        if request.form.get("act") == "look":
            asked = IssuerAsked(issuer=request.form.get("issuer", ""))
            return new(request.form, seen=ways_in.look_at_provider(asked))
        opened = tenants.open_client(wanted())
    except ApiProblem as problem:
        return new(request.form, gettext(problem.detail)), problem.status
    flash(is_open(bool(request.form.get("issuer", "").strip())) % {"name": opened.name}, "good")
    return see_other(".show", slug=opened.slug)


def is_open(has_a_way_in: bool) -> str:
    if not has_a_way_in:
        return _("%(name)s is open. Nobody can sign in yet: make the link for its IT in its settings.")
    return _(
        "%(name)s is open. Its first administrator gets a link by mail; listed people sign in once it has been followed."
    )


def wanted() -> NewClient:
    fields = (
        "slug",
        "name",
        "issuer",
        "client_id",
        "secret",
        "admin_name",
        "admin_email",
        "reason",
        "ends_on",
    )
    form = {name: request.form.get(name, "").strip() for name in fields}
    more = {
        "colour": request.form.get("colour", "").strip() or None,
        "languages": request.form.getlist("languages"),
        "domains": request.form.get("domains", "").replace(",", " ").split(),
        "role_names": group_names(request.form),
    }
    return as_sent(NewClient, form | more)


@pages.get("/clients/<slug>")
def show() -> str:
    """The rooms of one client: its runs, its people, who has access, how it is reached."""
    return render_template(
        "people/clients_one.html",
        runs=process.runs(),
        may_see_people=g.here.may("lead", "facilitator"),
        grants=tenants.access(),
    )
