"""Clients of what shared/contracts/api declares: `voting = client(Voting)` has each operation of it as a method, typed by its declaration.

A service that lives in this process is called directly, another over HTTP; both answer alike.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from flask import request

from services.portal.clients.base import (
    ApiProblem,
    app_of,
    ask,
    credentials,
    from_here,
    is_here,
    once_only,
    refusals_noted,
    run_of_the_page,
)
from shared import direct
from shared.calling import AS_HARMLESS
from shared.contracts.api import Operation, Service
from shared.once import HEADER

Contract = TypeVar("Contract", bound=Service)
Who = Callable[[Operation, Mapping[str, Any]], Any]


def client(contract: type[Contract]) -> Contract:
    """Asks in the name of who is on the page: for the run among the arguments, else for the run of the page."""
    return client_for(contract, who_is_on_the_page)


def client_for(contract: type[Contract], who: Who) -> Contract:
    """Asks in the name of whom `who` returns: a caller, or a token."""
    methods = {name: asking(one, who) for name, one in contract.operations.items()}
    return type(f"{contract.__name__}Client", (contract,), methods, name=contract.service)()


def who_is_on_the_page(operation: Operation, arguments: Mapping[str, Any]) -> Any:
    return credentials(operation.service, str(arguments.get("run_id") or run_of_the_page() or ""))


def asking(operation: Operation, who: Who) -> Callable[..., Any]:
    """Returns the method of a client."""
    names = tuple(operation.parameters)

    def ask_it(self: Service, *given: Any, **named: Any) -> Any:
        arguments = dict(zip(names, given, strict=False)) | named
        with refusals_noted(operation.verb):
            way = directly if is_here(operation.service) else over_http
            return way(operation, arguments, who(operation, arguments))

    return ask_it


def directly(operation: Operation, arguments: Mapping[str, Any], who: Any) -> Any:
    about = headers_of(operation, arguments)
    address = request.remote_addr if operation.tells_address else None
    app = app_of(operation.service)
    try:
        return direct.call(app, operation.name, arguments, who, address=address, key=about.get(HEADER))
    except direct.Refused as refused:
        raise ApiProblem.of(refused.problem) from None


def over_http(operation: Operation, arguments: Mapping[str, Any], who: Any) -> Any:
    written = {name: quote(str(arguments[name]), safe=":") for name in operation.in_path}
    asked = {name: arguments[name] for name in operation.in_query if arguments.get(name) is not None}
    body = msgspec.to_builtins(arguments[operation.body]) if operation.body else None
    answer = ask(
        operation.service,
        operation.verb,
        operation.address(written),
        who,
        headers=headers_of(operation, arguments) | (from_here() if operation.tells_address else {}),
        params=asked,
        json=body,
        extensions=AS_HARMLESS if operation.only_asks else {},
    )
    return reader_of(operation.answers)(answer.content) if operation.answers else None


def headers_of(operation: Operation, arguments: Mapping[str, Any]) -> dict[str, str]:
    """The key of the form that is sent, for an act."""
    if operation.verb != "POST" or operation.only_asks:
        return {}
    return once_only(
        f"{operation.service} {operation.address({n: str(arguments[n]) for n in operation.in_path})}"
    )


@cache
def reader_of(shape: Any) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(shape).decode
