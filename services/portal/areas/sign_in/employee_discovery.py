"""By the address at work to the way in of one's own organisation."""

from flask import g, render_template, request, url_for

from services.portal.areas.sign_in.employee import chosen_here, pages
from services.portal.areas.sign_in.refusals import not_now
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import discovery_client
from services.portal.forms.fields import as_sent
from services.portal.here import public
from services.portal.shell import within
from shared.contracts.api.identity_discovery import AddressTyped


@pages.post("/sign-in")
@public
def discover() -> str | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """By the address at work: one way in, and the page leads on by itself (a form's answer may not lead elsewhere); else they are listed."""
    back, address = within(request.form.get("back", "/")), request.form.get("address", "")
    try:
        fitting = discovery_client(g.organisation.id).discover(as_sent(AddressTyped, {"address": address}))
    except ApiProblem as problem:
        return not_now(problem)
    if len(fitting) == 1:
        onward = url_for(".enter", by=fitting[0].id, back=back)
        page = render_template("sign_in/onward.html", way=fitting[0], onward=onward)
        return page, 200, {"Refresh": f"0; url={onward}"}
    return chosen_here(fitting or g.ways_in, back, address, not fitting), 200 if fitting else 422
