"""A Flask application the way every service has it: a door, a transaction a request, refusals as problem details."""

import logging
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, jsonify, request
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Api
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from shared import once
from shared.arguments import BLANK, Blueprint, read_addresses
from shared.bus.state import bus_state
from shared.database import operating, sessions_of
from shared.isolation import IsolatedFlask, at_the_end
from shared.limits import ADDRESS_HEADER, Limit, Pace
from shared.observability.doors import watch
from shared.observability.health import what_is_missing
from shared.observability.scrape import names_a_machine
from shared.problems import (
    NOT_RIGHT,
    CannotBeStored,
    NotAllowed,
    RuleBroken,
    SomebodyWasFaster,
    TookPartBefore,
    TooLarge,
    WhoAreYou,
)
from shared.tenancy import acting_for
from shared.tokens import READER, Caller, issuer_of, verify

log = logging.getLogger(__name__)
AWAY = (OperationalError, InterfaceError)
Method = TypeVar("Method", bound=Callable)
ROLES = frozenset(
    [
        "participant",
        READER,
        "supervisor",
        "coordinator",
        "designer",
        "admin",
        "lead",
        "facilitator",
        "editor",
        "service",
        "operator",
    ]
)
STAFF = ("lead", "facilitator", "editor")
CLIENT_SIDE = ("coordinator", "admin")
MOST_BYTES = 5 * 1024 * 1024
OF_THE_DATA = ("22", "54")  # classes of SQLSTATE: data exception, program limit exceeded


class Unmarked(RuntimeError):
    """A route says nobody who may use it; put @open_to(...) on every method."""


def open_to(*roles: str) -> Callable[[Method], Method]:
    """Say which roles may call this method of the API; nobody else gets in."""
    if unknown := set(roles) - ROLES:
        raise Unmarked(f"There is no role {unknown}.")

    def mark(method: Method) -> Method:
        method.open_to = frozenset(roles)  # type: ignore[attr-defined]
        return method

    return mark


def caller() -> Caller:
    return g.caller


def only_from(issuer: str) -> None:
    """Refuses every service but this one, whose business the question is. The door has verified the token."""
    token = request.authorization.token if request.authorization else ""
    if issuer_of(token or "") != issuer:
        raise NotAllowed


class IsoTimes(DefaultJSONProvider):
    """What is answered without a schema writes times as schemas write them (ISO 8601), not as HTTP dates."""

    @staticmethod
    def default(thing: Any) -> Any:
        return thing.isoformat() if isinstance(thing, date) else DefaultJSONProvider.default(thing)


class Service(IsolatedFlask):
    """Commits what went well inside the dispatch, so that a refusal by the database is still answered as one."""

    json_provider_class = IsoTimes

    def dispatch_request(self):
        answer = super().dispatch_request()
        if "session" in g:
            g.session.commit()
        return answer


def create_service(name: str, blueprints: Sequence[Blueprint]) -> Flask:
    app = Service(name, static_folder=None)
    app.config |= {
        "API_TITLE": f"Polku {name}",
        "API_VERSION": "1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/",
        "OPENAPI_JSON_PATH": "openapi.json",
        "MAX_CONTENT_LENGTH": MOST_BYTES,
        "SERVICE": name,
    }
    watch(app, name)
    read_addresses(app)
    api = Api(app)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    doors_of_the_letters(api)
    for_machines_alone(app)
    the_door(app)
    refusals(app)
    health(app)
    state_of_the_bus(app)
    app.after_request(keep_nowhere)
    for rule in app.url_map.iter_rules():
        roles_by_method(app, rule.endpoint)
    return app


PUBLIC = {"healthz", "readyz", "metrics", "api-docs.openapi_json"}


