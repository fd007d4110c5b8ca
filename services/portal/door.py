"""The portal's door: which organisation's page this is, who is there, and what is not let through."""

import re
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, Response, abort, current_app, flash, g, render_template, request, url_for
from gunicorn.http.errors import ParseException
from msgspec.structs import replace
from werkzeug.exceptions import BadRequestKeyError, HTTPException, RequestEntityTooLarge

from services.portal.answers import see_other_address
from services.portal.clients.base import ApiProblem, run_of_the_page
from services.portal.clients.identity import NOBODY, sign_in_client
from services.portal.clients.remembered import Remembered
from services.portal.clients.tokens import Nobodys, Tokens, forget
from services.portal.forms.errors import note, place_refusals, tell_at_the_form
from services.portal.forms.fields import not_complete
from services.portal.here import Here, Organisation, Person
from services.portal.signed_out import (
    SAFE_METHODS,
    Answer,
    is_asked_by_a_script,
    to_the_sign_in,
    typed_here,
    where_one_came_from,
)
from services.portal.web import cookies
from services.portal.web.cookies import SESSION
from services.portal.web.gateway import behind_a_gateway
from shared.contracts.api.identity import AccessContext, AccessContextAsked, HostFound
from shared.contracts.api.identity import Tokens as Made
from shared.languages import LANGUAGES, _, gettext, speaking
from shared.settings import live_port
from shared.tenancy.isolation import at_the_end
from shared.web.admission import TURNED_AWAY, belongs_to
from shared.web.file_limits import PICTURE_MEGABYTES

LANGUAGE = "language"
NOT_PAGES = {"static", "healthz", "readyz", "metrics"}
LEAD_ON = {"shell.front_page", "shell.settings"}  # the page that they lead to asks who is there
ALIKE_FOR_ALL = {"shell.theme"}
DESK_ROLES = ("coordinator", "designer", "admin")
DONE_ALREADY = "done-already"
SECOND_FACTOR_NEEDED = "second-factor-needed"
HOST_NAME = re.compile(
    r"(?=[^:]{1,253}(?::|$))[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*\.?(?::\d{1,5})?", re.IGNORECASE
)


def init_request(app: Flask) -> None:
    """Every request passes these, in this order."""
    app.before_request(know_the_language_before_anything_else)
    app.before_request(refuse_forged_acts)
    app.before_request(know_the_organisation)
    app.before_request(turn_away_whom_there_is_no_room_for)
    app.before_request(know_the_person)
    app.before_request(let_in)
    app.after_request(keep_safe)
    app.after_request(note_what_was_called)
    app.after_request(renew_the_session)
    place_refusals(app)
    app.url_value_preprocessor(take_the_client_out_of_the_address)
    app.url_defaults(put_the_client_into_the_address)
    app.register_error_handler(ApiProblem, explain)
    app.register_error_handler(RequestEntityTooLarge, explain_what_is_too_large)
    app.register_error_handler(HTTPException, explain_http)
    app.register_error_handler(ParseException, explain_a_broken_body)
    app.register_error_handler(Exception, explain_a_fault)
    app.jinja_env.globals |= {"sign_out_url": sign_out_url, "came_from": where_one_came_from}
    app.jinja_env.globals |= {
        "seconds_left": seconds_left,
        "second_factor_from": lambda: g.get("second_factor_from"),
    }


def sign_out_url() -> str:
    return url_for("employee.sign_in.leave")


# the organisation


def know_the_language_before_anything_else() -> None:
    """Even a refusal at the door is said in a language; the organisation and the person may know better later."""
    g.here = Here(language=LANGUAGES[0])
    set_language(wished(LANGUAGES))


def know_the_organisation() -> None:
    if request.endpoint in NOT_PAGES:
        return
    found = host_of(request.host)
    g.ways_in = found.ways_in
    g.organisation = Organisation.of(found.organisation)
    if g.organisation.is_consultancy:
        g.here.home, g.here.tenant = g.organisation, None if face() == "console" else g.organisation
    else:
        g.here.home = g.here.tenant = g.organisation
    set_language(wished(g.organisation.languages))


def host_of(host: str) -> HostFound:
    """Returns what identity says about a host name, a moment ago or now; a new client is there at once."""
    return _hosts.of(host)


def forget_hosts() -> None:
    """An organisation changed how it is called or reached: look again."""
    _hosts.forget()


def asked_of_identity(host: str) -> HostFound:
    if not HOST_NAME.fullmatch(host):
        nobodys_host()
    try:
        found = sign_in_client(NOBODY).host(host)
    except ApiProblem as problem:
        problem.raise_unless(404)
        nobodys_host()
    belongs_to(host, str(found.organisation.id))
    return found


def nobodys_host() -> NoReturn:
    abort(404, description=_("No organisation uses this address. Check it letter by letter."))


_hosts = Remembered(asked_of_identity)


