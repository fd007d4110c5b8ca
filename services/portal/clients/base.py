"""How the portal calls a service: with a token for this person and purpose, in this process or over HTTP."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from uuid import UUID, uuid5

import httpx2
from flask import g, request

from services.portal.forms.errors import note
from shared.languages import gettext
from shared.problems import NOT_RIGHT
from shared.web.calling import client_of
from shared.web.headers import KEY_HEADER
from shared.web.tokens import Caller, itself, service_token, verify

if TYPE_CHECKING:
    from shared.web.refusals import Problem

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
AWAY = "service-away"
ADDRESS = re.compile(r"(/[A-Za-z0-9._~:%-]+)+")
NOWHERE = "This is not here, or not for you. Check the address."
_in_process: dict[str, Any] = {}


class ApiProblem(Exception):
    """A service said no: `detail` is the sentence for the person, `errors` belong to fields of what was sent."""

    retry_after: str | None = None  # seconds, where the service says so
    stands: Mapping[str, Any] = {}  # what somebody else has written meanwhile (edits.py)

    def __init__(self, status: int, code: str, detail: str, errors: Mapping[str, Any] | None = None):
        super().__init__(f"{status} {code}")
        self.status, self.code, self.detail, self.errors = status, code, detail, dict(errors or {})

    @classmethod
    def from_response(cls, answer: httpx2.Response) -> "ApiProblem":
        try:
            payload = answer.json()
        except ValueError:
            payload = {}
        payload = payload if isinstance(payload, dict) else {}
        code, detail = payload.get("code", "error"), payload.get("detail", "")
        problem = cls(answer.status_code, code, detail, fields_of(payload.get("errors")))
        problem.retry_after = answer.headers.get("Retry-After")
        problem.stands = payload.get("stands", {})
        return problem

    @classmethod
    def of(cls, refused: "Problem") -> "ApiProblem":
        """Makes the problem that a direct call was refused with."""
        problem = cls(refused.status, refused.code, refused.detail, fields_of(refused.errors))
        problem.retry_after = str(refused.retry_after) if refused.retry_after else None
        problem.stands = refused.more.get("stands", {})
        return problem

    @classmethod
    def away(cls) -> "ApiProblem":
        return cls(503, AWAY, "")

    @property
    def is_away(self) -> bool:
        """The service did not answer; what others know can be shown all the same."""
        return self.code == AWAY

    def raise_unless(self, *statuses: int) -> None:
        """Raises the problem itself where its status is none of these."""
        if self.status not in statuses:
            raise self

    def refusal(self, *statuses: int) -> str:
        """Returns the sentence for the person; raises the problem itself where its status is none of these."""
        self.raise_unless(*statuses)
        return gettext(self.detail)

    def about(self, field: str) -> str:
        """Returns what is wrong with one field, or nothing."""
        return " ".join(str(sentence) for sentence in self.errors.get(field, []))


def if_there(ask: Callable[Given, Answer], *args: Given.args, **named: Given.kwargs) -> Answer | None:
    """Asks a service; None where what is asked for is not there, or not yet."""
    try:
        return ask(*args, **named)
    except ApiProblem as problem:
        problem.raise_unless(404)
        return None


def fields_of(errors: Any) -> dict[str, Any]:
    """webargs groups errors by where the field was; a form only asks which field."""
    places = errors.values() if isinstance(errors, dict) else ()
    return {
        field: sentences for place in places if isinstance(place, dict) for field, sentences in place.items()
    }


@contextmanager
def refusals_noted(method: str) -> Iterator[None]:
    """Has the page say what a service has refused, whoever explains it (door.py, field_errors.py, edits.py)."""
    try:
        yield
    except ApiProblem as problem:
        g.retry_after = problem.retry_after
        if method != "GET":
            note(problem.errors)
        g.stands = dict(problem.stands) or g.get("stands", {})
        raise


def credentials(service: str, run_id: str) -> Caller | str:
    """Returns what this person calls a service with: a caller where it lives in this process, else a token. Raises ApiProblem where
    they have no business."""
    token: str | None = g.tokens.of(service, run_id)
    if token is None:
        raise ApiProblem(
            403, "not-allowed", "Your role does not cover this. Ask your organisation's coordinator."
        )
    return verify(token, service) if is_here(service) else token


def once_only(call: str) -> dict[str, str]:
    """The key of the form that is being sent, for each call of its act one of its own: sent twice, it acts once."""
    if (key := request.form.get("once", type=UUID)) is None:
        return {}
    g.calls_of_the_act = number = g.get("calls_of_the_act", 0) + 1
    return {KEY_HEADER: str(uuid5(key, f"{number} {call}"))}


def ask(
    service: str, method: str, path: str, who: Caller | str | None = None, **options: Any
) -> httpx2.Response:
    """The answer of a service to this caller, or to whom the token names; raises ApiProblem for everything but success."""
    if not ADDRESS.fullmatch(path) or ".." in path.split("/"):
        raise ApiProblem(
            404, "not-found", NOWHERE
        )  # a part of it came from a form, and was not what the form offered
    if isinstance(who, str):
        options["headers"] = {"Authorization": f"Bearer {who}", **options.get("headers", {})}
    elif who:
        options["caller"] = who
    try:
        answer = connection_to(service).request(method, path, **options)
    except httpx2.InvalidURL as error:  # longer than an address may be
        raise ApiProblem(422, "invalid-input", NOT_RIGHT) from error
    except httpx2.HTTPError as error:
        raise ApiProblem.away() from error
    if not answer.is_success:
        raise ApiProblem.from_response(answer)
    return answer


def in_our_own_name(service: str, tenant: UUID) -> Caller | str:
    """Returns what the portal calls with when it speaks for itself."""
    return itself(tenant) if is_here(service) else service_token("portal", service, tenant)


def run_of_the_page() -> UUID | None:
    return (request.view_args or {}).get("run_id")


def plain(value: Any) -> Any:
    """Ids, dates and times as JSON writes them."""
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def serve_in_process(services: Mapping[str, Any]) -> None:
    """On one machine the services live in this process: same calls, no network."""
    _in_process.update(services)
    connection_to.cache_clear()


def is_here(service: str) -> bool:
    """Whether the service lives in this process."""
    return not isinstance(connection_to(service), httpx2.Client)


def app_of(service: str) -> Any:
    """The application of a service that lives here."""
    return connection_to(service).app


@cache
def connection_to(service: str) -> Any:
    if url := os.environ.get(f"POLKU_{service.upper()}_URL"):
        return client_of(service, url)
    from services.portal.clients.within import Within  # loads what answers; live only asks

    return Within(service, _in_process.get(service) or import_module(f"services.{service}.app").create_app())
