"""What a form of ours would have sent; whoever sends something else is told so."""

from collections.abc import Mapping
from typing import TypeVar
from uuid import UUID

from flask import request

from services.portal.clients.base import ApiProblem
from services.portal.menu import N_
from services.portal.validation_words import MISSING

Act = TypeVar("Act")


def chosen(acts: Mapping[str, Act]) -> Act:
    """What the button that was pressed stands for."""
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


def not_complete(name: str) -> ApiProblem:
    """As a service would have refused it."""
    return ApiProblem(422, "invalid-input", N_("This form was not complete. Try again."), {name: [MISSING]})
