"""How a service answers an operation that shared/contracts/api declares: the same function over HTTP and by a direct call."""

from collections.abc import Callable
from io import BytesIO
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from flask import Response, request
from marshmallow import Schema
from msgspec import Struct, to_builtins

from shared.web.acts import Rights
from shared.web.arguments import Blueprint
from shared.web.operations import File, Operation, Upload, inside_list, is_struct, operation_of
from shared.web.shapes import query_of, schema_of

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class Served(NamedTuple):
    """An operation with the function that answers it."""

    operation: Operation
    function: Callable[..., Any]
    endpoint: str
    rights: Rights
    body: Schema | None
    query: Schema | None


def serves(
    blueprint: Blueprint, declared: Callable[Concatenate[Any, Asked], Answer]
) -> Callable[[Callable[Asked, Answer]], Callable[Asked, Answer]]:
    """Has a function answer a declared operation; mypy holds it to the declared signature. Put it above `@limited` and its like."""
    operation = operation_of(declared)

    def serve(function: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
        endpoint = f"{blueprint.name}.{function.__name__}"
        rights = Rights(verb=operation.verb, roles=operation.roles, limit=getattr(function, "limit", None))
        body = schema_of(operation.types[operation.body])() if operation.body else None
        query = made() if (made := query_of(operation)) else None
        served = Served(operation, function, endpoint, rights, body, query)
        blueprint.served.append(served)
        blueprint.add_url_rule(
            operation.path, function.__name__, over_http(blueprint, served), methods=[operation.verb]
        )
        return function

    return serve


def over_http(blueprint: Blueprint, served: Served) -> Callable[..., Any]:
    """Returns the view: it reads the request by the schemas and writes what the function returns."""
    operation = served.operation

    def view(*parsed: Any, **arguments: Any) -> Any:
        for read in parsed:
            arguments |= {str(operation.body): read} if isinstance(read, Struct) else read
        if operation.upload:
            arguments[operation.upload] = file_in_request(operation.upload, operation.largest)
        answer = served.function(**arguments)
        if isinstance(answer, File):
            return as_response(answer)
        return to_builtins(answer) if isinstance(answer, dict) else answer

    view.__name__, view.__doc__ = served.function.__name__, operation.declared.__doc__
    view.__dict__ |= {"operation": operation, "open_to": operation.roles}
    if served.rights.limit:
        view.limit = served.rights.limit  # type: ignore[attr-defined]
    if served.query:
        view = blueprint.arguments(served.query, location="query")(view)
    if served.body:
        view = blueprint.arguments(served.body)(view)
    view = blueprint.response(operation.status, **how_to_write(operation))(view)
    return blueprint.doc(operationId=operation.name, security=[{"token": sorted(operation.roles)}])(view)


def file_in_request(name: str, largest: int | None) -> Upload:
    request.max_content_length = largest
    file = request.files.get(name)
    return (
        Upload(file.filename or "", file.mimetype, file.stream)
        if file
        else Upload(name="", type="", stream=BytesIO())
    )


def as_response(file: File) -> Response:
    return Response(file.content, content_type=file.type, headers=file.headers)


def how_to_write(operation: Operation) -> dict[str, Any]:
    if operation.file:
        return {"content_type": operation.file}
    item = inside_list(operation.answers)
    shape = item or operation.answers
    return {"schema": schema_of(shape)(many=item is not None)} if is_struct(shape) else {}
