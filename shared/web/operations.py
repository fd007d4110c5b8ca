"""The operations of services: each is declared once, in shared/contracts/api/<service>.py, as a method without a body.

From the declaration come the route and its documents (shared/web/serving.py), the portal's client (services/portal/clients/typed.py), and the
types that mypy holds both to. Shapes are msgspec structs; nothing here knows Flask or a service's nouns.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import (
    IO,
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from marshmallow import fields
from msgspec import Meta, Struct

Declared = TypeVar("Declared", bound=Callable)
Language = Literal["fi", "sv", "en"]
"""Those that Polku speaks (shared/languages.py)."""
USUAL_PAGE, LONGEST_PAGE = 50, 200
PageSize = Annotated[int, Meta(ge=1, le=LONGEST_PAGE)]
IN_PATH = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")


class Read:
    """Says in an Annotated type with which field and validators a value is read: `Annotated[str, Read(Line, Filled(200))]`."""

    def __init__(self, field: type[fields.Field] | None = None, *validators: Callable[[Any], Any]) -> None:
        self.field, self.validators = field, validators


class File(Struct, frozen=True, kw_only=True):
    """An answer that is no JSON: its media type, the bytes, and headers that go with them."""

    type: str
    content: bytes
    headers: dict[str, str] = {}


class Upload(NamedTuple):
    """A file that is sent, as multipart/form-data under the parameter's name; empty where none was."""

    name: str
    type: str
    stream: IO[bytes]


@dataclass(kw_only=True)
class Operation:
    """One thing that a service can be asked."""

    verb: str
    path: str
    """As Werkzeug writes rules: /runs/<uuid:run_id>/answers."""
    roles: frozenset[str]
    declared: Callable
    status: int
    only_asks: bool
    """A POST that changes nothing: it may be sent again, and needs no key of an act."""
    tells_address: bool
    """Its number is limited by the browser's address (shared/web/limits.py)."""
    file: str | None
    """The media type of the File that it answers, as the documents say it."""
    largest: int | None
    """How many bytes a request with a file may have."""
    patience: int | None
    """Seconds that an answer may take, where they are more than usual."""
    service: str = ""

    @property
    def name(self) -> str:
        return self.declared.__name__

    @cached_property
    def parameters(self) -> dict[str, inspect.Parameter]:
        given = inspect.signature(self.declared).parameters
        return {name: parameter for name, parameter in given.items() if name != "self"}

    @cached_property
    def types(self) -> dict[str, Any]:
        """The type of each parameter."""
        known = get_type_hints(self.declared, include_extras=True)
        return {name: known[name] for name in self.parameters}

    @cached_property
    def answers(self) -> Any:
        """The type of what it returns; None where it returns nothing."""
        shape = get_type_hints(self.declared, include_extras=True)["return"]
        return None if shape is NoneType else shape

    @cached_property
    def in_path(self) -> tuple[str, ...]:
        return tuple(IN_PATH.findall(self.path))

    @cached_property
    def body(self) -> str | None:
        """The name of the parameter that is the body: the one that is a struct."""
        return next((name for name, kind in self.types.items() if is_struct(kind)), None)

    @cached_property
    def upload(self) -> str | None:
        """The name of the parameter that is a file."""
        return next((name for name, kind in self.types.items() if kind is Upload), None)

    @cached_property
    def in_query(self) -> tuple[str, ...]:
        elsewhere = (*self.in_path, self.body, self.upload)
        return tuple(name for name in self.parameters if name not in elsewhere)

    def address(self, written: Mapping[str, str]) -> str:
        """Returns the path with these arguments, each as it is written in an address."""
        return IN_PATH.sub(lambda found: written[found[1]], self.path)


def is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def inside_list(kind: Any) -> Any:
    """Returns the type of the items of a list, None for what is no list."""
    return get_args(kind)[0] if get_origin(kind) is list else None


class Service:
    """The operations of one service: `class Voting(Service, name="voting")`."""

    service: ClassVar[str]
    operations: ClassVar[dict[str, Operation]]

    def __init_subclass__(cls, name: str, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.service, cls.operations = name, {}
        for declared in vars(cls).values():
            if isinstance(found := getattr(declared, "operation", None), Operation):
                found.service = name
                cls.operations[found.name] = found


def operation(
    verb: str,
    path: str,
    *roles: str,
    status: int | None = None,
    only_asks: bool = False,
    tells_address: bool = False,
    file: str | None = None,
    largest: int | None = None,
    patience: int | None = None,
) -> Callable[[Declared], Declared]:
    """Declares a method of a Service as an operation that is open to these roles and to nobody else. Its status is 200, or 204 where it
    returns nothing, unless it says another."""

    def declare(method: Declared) -> Declared:
        returns_nothing = method.__annotations__["return"] is None
        method.operation = Operation(  # type: ignore[attr-defined]
            verb=verb,
            path=path,
            roles=frozenset(roles),
            declared=method,
            status=status or (204 if returns_nothing else 200),
            only_asks=only_asks,
            tells_address=tells_address,
            file=file,
            largest=largest,
            patience=patience,
        )
        return method

    return declare


def operation_of(declared: Callable) -> Operation:
    found: Operation = declared.operation  # type: ignore[attr-defined]
    return found
