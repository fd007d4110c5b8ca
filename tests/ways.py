"""Operations asked both ways: over HTTP, and by the direct call that the portal makes on one machine."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask import Flask, json
from msgspec import to_builtins
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from shared.web import direct
from shared.web.headers import ADDRESS_HEADER, KEY_HEADER
from shared.web.limits import Limit, Pace
from shared.web.operations import File, inside_list
from shared.web.refusals import Problem
from shared.web.serving import Served
from shared.web.shapes import schema_of
from shared.web.tokens import verify

OVER_HTTP, DIRECTLY = WAYS = ("over HTTP", "directly")


class Directly:
    """A test client that calls declared operations directly; what is none goes over HTTP."""

    def __init__(self, app: Flask) -> None:
        self.app, self.over_http = app, app.test_client()

    def open(self, path: str, method: str = "GET", headers: Any = None, **options: Any) -> TestResponse:
        plain, _, query = path.partition("?")
        served, arguments = self.found(plain, method)
        if served is None or not set(options) <= {"json", "query_string"}:
            return self.over_http.open(path, method=method, headers=headers, **options)
        asked = dict(parse_qsl(query)) | dict(options.get("query_string") or {})
        body = {served.operation.body: options.get("json", {})} if served.operation.body else {}
        return self.answer(served, {**arguments, **asked, **body}, headers)

    def found(self, path: str, method: str) -> tuple[Served | None, dict[str, Any]]:
        try:
            endpoint, arguments = self.app.url_map.bind("polku").match(path, method)
        except HTTPException:
            return None, {}
        by_endpoint = {one.endpoint: one for one in self.app.extensions["operations"].values()}
        return by_endpoint.get(endpoint), dict(arguments)

    def answer(self, served: Served, arguments: dict[str, Any], headers: Any) -> TestResponse:
        operation = served.operation
        who = verify(headers["Authorization"].removeprefix("Bearer "), self.app.name)
        how = {"address": headers.get(ADDRESS_HEADER), "key": headers.get(KEY_HEADER)}
        try:
            found = direct.call(self.app, operation.name, arguments, who, **how)
        except direct.Refused as refused:
            return self.refusal(refused.problem)
        if isinstance(found, File):
            return self.response(found.content, operation.status, found.headers, found.type)
        if found is None:
            return self.response(b"", operation.status, {})
        return self.response(json.dumps(written(found, operation.answers)), operation.status, {})

    def refusal(self, problem: Problem) -> TestResponse:
        again = {"Retry-After": str(problem.retry_after)} if problem.retry_after else {}
        return self.response(json.dumps(problem.body), problem.status, again, "application/problem+json")

    def response(
        self, body: Any, status: int, headers: dict[str, str], kind: str = "application/json"
    ) -> TestResponse:
        made = self.app.response_class(body, status, headers, content_type=kind)
        return TestResponse(made.response, made.status, made.headers, self.app.test_request_context().request)


def written(found: Any, shape: Any) -> Any:
    """Returns an answer as HTTP writes it."""
    item = inside_list(shape)
    if isinstance(found, dict):
        return to_builtins(found)
    return schema_of(item or shape)(many=item is not None).dump(found)


def narrow(app: Flask, name: str, limit: Limit | Pace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives an operation another limit, whichever way it is asked."""
    served: Served = app.extensions["operations"][name]
    narrowed = served._replace(rights=replace(served.rights, limit=limit))
    monkeypatch.setitem(app.extensions["operations"], name, narrowed)
    monkeypatch.setattr(app.view_functions[served.endpoint], "limit", limit)
