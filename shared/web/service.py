"""A Flask application the way every service has it: a door, a transaction a request, refusals as problem details."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from apispec import BasePlugin
from flask import Flask, Response, abort, g, jsonify, request
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Api
from sqlalchemy.exc import DataError, IntegrityError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from shared.database import operating
from shared.messaging.bus.state import bus_state
from shared.messaging.listeners import Listeners
from shared.problems import RuleBroken, TooLarge, WhoAreYou
from shared.telemetry.scrape import names_a_machine
from shared.tenancy.isolation import IsolatedFlask, at_the_end
from shared.web.access import CALLER, Unmarked, open_to
from shared.web.acts import Begun, Rights, keeping_what_stays
from shared.web.arguments import Blueprint, read_addresses
from shared.web.dead_letters_api import dead_letters
from shared.web.headers import ADDRESS_HEADER, KEY_HEADER
from shared.web.health import what_is_missing
from shared.web.limits import Limit, Pace
from shared.web.refusals import Problem, broken, invalid, problem_of, sentence_about
from shared.web.request_telemetry import watch
from shared.web.tokens import Caller, verify

MOST_BYTES = 5 * 1024 * 1024


class IsoTimes(DefaultJSONProvider):
    """Writes times of answers without a schema as schemas write them (ISO 8601), not as HTTP dates."""

    @staticmethod
    def default(thing: Any) -> Any:
        return thing.isoformat() if isinstance(thing, date) else DefaultJSONProvider.default(thing)


class Service(IsolatedFlask):
    """Commits what went well inside the dispatch, so that a refusal by the database is still answered as one."""

    json_provider_class = IsoTimes

    def dispatch_request(self):
        if "session" not in g:
            return super().dispatch_request()
        with keeping_what_stays(g.session):
            answer = super().dispatch_request()
        g.session.commit()
        return answer


def create_service(name: str, blueprints: Sequence[Blueprint], listeners: Listeners) -> Flask:
    """Makes the Flask application of a service; its listeners handle dead letters again when an operator asks for it."""
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
    api = Api(app, spec_kwargs={"extra_plugins": [Documents()]})
    api.spec.components.security_scheme("token", TOKEN)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    app.extensions["operations"] = {one.operation.name: one for part in blueprints for one in part.served}
    app.extensions["listeners"] = listeners
    api.register_blueprint(dead_letters)
    for_machines_alone(app)
    the_door(app)
    refusals(app)
    health(app)
    state_of_the_bus(app)
    app.after_request(keep_nowhere)
    for rule in app.url_map.iter_rules():
        roles_by_method(app, rule.endpoint)
    return app


TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "ES256, good for one service and one minute",
}


class Documents(BasePlugin):
    """Gives every operation of the OpenAPI document an id and says that it asks for a token."""

    def operation_helper(self, path: Any = None, operations: Any = None, **_: Any) -> None:
        for verb, operation in (operations or {}).items():
            operation.setdefault("operationId", f"{verb}{re.sub('[^A-Za-z0-9]+', '_', str(path))}")
            operation.setdefault("security", [{"token": []}])


PUBLIC = {"healthz", "readyz", "metrics", "api-docs.openapi_json"}


def roles_by_method(app: Flask, endpoint: str) -> dict[str, frozenset[str]]:
    """{"GET": roles, ...}; raises Unmarked at start for a method that forgot to say."""
    if endpoint in PUBLIC:
        return {}
    methods = methods_of(app, endpoint)
    for verb, method in methods.items():
        if not hasattr(method, "open_to"):
            raise Unmarked(f"{app.name}: {verb} {endpoint} has no @open_to(...).")
    return {verb: method.open_to for verb, method in methods.items()}


def limits_by_method(app: Flask, endpoint: str) -> dict[str, Limit | Pace]:
    """{"POST": its limit, ...}, for those methods that have one."""
    return {verb: one.limit for verb, one in methods_of(app, endpoint).items() if hasattr(one, "limit")}


def methods_of(app: Flask, endpoint: str) -> dict[str, Any]:
    """Returns what answers, by method; what answers whatever the method stands under `*`."""
    view = app.view_functions[endpoint]
    if kind := getattr(view, "view_class", None):
        return {verb: getattr(kind, verb.lower()) for verb in kind.methods}
    served = getattr(view, "operation", None)
    return {served.verb if served else "*": view}


def for_machines_alone(app: Flask) -> None:
    """On one machine the services answer at every organisation's host; what they can do is described at none of these."""

    @app.before_request
    def describe_to_machines():
        if request.endpoint == "api-docs.openapi_json" and not names_a_machine(
            request.headers.get("Host", "")
        ):
            abort(404)


