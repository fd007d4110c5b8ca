"""Reads what a form of ours would have sent; whoever sends something else is told so."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from flask import request
from werkzeug.datastructures import ImmutableMultiDict

from services.portal.clients.base import NOWHERE, ApiProblem
from services.portal.forms.validation_words import MISSING
from services.portal.menu import N_

Act = TypeVar("Act")
Shape = TypeVar("Shape", bound=msgspec.Struct)


class Fields(ImmutableMultiDict[str, str]):
    """The fields of a form as they were typed, for its template: `typed.name` is empty where none was sent."""

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):  # what Python asks every object for is no field
            raise AttributeError(name)
        return self.get(name, "")


def chosen(acts: Mapping[str, Act]) -> Act:
    """Returns what the button that was pressed stands for."""
    if act := acts.get(request.form.get("act", "")):
        return act
    raise not_complete("act")


def number_in(name: str) -> int:
    if (found := request.form.get(name, type=int)) is None:
        raise not_complete(name)
    return found


def id_in(name: str) -> UUID:
    if found := request.form.get(name, type=UUID):
        return found
    raise not_complete(name)


def id_from(text: str) -> UUID:
    """The id that a field stands for; what is none was not offered, and is not here."""
    try:
        return UUID(text)
    except ValueError:
        raise ApiProblem(404, "not-found", NOWHERE) from None


def as_sent(shape: type[Shape], fields: Mapping[str, Any]) -> Shape:
    """Returns what a form says, in the shape of what is asked; the service looks at each value, and says what is wrong at which field."""
    if strange := set(fields) - {field.name for field in msgspec.structs.fields(shape)}:
        raise not_complete(min(strange))
    return shape(**fields)


@contextmanager
def complete_form() -> Iterator[None]:
    """Refuses what a form of ours would not have sent: an act or a field that is missing, a number that is none."""
    try:
        yield
    except (KeyError, ValueError, OverflowError) as error:
        raise not_complete("act") from error


def not_complete(name: str) -> ApiProblem:
    """As a service would have refused it."""
    return ApiProblem(422, "invalid-input", N_("This form was not complete. Try again."), {name: [MISSING]})
