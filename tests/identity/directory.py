"""A client's directory that announces people by SCIM, at the organisation's host as every directory does."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from werkzeug.test import Client, TestResponse

from services.identity.base import today
from services.identity.models import Connection, Member, ProvisionedPerson, ProvisioningToken
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import House

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass
class Directory:
    """It has a token for the first way in of a house."""

    house: House
    client: Client
    token: str

    @property
    def base(self) -> str:
        return f"http://{self.house.host}/scim/v2"

    def ask(self, method: str, path: str, body: Any = None, **how: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} | how.pop("headers", {})
        kind = {"json": body, "content_type": "application/scim+json"} if body is not None else {}
        return self.client.open(
            f"/scim/v2{path}",
            method=method,
            base_url=f"http://{self.house.host}",
            headers=headers,
            **kind,
            **how,
        )

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.ask("GET", path, query_string=query)

    def announce(self, user_name: str, **said: Any) -> dict[str, Any]:
        answer = self.ask("POST", "/Users", {"schemas": [USER], "userName": user_name} | said)
        assert answer.status_code == 201, answer.text
        return answer.json

    def group(self, name: str, *people: str) -> dict[str, Any]:
        members = [{"value": person} for person in people]
        answer = self.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": name, "members": members})
        assert answer.status_code == 201, answer.text
        return answer.json

    def patch(self, path: str, *operations: dict[str, Any]) -> TestResponse:
        return self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def change(self, path: str, *operations: dict[str, Any]) -> None:
        answer = self.patch(path, *operations)
        assert answer.status_code in (200, 204), answer.text

    def member(self, id: str) -> Member | None:
        """The member that a user is here."""
        with acting_for(self.house.id), sessions_of("identity")() as session:
            person = session.scalars(select(ProvisionedPerson).filter_by(id=UUID(id))).one()
            return session.scalars(select(Member).filter_by(id=person.member_id)).one_or_none()

    def members(self) -> list[Member]:
        with acting_for(self.house.id), sessions_of("identity")() as session:
            return list(session.scalars(select(Member).order_by(Member.name)))


def token_for(house: House, days: int = 30) -> str:
    with acting_for(house.id), sessions_of("identity").begin() as session:
        way = session.scalars(select(Connection)).first()
        return ProvisioningToken.make(way, today() + timedelta(days=days), uuid4(), session)[1]


def joins_by(house: House, claim: str) -> None:
    """The way in says which claim the directory's externalId is."""
    with acting_for(house.id), sessions_of("identity").begin() as session:
        session.scalars(select(Connection)).one().claims = {"joining": claim}


@pytest.fixture
def directory(whole, avis) -> Directory:
    return Directory(avis, whole.test_client(), token_for(avis))


@pytest.fixture
def kelas_directory(whole, kelas) -> Directory:
    return Directory(kelas, whole.test_client(), token_for(kelas))