def keep_nowhere(answer: Response) -> Response:
    """Forbids keeping an answer: what an API says is for who asked, now."""
    answer.headers.setdefault("Cache-Control", "no-store")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def the_door(app: Flask) -> None:
    @app.before_request
    def let_in():
        if request.endpoint is None or request.endpoint in PUBLIC:
            return
        service, headers = app.config["SERVICE"], request.headers
        g.caller = who_asks(service)
        rights = rights_of(app, request.endpoint, request.method)
        act = Begun(
            service, request.endpoint, g.caller, rights, headers.get(ADDRESS_HEADER), headers.get(KEY_HEADER)
        )
        g.session = at_the_end().enter_context(act).session


def who_asks(service: str) -> Caller:
    """Whom this process has called for, or whom the token names."""
    if (handed_in := request.environ.get(CALLER)) is not None:
        return handed_in
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        raise WhoAreYou
    return verify(token, service)


def rights_of(app: Flask, endpoint: str, method: str) -> Rights:
    verb = "GET" if method == "HEAD" else method
    roles, limits = roles_by_method(app, endpoint), limits_by_method(app, endpoint)
    allowed = roles.get(verb, roles.get("*", frozenset()))
    return Rights(verb=verb, roles=allowed, limit=limits.get(verb))


def refusals(app: Flask) -> None:
    for kind in (RuleBroken, IntegrityError, DataError, OverflowError):
        app.register_error_handler(kind, refuse)
    app.register_error_handler(RequestEntityTooLarge, lambda error: answered(broken(TooLarge())))
    app.register_error_handler(HTTPException, refuse_what_http_knows)


def refuse(error: Exception) -> Response:
    found = problem_of(error, str(request.url_rule))
    if found is None:
        raise error
    return answered(found)


def refuse_what_http_knows(error: HTTPException) -> Response:
    """Validation errors and the like, in the same form as our own refusals."""
    errors = (getattr(error, "data", None) or {}).get("messages")
    if error.code == 422 and errors:
        return answered(invalid(errors))
    code = "invalid-input" if error.code == 422 else (error.name or "error").lower().replace(" ", "-")
    sentence = sentence_about(errors) if errors else (error.description or error.name)
    return answered(Problem(error.code or 500, code, sentence, errors))


def answered(problem: Problem) -> Response:
    """As RFC 9457 has it."""
    response = jsonify(problem.body)
    response.status_code, response.content_type = problem.status, "application/problem+json"
    if problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def health(app: Flask) -> None:
    @app.get("/healthz")
    def healthz():
        return {"status": "alive"}

    @app.get("/readyz")
    def readyz():
        if missing := what_is_missing(app.config["SERVICE"]):
            return answered(Problem(503, "not-ready", missing))
        return {"status": "ready"}


def state_of_the_bus(app: Flask) -> None:
    @app.get("/bus")
    @open_to("service")
    def bus():
        """Returns what this service has told, what of it waits, and its dead letters."""
        with operating(app.config["SERVICE"]) as open_session:
            return bus_state(open_session.kw["bind"], app.config["SERVICE"])