def turn_away_whom_there_is_no_room_for() -> tuple[str, int] | None:
    """As many of this organisation's requests wait as may: this one is answered without asking anybody anything."""
    if request.endpoint in NOT_PAGES or not request.environ.get(TURNED_AWAY):
        return None
    g.retry_after = "5"
    return given_back(
        503,
        _(
            "Very many people of your organisation are here at this moment. Wait a few seconds, then try again."
        ),
    )


# the person


def know_the_person() -> None:
    g.tokens = Nobodys()
    if request.endpoint in NOT_PAGES | LEAD_ON | ALIKE_FOR_ALL or trusting_no_cookie():
        return
    if not (secret := cookies.held(SESSION)):
        return
    asked = AccessContextAsked(
        secret=secret,
        client=g.get("client"),
        as_participant=face() == "employee",
        is_act=is_an_act(),
    )
    tokens = tokens_of(asked)
    ordered = replace(asked, run_id=run_of_the_page(), audiences=tokens.to_order())
    try:
        standing = sign_in_client(g.organisation.id).current(ordered)
    except ApiProblem as problem:
        problem.raise_unless(401)
        forget(secret)
        return
    welcome(standing)
    g.renewed, g.session_ends = standing.renewed or None, standing.until or None
    g.second_factor_from = standing.second_factor_from
    tokens.came(standing)
    g.tokens = tokens


def seconds_left() -> int | None:
    """Returns after how many seconds the session ends if nothing more is done; None for nobody."""
    ends = g.get("session_ends")
    return int((ends - datetime.now(UTC)).total_seconds()) if ends else None


def is_an_act() -> bool:
    """Whether the person does something: opens a page or sends something. What scripts look up by themselves is none."""
    return request.method not in SAFE_METHODS or not is_asked_by_a_script()


def tokens_of(asked: AccessContextAsked) -> Tokens:
    tenant = g.organisation.id

    def ask(run_id: str, audiences: list[str]) -> Made:
        about = replace(asked, run_id=UUID(run_id) if run_id else None, audiences=audiences)
        return sign_in_client(tenant).tokens(about)

    return Tokens(asked.secret, (asked.client, asked.as_participant), ask)


def welcome(access: AccessContext) -> None:
    g.here.person = Person.of(access.person, access.roles)
    if g.get("client"):
        g.here.tenant = Organisation.of(access.tenant)
    set_language(wished(spoken_here(), access.person.language))


def note_what_was_called(answer: Response) -> Response:
    """For the next time that this page is asked for."""
    if "tokens" in g:
        g.tokens.note_what_was_called()
    return answer


def renew_the_session(answer: Response) -> Response:
    """The browser holds the minute of its latest act, where minutes are reckoned; who signs out or in with this very answer does not."""
    ours = f"{cookies.name_of(SESSION)}="
    if (held := g.get("renewed")) and not any(
        one.startswith(ours) for one in answer.headers.getlist("Set-Cookie")
    ):
        cookies.keep(answer, SESSION, held)
    return answer


def spoken_here() -> tuple[str, ...]:
    """The consultancy's people work in all languages; on a client's pages the client's are spoken."""
    return LANGUAGES if g.organisation.is_consultancy else g.organisation.languages


def let_in() -> Answer | None:
    """Each face on its own host; nobody unknown on a page that is not public; a role where a page asks for one."""
    page = page_of_request()
    if request.endpoint is None or request.endpoint in NOT_PAGES or getattr(page, "is_public", False):
        return None
    if not belongs_on_this_host():
        abort(404)
    if request.blueprint == "shell":
        return None
    if g.here.person is None:
        return to_the_sign_in()
    if wanted := roles_for(page):
        g.here.may(*wanted) or abort(403)
    return None


def roles_for(page: Any) -> frozenset[str]:
    """As the page says, else its area, else its face."""
    area = current_app.blueprints.get(request.blueprint or "")
    usual = frozenset(DESK_ROLES) if face() == "client" else frozenset()
    return getattr(page, "open_to", None) or getattr(area, "only_for", None) or usual


def belongs_on_this_host() -> bool:
    if request.blueprint == "shell" or request.blueprint == "employee.sign_in":
        return True
    return (face() == "console") == g.organisation.is_consultancy


