"""The pages of the consultancy's access to a client's rooms, its reason and its end: seen by both, ended by either."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, render_template, request
from werkzeug.wrappers import Response

from services.portal.answers import see_other
from services.portal.areas.people.words import STAFF_ROLES, options, role_words
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import tenants
from services.portal.forms.fields import Fields, as_sent
from shared.contracts.api.identity_tenants import AccessWished
from shared.languages import _, gettext


def lay_out(pages: Blueprint, prefix: str) -> None:
    pages.add_url_rule(prefix, "show", show)
    pages.add_url_rule(f"{prefix}/<uuid:grant_id>/end", "end", end, methods=["POST"])


def show(typed: Any = None, said: str = "") -> str:
    grants = tenants.access()
    return render_template(
        "people/access.html",
        valid=[grant for grant in grants if grant.is_valid],
        over=[grant for grant in grants if not grant.is_valid],
        role_words=role_words,
        colleagues=[(one.id, one.name) for one in tenants.staff()] if may_grant() else [],
        roles=options(STAFF_ROLES),
        typed=Fields(typed),
        said=said,
    )


def may_grant() -> bool:
    """The one who leads the path lets colleagues in; the client sees it at once and may end it."""
    return g.here.home.is_consultancy and g.here.may("lead")


def grant() -> Response | tuple[str, int]:
    form = {name: request.form.get(name, "") for name in ("staff_id", "reason", "ends_on")}
    try:
        granted = tenants.grant(as_sent(AccessWished, form | {"roles": request.form.getlist("roles")}))
    except ApiProblem as problem:
        return show(request.form, gettext(problem.detail)), problem.status
    flash(_("%(name)s has access now; the client sees it.") % {"name": granted.staff_name}, "good")
    return see_other(".show")


def end(grant_id: UUID) -> Response:
    tenants.end_access(grant_id)
    flash(_("The access has ended."), "good")
    return see_other(".show")
