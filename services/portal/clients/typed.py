"""Clients of what shared/contracts/api declares: `voting = client(Voting)` has each operation of it as a method, typed by its declaration.

A service that lives in this process is called directly, another over HTTP; both answer alike.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import httpx2
import msgspec
from flask import request

from services.portal.clients.base import (
    ApiProblem,
    app_of,
    ask,
    credentials,
    is_here,
    once_only,
    refusals_noted,
    run_of_the_page,
)
from shared.web.calling import AS_IDEMPOTENT
from shared.web.headers import ADDRESS_HEADER, KEY_HEADER
from shared.web.operations import File, Operation, Service, Upload
from shared.web.tokens import Caller

Contract = TypeVar("Contract", bound=Service)
WITH_FILES = ("Cache-Control", "X-Pages", "X-Page")
"""Headers of a File that a page passes on."""


class Asker(Protocol):
    """In whose name is params."""

    def who(self, operation: Operation, arguments: Mapping[str, Any]) -> Caller | str:
        """A caller, or a token."""

    def address(self) -> str:
        """By what the number of its acts is limited."""

    def once(self, call: str) -> dict[str, str]:
        """The key of an act that is sent, as a header; nothing for what has none."""

    def noting(self, verb: str) -> AbstractContextManager[None]:
        """Returns a context that notes refusals for the page, and lets them pass on."""


class OnThePage:
    """Calls as the person on the page: for the run among the arguments, else for the run of the page."""

    def who(self, operation: Operation, arguments: Mapping[str, Any]) -> Caller | str:
        return credentials(operation.service, str(arguments.get("run_id") or run_of_the_page() or ""))

    def address(self) -> str:
        return request.remote_addr or ""

    def once(self, call: str) -> dict[str, str]:
        return once_only(call)

    def noting(self, verb: str) -> AbstractContextManager[None]:
        return refusals_noted(verb)


def client(contract: type[Contract], asker: Asker | None = None) -> Contract:
    """Asks in the name of who is on the page, unless somebody else is given."""
    kind: Any = contract
    made = _clients_of(kind)()
    made.asker = asker or OnThePage()
    return made


@cache
def _clients_of(contract: type[Service]) -> Any:
    methods = {name: asking(one) for name, one in contract.operations.items()}
    return type(f"{contract.__name__}Client", (contract,), methods, name=contract.service)


def asking(operation: Operation) -> Callable[..., Any]:
    """Returns the method of a client."""
    names = tuple(operation.parameters)

    def ask_it(self: Any, *given: Any, **named: Any) -> Any:
        arguments = dict(zip(names, given, strict=False)) | named
        with self.asker.noting(operation.verb):
            way = directly if is_here(operation.service) else over_http
            return way(operation, arguments, self.asker)

    return ask_it


def directly(operation: Operation, arguments: Mapping[str, Any], asker: Asker) -> Any:
    from shared.web import direct  # with all that a service needs to answer; live asks over HTTP alone

    who, app = asker.who(operation, arguments), app_of(operation.service)
    assert isinstance(who, Caller)
    how = {
        "key": key_of(operation, arguments, asker).get(KEY_HEADER),
        "address": address_of(operation, asker),
    }
    try:
        return direct.call(app, operation.name, arguments, who, **how)
    except direct.Refused as refused:
        raise ApiProblem.of(refused.problem) from None


def over_http(operation: Operation, arguments: Mapping[str, Any], asker: Asker) -> Any:
    written = {name: quote(str(arguments[name]), safe=":") for name in operation.in_path}
    params = {name: arguments[name] for name in operation.in_query if arguments.get(name) is not None}
    body = msgspec.to_builtins(arguments[operation.body]) if operation.body else None
    address = address_of(operation, asker)
    answer = ask(
        operation.service,
        operation.verb,
        operation.address(written),
        asker.who(operation, arguments),
        headers=key_of(operation, arguments, asker) | ({} if address is None else {ADDRESS_HEADER: address}),
        params=msgspec.to_builtins(params),
        json=body,
        extensions=AS_IDEMPOTENT if operation.only_asks else {},
        **sent_along(operation, arguments),
    )
    if operation.file:
        headers = {name: answer.headers[name] for name in WITH_FILES if name in answer.headers}
        return File(type=answer.headers["Content-Type"], content=answer.content, headers=headers)
    return reader_of(operation.answers)(answer.content) if operation.answers else None


def sent_along(operation: Operation, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the file that is sent, and how long its answer may take."""
    how: dict[str, Any] = {}
    if operation.upload:
        file: Upload = arguments[operation.upload]
        how["files"] = {operation.upload: (file.name, file.stream, file.type)}
    if operation.patience:
        how["timeout"] = httpx2.Timeout(operation.patience, connect=2.0, pool=5.0)
    return how


def address_of(operation: Operation, asker: Asker) -> str | None:
    return asker.address() if operation.tells_address else None


def key_of(operation: Operation, arguments: Mapping[str, Any], asker: Asker) -> dict[str, str]:
    """The key of the form that is sent, for an act."""
    if operation.verb != "POST" or operation.only_asks:
        return {}
    place = operation.address({name: str(arguments[name]) for name in operation.in_path})
    return asker.once(f"{operation.service} {place}")


@cache
def reader_of(shape: Any) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(shape).decode
