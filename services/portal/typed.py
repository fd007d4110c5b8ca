"""What a form of ours would have sent; whoever sends something else is told so."""

from collections.abc import Mapping
from typing import NoReturn, TypeVar
from uuid import UUID

from flask import abort, request

from shared.languages import _

Act = TypeVar("Act")


def chosen(acts: Mapping[str, Act]) -> Act:
    """What the button that was pressed stands for."""
    return acts.get(request.form.get("act", "")) or not_complete()


def number_in(name: str) -> int:
    found = request.form.get(name, type=int)
    return not_complete() if found is None else found


def id_in(name: str) -> UUID:
    return request.form.get(name, type=UUID) or not_complete()


def not_complete() -> NoReturn:
    abort(422, description=_("This form was not complete. Try again."))