def roles_by_method(app: Flask, endpoint: str) -> dict[str, frozenset[str]]:
    """{"GET": roles, ...}; raises Unmarked at start for a method that forgot to say."""
    if endpoint in PUBLIC:
        return {}
    view = app.view_functions[endpoint]
    kind = getattr(view, "view_class", None)
    methods: dict[str, Any] = (
        {verb: getattr(kind, verb.lower()) for verb in kind.methods} if kind else {"*": view}
    )
    for verb, method in methods.items():
        if not hasattr(method, "open_to"):
            raise Unmarked(f"{app.name}: {verb} {endpoint} has no @open_to(...).")
    return {verb: method.open_to for verb, method in methods.items()}


def limits_by_method(app: Flask, endpoint: str) -> dict[str, Limit | Pace]:
    """{"POST": its limit, ...}, for those methods that have one."""
    known = app.extensions.setdefault("limits", {})
    if endpoint not in known:
        kind = getattr(app.view_functions[endpoint], "view_class", None)
        methods = {verb: getattr(kind, verb.lower()) for verb in kind.methods} if kind else {}
        known[endpoint] = {verb: one.limit for verb, one in methods.items() if hasattr(one, "limit")}
    return known[endpoint]


def for_machines_alone(app: Flask) -> None:
    """On one machine the services answer at every organisation's host; what they can do is described at none of these."""

    @app.before_request
    def describe_to_machines():
        if request.endpoint == "api-docs.openapi_json" and not names_a_machine(
            request.headers.get("Host", "")
        ):
            abort(404)


def keep_nowhere(answer: Response) -> Response:
    """What an API says is for who asked, now."""
    answer.headers.setdefault("Cache-Control", "no-store")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def the_door(app: Flask) -> None:
    allowed: dict[str, dict[str, frozenset[str]]] = {}

    @app.before_request
    def let_in():
        if request.endpoint is None or request.endpoint in PUBLIC:
            return
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            raise WhoAreYou
        g.caller = verify(token, app.config["SERVICE"])
        roles = allowed.setdefault(request.endpoint, roles_by_method(app, request.endpoint))
        verb = "GET" if request.method == "HEAD" else request.method
        open_to_these = roles.get(verb, roles.get("*", frozenset()))
        if not g.caller.is_any(*open_to_these):
            raise NotAllowed
        if g.caller.is_any(READER) and verb != "GET" and READER not in open_to_these:
            raise TookPartBefore
        at_the_end().enter_context(acting_for(g.caller.tenant))
        limit = limits_by_method(app, request.endpoint).get(verb)
        if limit and limit.at_the_door:
            count(limit)
        g.session = sessions_of(app.config["SERVICE"])()
        at_the_end().callback(close, g.session)
        if key := request.headers.get(once.HEADER):
            once.take(key, g.session)


def count_this_act() -> None:
    """Counts an act that is not counted at the door, because it can be turned away there without having done anything;
    raises TooOften beyond its limit."""
    count(limits_by_method(current_app, request.endpoint or "")[request.method])


def count(limit: Limit | Pace) -> None:
    service, act = current_app.config["SERVICE"], request.endpoint or ""
    limit.take(service, act, g.caller, request.headers.get(ADDRESS_HEADER))


def close(session: Session) -> None:
    """When the connection is lost, the database has rolled back by itself, and what was answered holds."""
    try:
        session.close()
    except AWAY as gone:
        session.invalidate()
        log.warning("a request ended without its connection: %s", gone)


def session() -> Session:
    return g.session


def once_committed(write: Callable[[Session], None]) -> None:
    """Has something written in a transaction of its own after this request's, so that nothing ties it to what was done; several
    things in the order in which they are asked for. Where the request was refused, or the database is away by then, it is left
    out: call it for guesses and signs of life alone."""
    if "once_committed" not in g:
        g.once_committed = []
        at_the_end().callback(write_afterwards, g.session, current_app.config["SERVICE"], g.once_committed)
    g.once_committed.append(write)


