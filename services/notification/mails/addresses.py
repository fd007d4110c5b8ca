"""Asks identity for names and addresses, in batches, at the moment of posting; nothing of it is kept here.

One of two calls between services outside the portal; docs/decisions says why.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

import httpx2

from shared.settings import setting, web_port
from shared.tenancy.sessions import current_tenant
from shared.web.calling import AS_IDEMPOTENT, client_of
from shared.web.tokens import service_token


class IdentityIsAway(RuntimeError):
    """Identity does not answer: the mails wait, and we ask again."""


@dataclass(frozen=True)
class Address:
    """The address where a member gets mail."""

    name: str
    email: str
    facts: dict[str, Any] = field(default_factory=dict)  # what is told to this one alone


@dataclass(frozen=True)
class Sender:
    """In whose name a mail goes out, and where answers to it go."""

    name: str
    reply_to: str | None


def addresses_of(members: Iterable[UUID]) -> dict[UUID, Address]:
    """The members who have an address; raises IdentityIsAway when identity cannot be asked."""
    return as_addresses(ask("POST", "/addresses", json={"ids": [str(member) for member in members]}))


def addresses_to_remind(run_id: UUID, activities: list[str], members: Iterable[UUID]) -> dict[UUID, Address]:
    """Returns those of the members who have taken part in none of the activities until now and have an address; who has is asked
    by identity at this moment, and kept nowhere. Raises IdentityIsAway."""
    params = {"activities": activities, "ids": [str(member) for member in members]}
    return as_addresses(ask("POST", f"/runs/{run_id}/to-remind", json=params))


def addresses_at_session(
    run_id: UUID, session_id: str, telling: int | None, members: Iterable[UUID]
) -> dict[UUID, Address]:
    """Returns those of the members whom news of a workshop session concern, or of one telling of its places, and have an address; with
    how they stand to it, and what it is. Asked by identity at this moment, and kept nowhere. Raises IdentityIsAway."""
    params = {"telling": telling, "ids": [str(member) for member in members]}
    answer = ask("POST", f"/runs/{run_id}/sessions/{session_id}/concerned", json=params)
    known = answer.json() if answer else {"addresses": []}
    return {
        UUID(each["id"]): Address(
            each["name"], each["email"], {"standing": each["standing"], "session": known["session"]}
        )
        for each in known["addresses"]
    }


def as_addresses(answer: httpx2.Response | None) -> dict[UUID, Address]:
    known = answer.json()["addresses"] if answer else []
    return {UUID(each["id"]): Address(each["name"], each["email"]) for each in known}


def sender_of_mails() -> Sender:
    """How the organisation is called at this moment; raises IdentityIsAway."""
    answer = ask("GET", "/mail-sender")
    people = answer.json() if answer else {}
    return Sender(people.get("name", ""), people.get("reply_to"))


def secret_of_link(link_id: str) -> str | None:
    """The secret of a link that confirms a way in, None once it is over; it goes into the mail and nowhere else."""
    answer = ask("GET", f"/confirmation-links/{link_id}")
    return answer.json()["secret"] if answer else None


def ask(method: str, path: str, **asked: Any) -> httpx2.Response | None:
    """Identity's answer, None where it says that this is not there; raises IdentityIsAway when it gives none."""
    token = service_token("notification", "identity", current_tenant())
    how: dict[str, Any] = {"headers": {"Authorization": f"Bearer {token}"}, "extensions": AS_IDEMPOTENT}
    try:
        answer = identity().request(method, path, **asked, **how)
        return None if answer.status_code == 404 else answer.raise_for_status()
    except httpx2.HTTPError as error:
        raise IdentityIsAway(f"identity gave no answer: {type(error).__name__}") from None


@cache
def identity() -> httpx2.Client:
    """One circuit and a few kept connections for the whole process."""
    return client_of("identity", setting("IDENTITY_URL", f"http://127.0.0.1:{web_port()}/api/identity"))
