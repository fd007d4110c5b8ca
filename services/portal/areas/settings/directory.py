"""The directory behind a way in that announces people by SCIM: its address, its tokens, and what came with them."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, g, render_template, request, url_for
from werkzeug.wrappers import Response

from services.portal.answers import see_other
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import names_of, provisioning, ways_in
from services.portal.forms.errors import note
from services.portal.forms.fields import Fields, id_in
from services.portal.menu import N_
from shared.contracts.api.identity_provisioning import TokenWished
from shared.contracts.api.identity_ways_in import Connection
from shared.languages import ZONE, _, gettext

A_YEAR = timedelta(days=365)
SOON = timedelta(days=30)  # from when on a page warns
NO_DAY = N_("Choose the token's last day.")


def lay_out(pages: Blueprint, prefix: str) -> None:
    at = f"{prefix}/ways-in/<uuid:connection_id>/directory"
    pages.add_url_rule(at, "directory", directory)
    pages.add_url_rule(f"{at}/token", "make_token", make_token, methods=["POST"])
    pages.add_url_rule(f"{at}/withdraw", "withdraw_token", withdraw_token, methods=["POST"])


def directory(connection_id: UUID, typed: Any = None, said: str = "") -> str:
    about = provisioning.provisioning(connection_id)
    return render_template(
        "settings/directory.html",
        way=way_in(connection_id),
        about=about,
        who=names_of([token.made_by for token in about.tokens]),
        address=scim_address(),
        groups_give_roles=bool(g.client) or not g.organisation.is_consultancy,
        soon=today() + SOON,
        usual_end=today() + A_YEAR,
        tomorrow=today() + timedelta(days=1),
        typed=Fields(typed),
        said=said,
    )


def way_in(connection_id: UUID) -> Connection:
    found = [one for one in ways_in.connections() if one.id == connection_id]
    return found[0] if found else abort(404)


def scim_address() -> str:
    """Returns what a directory is to be told; on the console, at the client's own short name."""
    host = f"{g.client}.{request.host.partition('.')[2]}" if g.client else request.host
    return f"{request.scheme}://{host}/scim/v2"


def today() -> date:
    return datetime.now(ZONE).date()


def make_token(connection_id: UUID) -> str | tuple[str, int]:
    """Shows the token in the answer to the form itself: a secret that is shown once goes into no cookie and no address."""
    try:
        made = provisioning.make_token(connection_id, TokenWished(ends_on=day_asked()))
    except ApiProblem as problem:
        return directory(connection_id, request.form, gettext(problem.detail)), problem.status
    back = url_for(".directory", connection_id=connection_id)
    return render_template("settings/token.html", made=made, address=scim_address(), back=back)


def day_asked() -> date:
    try:
        return date.fromisoformat(request.form.get("ends_on", ""))
    except ValueError:
        note({"ends_on": [NO_DAY]})
        raise ApiProblem(422, "no-day", NO_DAY) from None


def withdraw_token(connection_id: UUID) -> Response | tuple[str, int]:
    try:
        provisioning.withdraw_token(id_in("token_id"))
    except ApiProblem as problem:
        return directory(connection_id, said=gettext(problem.detail)), problem.status
    flash(_("The token is withdrawn: nobody announces people with it any more."), "good")
    return see_other(".directory", connection_id=connection_id)
