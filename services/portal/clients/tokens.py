"""The tokens with which a page calls the services for the person who asks for it.

Those of the services that the page called the last time are ordered with its question who is there, any other when it is first
called. They are kept for the next pages of the same session, in this process's memory and for less than a minute. The door asks
at every request who is there, and identity says with each answer which version of an access context it tells of: a token of another
version is not used any more, and after a session has ended nobody asks for one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any, NamedTuple

from flask import request

from services.portal.clients.base import ApiProblem, run_of_the_page
from shared.contracts.api.identity import Tokens as Made
from shared.expiring import ExpiringCache
from shared.web.tokens import SECONDS

KEPT_SECONDS = SECONDS - 15  # the call that is made with it has to arrive before it ends
MOST_KEPT = 5_000
SECRET_LETTERS = 43  # the rest of what a browser holds is sealed by identity
Asked = Callable[[str, list[str]], Made]


class Name(NamedTuple):
    """The key of a token: whose it is and for what; `face` is the client whose rooms, and whether as an employee."""

    session: bytes
    face: tuple[Any, ...]
    run_id: str
    service: str


class Kept(NamedTuple):
    version: str
    token: str


KEPT = ExpiringCache[Name, Kept](MOST_KEPT)
_called: dict[tuple[str, str, bool], frozenset[str]] = {}


def forget(secret: str) -> None:
    """The session has ended."""
    session = session_of(secret)
    KEPT.forget(lambda name: name.session == session)


def session_of(secret: str) -> bytes:
    """Secrets are in nobody's memory but the browser's. What is sealed behind one changes while the session goes on."""
    return sha256(secret[:SECRET_LETTERS].encode()).digest()


class Nobodys:
    """Somebody who has not signed in has none."""

    def of(self, service: str, run_id: str) -> str | None:
        raise ApiProblem(401, "who-are-you", "Sign in first.")

    def note_what_was_called(self) -> None:
        """Pages for everybody order nothing."""


class Tokens:
    """The tokens of one person on one page; `ask` asks identity for tokens of services, for a run."""

    def __init__(self, secret: str, face: Iterable[Any], ask: Asked) -> None:
        self._session, self._face, self._ask = session_of(secret), tuple(face), ask
        self._own = str(run_of_the_page() or "")
        self._version = ""
        self._here: dict[tuple[str, str], str | None] = {}
        self._called = defaultdict[bool, set[str]](set)

    def to_order(self) -> list[str]:
        """The services whose tokens the page needs, as far as we know, and does not have."""
        kept = {name for name in self._called_last_time(self._own) if KEPT.get(self._name(name, self._own))}
        return sorted(self._called_last_time(self._own) - kept)

    def came(self, made: Made, run_id: str | None = None) -> None:
        """Takes what identity says, and keeps what is not for this page alone."""
        run_id, self._version = self._own if run_id is None else run_id, made.version
        for service, token in made.tokens.items():
            self._here[run_id, service] = token
            if service not in made.for_once:
                KEPT.keep(self._name(service, run_id), Kept(self._version, token), KEPT_SECONDS)

    def of(self, service: str, run_id: str) -> str | None:
        """The token for a service and a run; None where the person has no business there."""
        self._called[run_id == self._own].add(service)
        if (run_id, service) not in self._here and not self._is_kept(service, run_id):
            self._order(service, run_id)
        return self._here.get((run_id, service))

    def note_what_was_called(self) -> None:
        for is_own in (True, False):
            _called[self._page(is_own)] = frozenset(self._called[is_own])

    def _order(self, service: str, run_id: str) -> None:
        """From identity, with what else the page will need for this run."""
        others = [one for one in self._called_last_time(run_id) if not self._is_kept(one, run_id)]
        self.came(self._ask(run_id, sorted({service, *others})), run_id)

    def _is_kept(self, service: str, run_id: str) -> bool:
        """Whether there is one of the access of today; then it is used."""
        kept = KEPT.get(self._name(service, run_id))
        if kept is None or kept.version != self._version:
            return False
        self._here[run_id, service] = kept.token
        return True

    def _called_last_time(self, run_id: str) -> frozenset[str]:
        return _called.get(self._page(run_id == self._own), frozenset())

    def _page(self, is_own: bool) -> tuple[str, str, bool]:
        return request.endpoint or "", request.method, is_own

    def _name(self, service: str, run_id: str) -> Name:
        return Name(self._session, self._face, run_id, service)