def page_of_request() -> Any:
    """The function behind the address; a MethodView's marks stand on its class."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "view_class", view)


# the client in a consultancy's addresses: /clients/<slug>/...


def face() -> str:
    name = (request.blueprint or "").split(".")[0]
    return name if name in ("client", "console") else "employee"


def take_the_client_out_of_the_address(endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.client = None
    if endpoint and endpoint.startswith("console.") and values:
        g.client = values.pop("slug", None)


def put_the_client_into_the_address(endpoint: str, values: dict[str, Any]) -> None:
    if g.get("client") and current_app.url_map.is_endpoint_expecting(endpoint, "slug"):
        values.setdefault("slug", g.client)


# language


def wished(spoken: Any, own: str | None = None) -> str:
    """By address, by choice on this device, by the person's own, by the browser's; else the first one spoken here."""
    for language in (request.args.get("lang"), request.cookies.get(LANGUAGE), own):
        if language and language in spoken:
            return language
    return request.accept_languages.best_match(list(spoken)) or spoken[0]


def set_language(language: str) -> None:
    g.here.language = language
    at_the_end().enter_context(speaking(language))


# what is not let through


def refuse_forged_acts() -> None:
    """A form on another site cannot act in a person's name: browsers say where an act comes from (RFC 6454), and what
    does not say it is no browser of ours."""
    if request.method in SAFE_METHODS or trusting_no_cookie():
        return
    said, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    says_nothing = said is None and origin is None
    if says_nothing or said not in (None, "same-origin", "none") or origin not in (None, own_origin()):
        abort(
            403,
            description=_(
                "This was not sent from a page of ours. Open the page again and repeat what you did."
            ),
        )


def trusting_no_cookie() -> bool:
    return getattr(page_of_request(), "trusts_no_cookie", False)


def own_origin() -> str:
    return f"{request.scheme}://{request.host}"


def live_origin() -> str:
    """Behind a gateway streams share the origin; on one machine they have a port of their own."""
    if behind_a_gateway():
        return ""
    return f"{request.scheme}://{urlsplit(own_origin()).hostname}:{live_port()}"


def keep_safe(answer: Response) -> Response:
    answer.headers.setdefault("Content-Security-Policy", policy())
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    answer.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    if request.is_secure:
        answer.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static" or answer.status_code >= 400:
        answer.headers.setdefault("Cache-Control", "no-store")
    if answer.status_code == 429 or request.environ.get(TURNED_AWAY):
        answer.headers.setdefault("Retry-After", g.get("retry_after") or "60")
    return answer


def policy() -> str:
    frames = " ".join(["'self'", *g.get("frames", ())])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"media-src 'self' https:; manifest-src 'self'; connect-src 'self' {live_origin()}; frame-src {frames}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'self'; object-src 'none'"
    )


def allow_frame(address: str) -> None:
    """Let this page show a frame from elsewhere, such as the lecture's video stream."""
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        g.setdefault("frames", []).append(f"https://{parts.netloc}")


# refusals as pages


def explain(problem: ApiProblem) -> Answer:
    """A service said no: its sentence, where the person is."""
    if problem.status == 401:
        return to_the_sign_in()
    if problem.code == SECOND_FACTOR_NEEDED:
        return render_template("second_factor.html", sentence=gettext(problem.detail)), problem.status
    sentence = (
        gettext(problem.detail)
        if problem.detail
        else _("A part of Polku does not answer. Try again in a moment.")
    )
    if request.method not in SAFE_METHODS and problem.status in (409, 422):
        note(problem.errors)
        flash(sentence, "wait") if problem.code == DONE_ALREADY else tell_at_the_form(sentence)
        return see_other_address(where_one_came_from())
    if problem.status == 429 or (problem.status == 503 and request.method not in SAFE_METHODS):
        return given_back(problem.status, sentence)
    if problem.status == 413:
        return render_template(
            "too_large.html", sentence=sentence, back=where_one_came_from(), **typed_here()
        ), 413
    return refused(problem.status, sentence)


def given_back(status: int, sentence: str) -> tuple[str, int]:
    """Gives back what was sent, in a form that sends it again: nothing is lost."""
    return render_template("too_often.html", sentence=sentence, status=status, **typed_here()), status


def explain_what_is_too_large(error: RequestEntityTooLarge) -> tuple[str, int]:
    """It was not read: what was typed is on the device still (kept.js), and comes back on the form."""
    facts = {"sentence": too_large(), "back": where_one_came_from(), "acts": False}
    return render_template("too_large.html", **facts), 413


def too_large() -> str:
    return _(
        "What you sent is too large. A picture has at most %(size)d MB. Go back, choose a smaller file or shorten the text, and send it again."
    ) % {"size": PICTURE_MEGABYTES}


def explain_http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    if isinstance(error, BadRequestKeyError):
        return explain(not_complete(str(error.args[0])))
    sentence = error.description if type(error).description != error.description else None
    return refused(error.code, sentence or usual_sentence(error.code))


def usual_sentence(status: int) -> str:
    if status == 404:
        return _("This page is not here, or not for you. Check the address.")
    if status == 403:
        return _("Your role does not cover this page. Ask your organisation's coordinator.")
    return _("This did not work. Go back and try again.")


def explain_a_broken_body(error: ParseException) -> tuple[str, int]:
    """The server reads bodies while we do, and finds only then that the chunks are none."""
    return refused(400, usual_sentence(400))


def explain_a_fault(error: Exception) -> tuple[str, int]:
    current_app.logger.exception("A page failed")
    return refused(500, _("Something broke on our side, and we have noted it. Try again in a moment."))


def refused(status: int, sentence: str) -> tuple[str, int]:
    title = title_of(status)
    return render_template("refused.html", status=status, title=title, sentence=sentence), status


def title_of(status: int) -> str:
    if status == 404:
        return _("There is nothing here")
    if status == 403:
        return _("This is not for you")
    return _("This did not work")
