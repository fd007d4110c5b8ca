"""A mailed link that confirms a way in: shown first, then used."""

from uuid import UUID

from flask import g, render_template

from services.portal.areas.settings.change_log import shown
from services.portal.areas.sign_in.employee import pages
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import sign_in_client
from services.portal.here import public
from shared.contracts.api.identity import LinkFollowed
from shared.languages import gettext


@pages.get("/ways-in/<uuid:link_id>/<secret>")
@public
def confirmation(link_id: UUID, secret: str) -> str | tuple[str, int]:
    """A mailed link shows what it would confirm; looking at it, as mail filters do, confirms nothing."""
    return with_link(link_id, secret, "sign_in/way_in_confirm.html", confirm=False)


@pages.post("/ways-in/<uuid:link_id>/<secret>")
@public
def confirm(link_id: UUID, secret: str) -> str | tuple[str, int]:
    return with_link(link_id, secret, "sign_in/way_in_confirmed.html", confirm=True)


def with_link(link_id: UUID, secret: str, page: str, confirm: bool) -> str | tuple[str, int]:
    try:
        way = sign_in_client(g.organisation.id).follow_link(
            link_id, LinkFollowed(secret=secret, confirm=confirm)
        )
    except ApiProblem as problem:
        if problem.is_away:
            raise
        return render_template("sign_in/way_in_over.html", sentence=gettext(problem.detail)), problem.status
    return render_template(page, way=way, called=shown(way.claims | way.role_names))
