"""Rights to call a method of the API: `@open_to(...)` on every one, and `only_from` for what one service alone may ask."""

from collections.abc import Callable
from typing import TypeVar

from flask import request

from shared.problems import NotAllowed
from shared.web.acts import caller
from shared.web.roles import ROLES
from shared.web.tokens import issuer_of

Method = TypeVar("Method", bound=Callable)
CALLER = "polku.caller"
"""Of WSGI's environ: who asks, where a call comes from this very process; no header of HTTP has such a name."""


class Unmarked(RuntimeError):
    """A route says nobody who may use it; put @open_to(...) on every method."""


def open_to(*roles: str) -> Callable[[Method], Method]:
    """Say which roles may call this method of the API; nobody else gets in."""
    if unknown := set(roles) - ROLES:
        raise Unmarked(f"There is no role {unknown}.")

    def mark(method: Method) -> Method:
        method.open_to = frozenset(roles)  # type: ignore[attr-defined]
        return method

    return mark


def only_from(issuer: str) -> None:
    """Refuses every service but this one, whose business the question is. The door has verified the token."""
    if who_vouches() != issuer:
        raise NotAllowed


def who_vouches() -> str:
    """The service that says who asks; within this process nobody but the portal calls in its own name."""
    if CALLER in request.environ:
        return "portal" if caller().is_any("service") else "identity"
    return issuer_of(request.authorization.token or "") if request.authorization else ""
