"""Asks identity: whose host this is, who is there, and the people of an organisation."""

from typing import Any
from uuid import UUID

from services.portal.clients.base import ApiProblem, Client, connection_to, plain, said
from shared.tokens import service_token

NOBODY = UUID(int=0)


class Doorkeeper:
    """What the portal asks in its own name, before anybody is known."""

    def host(self, host: str) -> dict[str, Any]:
        return self._ask("GET", f"/hosts/{host}", NOBODY)

    def begin(self, tenant: UUID, redirect_uri: str, back: str, connection_id: str | None) -> dict[str, Any]:
        body = {"redirect_uri": redirect_uri, "back": back, "connection_id": connection_id}
        return self._ask("POST", "/sign-ins", tenant, body)

    def finish(self, tenant: UUID, state: str, code: str, error: str) -> dict[str, Any]:
        return self._ask("POST", "/sign-ins/callback", tenant, {"state": state, "code": code, "error": error})

    def current(self, tenant: UUID, secret: str, **asked: Any) -> dict[str, Any]:
        return self._ask("POST", "/sessions/current", tenant, {"secret": secret} | asked)

    def tokens(self, tenant: UUID, secret: str, **asked: Any) -> dict[str, str]:
        return self._ask("POST", "/tokens", tenant, {"secret": secret} | asked)["tokens"]

    def end(self, tenant: UUID, secret: str) -> None:
        self._ask("POST", "/sessions/end", tenant, {"secret": secret})

    def _ask(self, method: str, path: str, tenant: UUID, body: dict[str, Any] | None = None) -> Any:
        token = service_token("portal", "identity", tenant)
        headers = {"Authorization": f"Bearer {token}"}
        answer = connection_to("identity").request(method, path, headers=headers, json=plain(body))
        if not answer.is_success:
            raise ApiProblem.told(answer)
        return said(answer)


class Identity(Client):
    """What a signed-in person may ask."""

    service = "identity"

    def names(self, ids: list[UUID | str]) -> dict[str, str]:
        """The names of members by their ids."""
        return self.post("/names", {"ids": sorted({str(id) for id in ids})})["names"] if ids else {}

    def clients(self) -> list[dict[str, Any]]:
        """The consultancy's clients, with the roles that this person has there."""
        return self.get("/clients")


doorkeeper = Doorkeeper()
identity = Identity()
