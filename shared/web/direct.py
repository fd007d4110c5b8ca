"""The direct call of an operation in this process: what HTTP would do, without HTTP.

It checks roles and limits, reads the arguments by the same schemas, opens a session, commits, and turns every exception into the same
refusal. It runs in an empty context (https://docs.python.org/3.11/library/contextvars.html): nothing of the page that calls is there.
What comes back is finished: structs of shared/contracts/api, never nouns.
"""

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from contextvars import Context
from typing import Any

import msgspec
from flask import Flask
from marshmallow import Schema, ValidationError

from shared.problems import NotFound
from shared.telemetry import tracing
from shared.telemetry.here import REQUEST_HEADER, here
from shared.web.acts import Begun, keeping_what_stays
from shared.web.arguments import cleaned_by, out_of_range
from shared.web.cleaning import NOT_TYPED, cleaned
from shared.web.refusals import Problem, invalid, problem_of
from shared.web.request_telemetry import Watched, tenant_to_tell
from shared.web.serving import Served
from shared.web.tokens import Caller

log = logging.getLogger(__name__)
FAULT = Problem(500, "internal-server-error", "")


class Refused(Exception):
    """A service said no."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.code}")
        self.problem = problem


class Invalid(Exception):
    """Raised for what was sent and is not right, by where it was sent."""

    def __init__(self, errors: Mapping[str, Any]) -> None:
        super().__init__("invalid input")
        self.errors = errors


def call(
    app: Flask,
    name: str,
    arguments: Mapping[str, Any],
    caller: Caller,
    *,
    address: str | None = None,
    key: str | None = None,
) -> Any:
    """Returns what the operation `name` of a service returns; raises Refused. `address` is the browser's, `key` that of the act
    (shared/web/once.py)."""
    served: Served = app.extensions["operations"][name]
    with tracing.call(app.name, served.operation.verb) as note:
        headers = {REQUEST_HEADER: here().request or "", "traceparent": tracing.traceparent() or ""}
        answer = Context().run(_watched, app.name, served, arguments, caller, headers, address, key)
        note(status=answer.status if isinstance(answer, Problem) else served.operation.status)
    if isinstance(answer, Problem):
        raise Refused(answer)
    return answer


def _watched(service: str, served: Served, arguments: Any, caller: Caller, told: Any, *how: Any) -> Any:
    """Returns the answer, or the Problem."""
    operation = served.operation
    watched = Watched(service, operation.path, operation.verb, told)
    with ExitStack() as the_end:
        watched.until(the_end)
        try:
            answer = _acted(service, served, arguments, caller, *how)
            watched.status = operation.status
        except Exception as error:
            answer = _problem(error, operation.name)
            watched.status = answer.status
        watched.tenant = tenant_to_tell(caller)
    return answer


def _acted(
    service: str,
    served: Served,
    arguments: Mapping[str, Any],
    caller: Caller,
    address: str | None,
    key: str | None,
) -> Any:
    with Begun(service, served.endpoint, caller, served.rights, address, key) as act:
        with keeping_what_stays(act.session):
            answer = served.function(**read(served, arguments))
        act.session.commit()
        return answer


def _problem(error: Exception, operation: str) -> Problem:
    if isinstance(error, Invalid):
        return invalid(error.errors)
    if (found := problem_of(error, operation)) is not None:
        return found
    log.error("a request failed", exc_info=error)
    return FAULT


def read(served: Served, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as HTTP would have brought them: a struct that was made in Python has checked nothing."""
    operation = served.operation
    known = {name: _in_path(arguments[name], operation.types[name]) for name in operation.in_path}
    if served.query:
        params = {name: arguments[name] for name in operation.in_query if arguments.get(name) is not None}
        known |= _loaded(served.query, params, "query")
    if served.body and operation.body:
        known[operation.body] = _loaded(served.body, arguments[operation.body], "json")
    if operation.upload:
        known[operation.upload] = arguments[operation.upload]
    return known


def _in_path(value: Any, kind: Any) -> Any:
    if not isinstance(value, kind) or (kind is str and NOT_TYPED.search(value)):
        raise NotFound
    return cleaned(value) if kind is str else value


def _loaded(schema: Schema, sent: Any, where: str) -> Any:
    plain = msgspec.to_builtins(sent)
    try:
        loaded = schema.load(cleaned_by(schema, plain))
    except ValidationError as error:
        raise Invalid({where: error.normalized_messages()}) from error
    if beyond := dict(out_of_range(loaded)):
        raise Invalid({where: beyond})
    return loaded
