"""The dead letters of a service, asked for and settled in the portal's own name; who gave one up is said along."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from services.portal.clients.base import ask, in_our_own_name, plain


class DeadLetters:
    """One service's dead letters, for the operator."""

    def __init__(self, service: str, organisation: UUID):
        self.service, self.organisation = service, organisation

    def waiting(self, **params: Any) -> dict[str, Any]:
        return self._call("GET", "/letters", params={name: value for name, value in params.items() if value})

    def one(self, nr: int) -> dict[str, Any]:
        return self._call("GET", f"/letters/{nr}")

    def discarded(self, after: str) -> dict[str, Any]:
        """A page of what was given up, the newest first: discarded and next."""
        return self._call("GET", "/letters/discarded", params={"after": after} if after else {})

    def replay(self, **which: Any) -> dict[str, int]:
        """{"settled": 12, "failed": 1, "left": 30}: it goes on for some seconds; what is left is for the next call."""
        return self._call("POST", "/letters/replay", json=which)

    def discard(self, nr: int, why: str, by: UUID, with_parked: bool) -> dict[str, int]:
        reason = {"why": why, "by": by, "with_parked": with_parked}
        return self._call("POST", f"/letters/{nr}/discard", json=plain(reason))

    def release(self, topic: str, partition: int, by: UUID) -> None:
        self._call("POST", f"/brakes/{quote(topic, safe='')}/{partition}/release", json=plain({"by": by}))

    def _call(self, method: str, path: str, **options: Any) -> Any:
        portal = in_our_own_name(self.service, self.organisation)
        answer = ask(self.service, method, path, portal, **options)
        return answer.json() if answer.content else None