def write_afterwards(
    request_session: Session, service: str, writes: Sequence[Callable[[Session], None]]
) -> None:
    if request_session.in_transaction():  # it was not committed
        return
    try:
        for write in writes:
            with sessions_of(service).begin() as session:
                write(session)
    except AWAY as gone:
        log.warning("nothing was noted after a request: %s", gone)


def refusals(app: Flask) -> None:
    app.register_error_handler(RuleBroken, refuse)
    app.register_error_handler(IntegrityError, lambda error: refuse_a_clash())
    app.register_error_handler(DataError, refuse_what_cannot_be_stored)
    app.register_error_handler(OverflowError, cannot_be_stored)
    app.register_error_handler(RequestEntityTooLarge, lambda error: refuse(TooLarge()))
    app.register_error_handler(HTTPException, problem_of_http)


def refuse(rule: RuleBroken) -> Response:
    about = {"json": {rule.field: [rule.sentence]}} if rule.field else None
    answer = problem(rule.status, rule.sentence, rule.code, about, **rule.more)
    if seconds := getattr(rule, "retry_after", None):
        answer.headers["Retry-After"] = str(seconds)
    return answer


def refuse_a_clash() -> Response:
    clash = SomebodyWasFaster()
    return problem(clash.status, clash.sentence, clash.code)


def refuse_what_cannot_be_stored(error: DataError) -> Response:
    """The last defence: what no schema stopped, PostgreSQL or its driver did. Anything but the data's fault stays a fault."""
    state = getattr(error.orig, "sqlstate", None)
    if state and not state.startswith(OF_THE_DATA):
        raise error
    return cannot_be_stored(error)


def cannot_be_stored(error: Exception) -> Response:
    """Whoever reads the log finds the place by the route; the error's words would repeat what somebody wrote."""
    log.warning("input got past the schemas of %s: %s", request.url_rule, type(error).__name__)
    refused = CannotBeStored()
    return problem(refused.status, refused.sentence, refused.code)


def problem_of_http(error: HTTPException) -> Response:
    """Validation errors and the like, in the same form as our own refusals."""
    details = getattr(error, "data", None) or {}
    errors = details.get("messages")
    code = "invalid-input" if error.code == 422 else (error.name or "error").lower().replace(" ", "-")
    sentence = sentence_about(errors) if errors else (error.description or error.name)
    return problem(error.code or 500, sentence, code, errors)


def sentence_about(errors: dict[str, Any]) -> str:
    """A form that shows no field's own words says at least what a blank name lacks."""
    return BLANK if set(leaves(errors)) == {BLANK} else NOT_RIGHT


def leaves(errors: Any) -> list[Any]:
    if isinstance(errors, dict):
        errors = list(errors.values())
    return [leaf for error in errors for leaf in leaves(error)] if isinstance(errors, list) else [errors]


def problem(status: int, detail: str, code: str, errors=None, **more: Any) -> Response:
    """RFC 9457 problem details; `more` are members of this kind of problem alone."""
    body = {"type": f"urn:polku:{code}", "title": detail, "status": status, "detail": detail, "code": code}
    response = jsonify(more | body | ({"errors": errors} if errors else {}))
    response.status_code, response.content_type = status, "application/problem+json"
    return response


def health(app: Flask) -> None:
    @app.get("/healthz")
    def healthz():
        return {"status": "alive"}

    @app.get("/readyz")
    def readyz():
        if missing := what_is_missing(app.config["SERVICE"]):
            return problem(503, missing, "not-ready")
        return {"status": "ready"}


def state_of_the_bus(app: Flask) -> None:
    @app.get("/bus")
    @open_to("service")
    def bus():
        """What this service has told, what of it waits, and what it has laid aside."""
        with operating(app.config["SERVICE"]) as open_session:
            return bus_state(open_session.kw["bind"], app.config["SERVICE"])


def doors_of_the_letters(api: Api) -> None:
    from shared.letters.doors import letters  # its routes are marked with the @open_to above

    api.register_blueprint(letters)
