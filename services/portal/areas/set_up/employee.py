"""The page by which a client's IT person sets a way in up: opened once by a link, held by one browser, without an account."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, render_template, request, url_for

from services.portal.answers import see_other
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import setting_up_client
from services.portal.door import set_language, wished
from services.portal.forms.errors import note
from services.portal.forms.fields import Fields, as_sent
from services.portal.here import public
from services.portal.web import cookies
from shared.contracts.api.identity_setting_up import (
    IssuerTyped,
    LinkHeld,
    LinkOpened,
    SecretTyped,
    SettingUpShown,
    WayInTyped,
)
from shared.contracts.api.identity_ways_in import ProviderSeen
from shared.languages import LANGUAGES, NAMES, _, gettext

pages = Blueprint("set_up", __name__)
Answer = Response | str | tuple[str, int]
HELD_SECONDS = 72 * 60 * 60
IS_OVER = "setup-link-is-over"


@pages.context_processor
def links_to_itself() -> dict[str, Any]:
    return {"here_and_now_in": lambda language: f"{request.path}?lang={language}", "languages": languages()}


@pages.before_request
def speak_every_language() -> None:
    """IT people are not always the organisation's own: the page speaks whatever we speak."""
    set_language(wished(LANGUAGES))


@pages.get("/set-up/<uuid:link_id>/<secret>")
@public
def come(link_id: UUID, secret: str) -> Answer:
    """The link itself; looking at it, as mail filters do, does not open it."""
    if held(link_id):
        return see_other(".show", link_id=link_id)
    return render_template("set_up/come.html")


@pages.post("/set-up/<uuid:link_id>/<secret>")
@public
def begin(link_id: UUID, secret: str) -> Answer:
    try:
        opened = setting_up_client(g.organisation.id).open_link(link_id, LinkOpened(secret=secret))
    except ApiProblem as problem:
        return over(problem)
    answer = see_other(".show", link_id=link_id, lang=request.args.get("lang"))
    cookies.keep(answer, cookie_of(link_id), opened.holder, HELD_SECONDS)
    return answer


@pages.get("/set-up/<uuid:link_id>")
@public
def show(link_id: UUID) -> Answer:
    return page(link_id)


def page(
    link_id: UUID, typed: Any = None, said: str = "", seen: ProviderSeen | None = None, status: int = 200
) -> Answer:
    try:
        stands = setting_up_client(g.organisation.id).standing(link_id, LinkHeld(holder=held(link_id)))
    except ApiProblem as problem:
        return over(problem)
    facts = {"typed": Fields(typed), "given": given(typed, stands), "said": said, "seen": seen}
    return render_template("set_up/page.html", **facts, stands=stands, addresses=addresses(stands)), status


def given(typed: Any, stands: SettingUpShown) -> dict[str, str]:
    """Returns what the fields hold: what was typed, else what stands, else what is known."""
    if typed is not None:
        return {name: typed.get(name, "") for name in ("name", "issuer", "client_id", "domains")}
    way = stands.way
    domains = " ".join(way.domains if way else stands.domains)
    if way is None:
        return {"name": g.organisation.name, "issuer": "", "client_id": "", "domains": domains}
    return {"name": way.name, "issuer": way.issuer, "client_id": way.client_id, "domains": domains}


def addresses(stands: SettingUpShown) -> dict[str, str]:
    """Returns what the provider has to know of us."""
    back = url_for("employee.sign_in.arrive", connection_id=stands.way_id, _external=True)
    return {"back": back, "signed_out": url_for("employee.sign_in.left", _external=True)}


@pages.post("/set-up/<uuid:link_id>")
@public
def send(link_id: UUID) -> Answer:
    """The secret is kept first, sealed: whatever is wrong with the rest, nobody has to fetch it again."""
    try:
        keep_the_secret(link_id)
        if request.form.get("act") == "look":
            asked = IssuerTyped(holder=held(link_id), issuer=request.form.get("issuer", "").strip())
            seen = setting_up_client(g.organisation.id).look_at_typed_provider(link_id, asked)
            return page(link_id, request.form, seen=seen)
        setting_up_client(g.organisation.id).set_up(link_id, way_typed(link_id))
    except ApiProblem as problem:
        if problem.is_away or problem.code == IS_OVER:
            return over(problem)
        note(problem.errors)
        return page(link_id, request.form, gettext(problem.detail), status=problem.status)
    flash(_("Saved."), "good")
    return see_other(".show", link_id=link_id, lang=request.args.get("lang"))


def keep_the_secret(link_id: UUID) -> None:
    if secret := request.form.get("secret", "").strip():
        typed = SecretTyped(holder=held(link_id), secret=secret)
        setting_up_client(g.organisation.id).keep_secret(link_id, typed)


def way_typed(link_id: UUID) -> WayInTyped:
    form = {name: request.form.get(name, "").strip() for name in ("name", "issuer", "client_id")}
    domains = request.form.get("domains", "").replace(",", " ").split()
    return as_sent(WayInTyped, form | {"domains": domains, "holder": held(link_id)})


def over(problem: ApiProblem) -> Answer:
    if problem.is_away:
        raise problem
    said = gettext(problem.detail)
    return render_template("set_up/over.html", sentence=said), problem.status


def cookie_of(link_id: UUID) -> str:
    return f"set_up-{link_id.hex[:16]}"


def held(link_id: UUID) -> str:
    return cookies.held(cookie_of(link_id)) or ""


def languages() -> list[tuple[str, str, bool]]:
    """Returns each language with its own name, and whether it is the one that is spoken."""
    return [(code, NAMES[code], code == g.here.language) for code in LANGUAGES]
