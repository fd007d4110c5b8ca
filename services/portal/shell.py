"""The shell of every page: words in three languages, the menu, the agreed path, pages for refusals."""

from typing import Any, NoReturn
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Blueprint, Flask, Response, g, request, url_for
from jinja2 import StrictUndefined, Undefined
from werkzeug.exceptions import RequestEntityTooLarge

from services.portal import wording
from services.portal.agreed_path import (
    AgreedPath,
    path_of,
    phase_label,
    phase_title,
    step_label,
    still_comes,
    was_left_out,
)
from services.portal.answers import see_other, see_other_address
from services.portal.areas.plan import words as path_words
from services.portal.clients.base import ApiProblem, run_of_the_page
from services.portal.discovery import areas
from services.portal.forms.edits import in_words, theirs, was
from services.portal.forms.files import KINDS
from services.portal.forms.kept import Keeper, keeper_of
from services.portal.look.area_files import asset, is_there, keep_what_never_changes, template_loader
from services.portal.look.style import A_YEAR, style_address, stylesheet
from services.portal.menu import MenuItem, entries_for
from services.portal.web.away import TOO_LARGE
from shared.languages import LANGUAGES, NAMES, gettext, ngettext, pgettext
from shared.problems import TookPartBefore
from shared.settings import is_demonstration

LONGEST_ADDRESS = 1000  # bytes; in a header each may become three
shell = Blueprint("shell", __name__)


def init_templates(app: Flask) -> None:
    """Give the application its look and its words; the door (who is there, for whom) is somebody else's."""
    app.jinja_loader = template_loader()
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True, pgettext=pgettext)  # type: ignore[attr-defined]
    app.jinja_env.undefined = what_is_not_there()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= wording.FILTERS | path_words.FILTERS
    app.jinja_env.filters |= {"phase": phase_label, "phase_title": phase_title, "step": step_label}
    app.jinja_env.globals |= {"asset": asset, "client_colour": client_colour, "new_key": lambda: str(uuid4())}
    app.jinja_env.globals |= {"style_address": style_address}
    app.jinja_env.globals |= {"file_kinds": KINDS}
    app.jinja_env.globals |= {"as_it_was": was, "theirs": theirs}
    app.jinja_env.filters |= {"said_in": in_words}
    app.jinja_env.globals |= {"still_comes": still_comes, "was_left_out": was_left_out}
    app.context_processor(what_every_page_knows)
    app.after_request(keep_what_never_changes)
    app.register_blueprint(shell)


def what_is_not_there() -> type[Undefined]:
    """Returns what stands for a name that nobody gave a template: a fault where we can mend it, else nothing, for a page with a hole
    is better than none."""
    return StrictUndefined if is_demonstration() else Undefined


def what_every_page_knows() -> dict[str, Any]:
    here = g.here
    return {
        "here": here,
        "face": face(),
        "whose": whose(),
        "menu": menu,
        "the_path": the_path,
        "other_languages": other_languages,
        "here_and_now": here_and_now,
        "area_assets": area_assets,
        "keeper": keeper,
        "only_reading": TookPartBefore().sentence if here.reads_along(run_of_the_page()) else "",
    }


def keeper() -> Keeper | None:
    """Of whoever is signed in."""
    return keeper_of(g.here.person.id) if g.here.person else None


def face() -> str:
    """Which of the three faces this page belongs to; pages outside them, and those of everybody, look like their house's."""
    name = (request.blueprint or "").split(".")[0]
    if name in ("client", "console"):
        return name
    house = g.get("organisation")
    return "console" if house and house.is_consultancy else "employee"


def area_name() -> str:
    return (request.blueprint or "").split(".")[-1]


def whose() -> str:
    """The name on the bar: the organisation whose portal it is."""
    organisation = g.here.home if face() == "console" else g.here.tenant
    return organisation.name if organisation else "Polku"


def client_colour(tenant: Any) -> str:
    """The colour that marks a client on staff pages."""
    theme = (tenant.theme if tenant else None) or {}
    return theme.get("brand", "#1d4a43")


