"""Marshmallow schemas made from the structs of shared/contracts/api, each once: they check what arrives and write what is answered.

A field's type says what it takes, and Meta its limits: `Annotated[str, Meta(max_length=200)]`. What a type cannot say, Read does:
`Annotated[str, Read(Line, Filled(200))]`. A field with a default may be left out; UNSET stands for one that was not sent.
"""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from inspect import Parameter
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import marshmallow as ma
import msgspec
from msgspec import NODEFAULT, UNSET, Meta, Struct, UnsetType
from msgspec.structs import asdict
from msgspec.structs import fields as fields_of

from shared.web.operations import Operation, Read, is_struct

Shape = TypeVar("Shape", bound=Struct)
PLAIN: dict[Any, type[ma.fields.Field]] = {
    str: ma.fields.String,
    int: ma.fields.Integer,
    float: ma.fields.Float,
    bool: ma.fields.Boolean,
    UUID: ma.fields.UUID,
    datetime: ma.fields.AwareDateTime,
    date: ma.fields.Date,
    Any: ma.fields.Raw,
}


class ShapeSchema(ma.Schema):
    """Loads a struct, and dumps one without the fields that are UNSET. A struct with checks of its own names a subclass of this in its
    class variable `checks`."""

    shape: type[Struct] | None = None

    @ma.post_load
    def into_its_shape(self, sent: dict[str, Any], **_: Any) -> Any:
        return sent if self.shape is None else self.shape(**sent)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        found = super().get_attribute(obj, attr, default)
        return ma.missing if found is UNSET else found


@cache
def schema_of(shape: type[Struct]) -> type[ShapeSchema]:
    """Returns the schema of a struct, under its name. Unknown fields are refused."""
    types = get_type_hints(shape, include_extras=True)
    made = {field.name: field_for(types[field.name], _default_of(field)) for field in fields_of(shape)}
    about = {"shape": shape, "__doc__": shape.__doc__, "__module__": shape.__module__}
    return type(f"{shape.__name__}Schema", (getattr(shape, "checks", ShapeSchema),), made | about)


def sent(shape: Struct) -> dict[str, Any]:
    """Returns the fields of a struct by their names, without those that were not sent."""
    return {name: value for name, value in asdict(shape).items() if value is not UNSET}


def shape_of(shape: type[Shape], thing: Any) -> Shape:
    """Returns the struct with the attributes of a noun that have the names of its fields."""
    return msgspec.convert(thing, shape, from_attributes=True)


def query_of(operation: Operation) -> type[ShapeSchema] | None:
    """Returns the schema of what an operation is asked in the query string; None where that is nothing."""
    defaults = {name: operation.parameters[name].default for name in operation.in_query}
    made = {
        name: field_for(operation.types[name], NODEFAULT if default is Parameter.empty else default)
        for name, default in defaults.items()
    }
    return type(f"{operation.name}Query", (ShapeSchema,), made | {"__module__": __name__}) if made else None


def _default_of(field: Any) -> Any:
    return field.default if field.default_factory is NODEFAULT else field.default_factory


def field_for(kind: Any, default: Any = NODEFAULT) -> ma.fields.Field:
    """Returns the field for a type. Without a default (a value, or what makes one) it has to be sent."""
    kind, notes, may_be_null = _taken_apart(kind)
    how: dict[str, Any] = {"allow_none": may_be_null or kind is Any, "validate": [*_validators(kind, notes)]}
    if default is NODEFAULT:
        how["required"] = True
    elif default is not UNSET:
        how["load_default"] = default
    read = next((note.field for note in notes if isinstance(note, Read) and note.field), None)
    return read(**how) if read else _field(kind, how)


def _taken_apart(kind: Any) -> tuple[Any, list[Any], bool]:
    """Returns the type itself, what is noted about it, and whether null is one of its values."""
    notes: list[Any] = []
    may_be_null = False
    while get_origin(kind) in (Annotated, Union, UnionType):
        if get_origin(kind) is Annotated:
            kind, *more = get_args(kind)
            notes += more
        else:
            may_be_null = may_be_null or NoneType in get_args(kind)
            (kind,) = (one for one in get_args(kind) if one not in (NoneType, UnsetType))
    return kind, notes, may_be_null


def _field(kind: Any, how: dict[str, Any]) -> ma.fields.Field:
    inner = [field_for(one) for one in get_args(kind)] if get_origin(kind) in (list, dict) else []
    if get_origin(kind) is list:
        return ma.fields.List(*inner, **how)
    if get_origin(kind) is dict:
        keys, values = inner
        return ma.fields.Dict(keys=keys, values=values, **how)
    if is_struct(kind):
        return ma.fields.Nested(schema_of(kind), **how)
    return PLAIN[str if get_origin(kind) is Literal else kind](**how)


def _validators(kind: Any, notes: list[Any]) -> Iterator[Any]:
    if get_origin(kind) is Literal:
        yield ma.validate.OneOf(get_args(kind))
    for note in notes:
        if isinstance(note, Read):
            yield from note.validators
        elif isinstance(note, Meta):
            yield from _limits(note)


def _limits(meta: Meta) -> Iterator[Any]:
    if meta.ge is not None or meta.le is not None:
        yield ma.validate.Range(meta.ge, meta.le)
    if meta.min_length is not None or meta.max_length is not None:
        yield ma.validate.Length(meta.min_length, meta.max_length)
    if meta.pattern is not None:
        yield ma.validate.Regexp(meta.pattern)
