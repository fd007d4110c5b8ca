"""Asks identity: whose host this is, who is there, and the people of an organisation."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from urllib.parse import quote
from uuid import UUID

from services.portal.areas.sign_in.known_browser import counted_by
from services.portal.clients.base import Client, from_here, in_our_own_name
from services.portal.clients.typed import client
from shared.contracts.api.identity import Identity as Declared
from shared.contracts.api.identity import IdsAsked
from shared.contracts.api.identity_people import People
from shared.contracts.api.identity_tenants import Tenants
from shared.contracts.api.identity_ways_in import WaysIn
from shared.web.operations import Operation
from shared.web.tokens import Caller

NOBODY = UUID(int=0)


class AsPortal:
    """The portal itself, for an organisation, before anybody is known."""

    def __init__(self, tenant: UUID) -> None:
        self.tenant = tenant

    def who(self, operation: Operation, arguments: Mapping[str, Any]) -> Caller | str:
        return in_our_own_name(operation.service, self.tenant)

    def address(self) -> str:
        return counted_by()

    def once(self, call: str) -> dict[str, str]:
        return {}

    def noting(self, verb: str) -> AbstractContextManager[None]:
        return nullcontext()


def sign_in_client(tenant: UUID) -> Declared:
    """Asks in the portal's own name, for this organisation."""
    return client(Declared, AsPortal(tenant))


myself = client(People)
"""What a signed-in person asks about people and oneself."""
tenants = client(Tenants)
"""Organisations: clients, names and hosts, and the consultancy's access."""
ways_in = client(WaysIn)
"""The ways to sign in, for administrators and those who lead."""


def names_of(ids: Iterable[UUID | str]) -> dict[str, str]:
    """The names of members by their ids; those who were forgotten have none."""
    wanted = sorted({UUID(str(id)) for id in ids})
    found = myself.names(IdsAsked(ids=wanted)).names if wanted else {}
    return {str(id): name for id, name in found.items()}


class Identity(Client):
    """Identity, as a signed-in person may call it."""

    service = "identity"

    # people

    def members(self, **params: Any) -> dict[str, Any]:
        """A page of people: items and next; narrowed by words, unit_id, site_id, role."""
        return self.get("/members", **{name: value or None for name, value in params.items()})

    def member(self, member_id: UUID | str) -> dict[str, Any]:
        return self.get(f"/members/{member_id}")

    def change_member(self, member_id: UUID | str, changed: dict[str, Any]) -> dict[str, Any]:
        return self.patch(f"/members/{member_id}", changed)

    def give_role(self, member_id: UUID | str, role: str) -> dict[str, Any]:
        return self.post(f"/members/{member_id}/roles", {"role": role})

    def take_role(self, member_id: UUID | str, role: str) -> dict[str, Any]:
        return self.delete(f"/members/{member_id}/roles/{quote(role, safe='')}")

    def let_go(self, member_id: UUID | str) -> None:
        self.post(f"/members/{member_id}/leaving")

    def take_in(self, people: list[dict[str, Any]]) -> dict[str, int]:
        """A list of people; the answer counts added, changed and unchanged."""
        return self.post("/people-list", {"people": people}, headers=from_here())

    def units(self) -> list[dict[str, Any]]:
        return self.get("/units")["items"]

    def sites(self) -> list[dict[str, Any]]:
        return self.get("/sites")["items"]

    def turnout(self, run_id: UUID | str, activity: str) -> dict[str, Any]:
        """How many took part, by unit and site; None where a number is withheld."""
        return self.get(f"/runs/{run_id}/turnout/{activity}")

    def key_days(self) -> dict[str, dict[str, dict[str, Any]]]:
        """By run and purpose: the day on which the key is destroyed or was, none while it is not known; and whether it was."""
        return self.get("/key-days")["runs"]


identity = Identity()