def run_in_sight() -> Any:
    """The run in the address; a page about all runs may say which one its menu is about."""
    return (request.view_args or {}).get("run_id") or g.get("run_in_sight")


def the_path() -> AgreedPath | None:
    """The agreed path of the run in sight."""
    run_id = run_in_sight()
    try:
        return path_of(run_id, face()) if run_id and g.here.person else None
    except ApiProblem as problem:
        if problem.is_away:  # a page without its path is still a page
            return None
        raise


def menu() -> list[dict[str, Any]]:
    """Returns what this person may go to from this page."""
    run_id = run_in_sight()
    items = [item for area in areas() for item in area.menu]
    entries = entries_for(items, face(), g.here.person.roles, run_id is not None)
    return [
        {
            "label": gettext(item.label),
            "url": url_for(item.endpoint, **({"run_id": run_id} if item.of_run else {})),
            "is_here": is_here(item),
            "of_run": item.of_run,
        }
        for item in entries
    ]


def is_here(item: MenuItem) -> bool:
    """This very page, or one of its area at the same distance from a run."""
    same_area = item.endpoint.rpartition(".")[0] == request.blueprint
    return item.endpoint == request.endpoint or (same_area and item.of_run and run_in_sight() is not None)


def other_languages() -> list[tuple[str, str]]:
    """The languages that this organisation speaks, without the one that is spoken now."""
    spoken = g.here.tenant.languages if g.here.tenant else LANGUAGES
    return [(code, NAMES[code]) for code in LANGUAGES if code in spoken and code != g.here.language]


def here_and_now() -> str:
    """This page's own address, to come back to after a small act."""
    return request.full_path.rstrip("?") if request.method == "GET" else "/"


shell.add_url_rule("/theme.css", "theme", stylesheet)


@shell.get("/")
def front_page() -> Response:
    """Each house has its own: employees their home, the consultancy its cockpit."""
    page = "console.cockpit.show" if g.organisation.is_consultancy else "employee.home.show"
    return see_other(page)


@shell.get(TOO_LARGE)
def too_large() -> NoReturn:
    """Answers who has sent too much: the gateway leads here, the body stayed there."""
    raise RequestEntityTooLarge


@shell.get("/settings")
def settings() -> Response:
    """Leads mails about settings on to the organisation's own page."""
    page = "console.own_settings.show" if g.organisation.is_consultancy else "client.sign_in_settings.show"
    return see_other(page)


@shell.get("/audit")
def audit() -> Response:
    """Leads mails about the audit log on to the organisation's own page."""
    return see_other("console.audit.show" if g.organisation.is_consultancy else "client.audit.show")


@shell.post("/language")
def set_language() -> Response:
    """Speak another language from now on, on this device."""
    answer = see_other_address(within(request.form.get("back", "/")))
    chosen = request.form.get("language")
    if chosen in LANGUAGES:
        answer.set_cookie(
            "language", chosen, max_age=A_YEAR, samesite="Lax", httponly=True, secure=request.is_secure
        )
    return answer


def within(address: str) -> str:
    """The address when it stays on this host, else the front page: nobody is sent elsewhere by a crafted form."""
    if (
        not address.isprintable() or len(address.encode()) > LONGEST_ADDRESS
    ):  # a line end would end the header
        return "/"
    as_browsers_read = address.replace("\\", "/")
    try:
        parts = urlsplit(as_browsers_read)
    except ValueError:  # half an IPv6 address
        return "/"
    has_host = parts.scheme or parts.netloc or as_browsers_read.startswith("//")
    return address if parts.path.startswith("/") and not has_host else "/"


BORROWED_LOOKS = {"groups": ("board",), "facilitation": ("board",)}


def area_assets(kind: str) -> list[str]:
    """An area may have a stylesheet or a module of its own, named after it; the boards' look comes before theirs."""
    borrowed = BORROWED_LOOKS.get(area_name(), ()) if kind == "css" else ()
    names = [f"{area}.{kind}" for area in (*borrowed, area_name())]
    ours = ("look.css", "shell.js", "kept.js", "sending.js", "asking.js", "limits.js")
    return [name for name in names if is_there(name) and name not in ours]
