"""Reads what arrives at a service: JSON of any shape and depth, query strings and paths end as arguments that a
database has a form for, or as a refusal that says which field. Texts are cleaned here once, and secrets left alone."""

import json
from collections.abc import Iterator
from datetime import date
from math import isfinite
from typing import Any

import flask_smorest
from flask import Flask, Request
from marshmallow import Schema, ValidationError, fields
from msgspec import Struct
from msgspec.structs import asdict
from webargs.core import is_json, missing
from webargs.flaskparser import FlaskParser, abort
from werkzeug.datastructures import MultiDict
from werkzeug.routing import IntegerConverter, UnicodeConverter
from werkzeug.routing import ValidationError as NoSuchPath

from shared.web.cleaning import NOT_TYPED, cleaned, cleaned_through
from shared.web.fields import Secret
from shared.web.json_text import json_in

FIRST_YEAR, LAST_YEAR = 1900, 2199
HIGHEST = 2**63 - 1  # PostgreSQL's bigint
OUT_OF_RANGE = "This is out of range."
NO_OBJECT = "Invalid input type."  # as marshmallow says it


class Parser(FlaskParser):
    """Reads a request by a schema."""

    def _raw_load_json(self, req: Request) -> Any:
        if not is_json(req.mimetype):
            return missing
        try:
            return json_in(req.get_data())
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise  # the parser above us knows: nothing at all is no body
        except ValueError as error:
            abort(400, exc=error, messages={"json": ["Invalid JSON body."]})

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        kept = names_of_secrets(schema)
        pairs = [
            (cleaned(name), value if name in kept else cleaned(value))
            for name, value in req.args.items(multi=True)
        ]
        return self._makeproxy(MultiDict(pairs), schema)

    def pre_load(self, location_data: Any, *, schema: Schema, req: Request, location: str) -> Any:
        if location != "json":
            return location_data
        return cleaned_by(schema, location_data)

    def parse(self, argmap: Any, req: Request | None = None, **options: Any) -> Any:
        loaded = super().parse(argmap, req, **options)
        if beyond := dict(out_of_range(loaded)):
            abort(422, messages={options.get("location") or self.location: beyond})
        return loaded


class Blueprint(flask_smorest.Blueprint):
    """A part of a service's API; what it is asked with goes through our parser."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.served: list[Any] = []  # the operations that it answers (shared/web/serving.py)


def cleaned_by(schema: Schema, value: Any) -> Any:
    """Returns what JSON said, each text cleaned unless its field is a secret; objects are demanded where the schema has them,
    because hooks of schemas look into them first."""
    if schema.many and isinstance(value, list):
        return [cleaned_object(schema, item) for item in value]
    return cleaned_object(schema, value)


def cleaned_object(schema: Schema, value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValidationError(NO_OBJECT)
    by_name = {field.data_key or name: field for name, field in schema.load_fields.items()}
    return {cleaned(name): cleaned_field(by_name.get(name), item) for name, item in value.items()}


def cleaned_field(field: fields.Field | None, value: Any) -> Any:
    if isinstance(field, Secret):
        return value
    if isinstance(field, fields.Nested) and isinstance(value, dict):
        return cleaned_object(field.schema, value)
    if isinstance(field, fields.List) and isinstance(value, list):
        return [cleaned_field(field.inner, item) for item in value]
    return cleaned_through(value)


def names_of_secrets(schema: Schema) -> set[str]:
    return {field.data_key or name for name, field in schema.load_fields.items() if isinstance(field, Secret)}


def out_of_range(value: Any, place: str = "") -> Iterator[tuple[str, list[str]]]:
    """(field, what is wrong) for days and numbers with which nobody can reckon or that the database cannot hold."""
    if isinstance(value, Struct):
        value = asdict(value)
    if isinstance(value, dict):
        for name, item in value.items():
            yield from out_of_range(item, place or str(name))
    elif isinstance(value, list):
        for item in value:
            yield from out_of_range(item, place)
    elif not is_in_range(value):
        yield place, [OUT_OF_RANGE]


def is_in_range(value: Any) -> bool:
    if isinstance(value, date):
        return FIRST_YEAR <= value.year <= LAST_YEAR
    if isinstance(value, int):
        return -HIGHEST <= value <= HIGHEST
    return not isinstance(value, float) or isfinite(value)


class Number(IntegerConverter):
    """A number in an address, no larger than the database's."""

    regex = r"\d{1,18}"


class Text(UnicodeConverter):
    """A text in an address; one with controls in it is the address of nothing."""

    def to_python(self, value: str) -> str:
        if NOT_TYPED.search(value):
            raise NoSuchPath
        return cleaned(value)


def read_addresses(app: Flask) -> None:
    """Before the routes are added."""
    app.url_map.converters |= {"int": Number, "string": Text, "default": Text}
