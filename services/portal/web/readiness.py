"""Whether the portal can show a page: for the first thing of every page, whose host it is, it asks identity. While
another service is away, pages say so and show the rest."""

import time

from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import NOBODY, sign_in_client
from shared.telemetry.bounded import Bounded, NoAnswer

SECONDS = 2.0
REMEMBERED_SECONDS = 2.0  # whoever looks, and however often: identity has better things to do
NOBODYS = "nobodys.invalid"  # a host that nobody has (RFC 6761)


class Seeing:
    """Asks identity as the door does. An answer is worth what it is: another service behind its address says that the page
    is not there, and identity that the host is nobody's."""

    def __init__(self) -> None:
        self.question = Bounded(is_identity, SECONDS)
        self._found: list[str] = []
        self._until = float("-inf")

    @property
    def what_is_wrong(self) -> list[str]:
        if time.monotonic() > self._until:
            self._found = self._look()
            self._until = time.monotonic() + REMEMBERED_SECONDS
        return self._found

    @property
    def what_is_away(self) -> list[str]:
        return []

    def _look(self) -> list[str]:
        try:
            return [] if self.question.ask() else ["What answers in identity's place is not identity."]
        except NoAnswer:
            return [f"Identity has not answered within {SECONDS:.0f} seconds."]
        except ApiProblem as problem:
            return [f"Identity does not answer as it should: {problem}."]


def is_identity() -> bool:
    """Raises ApiProblem where it does not answer, or does not believe us."""
    try:
        sign_in_client(NOBODY).host(NOBODYS)
    except ApiProblem as problem:
        problem.raise_unless(404)
        return problem.code == "nobodys-host"
    return True
