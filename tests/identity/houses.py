"""Organisations whose people can really sign in, for the tests of identity and of the portal's door."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from services.identity.bootstrap import open_consultancy
from services.identity.models import (
    ConfirmationLink,
    Connection,
    Organisation,
    SignInSession,
    StaffAccess,
)
from services.identity.people.accounts import signed_in
from services.identity.people.models.member import roles_of
from services.identity.pseudonyms.returning import recognise
from services.identity.sign_in.hashing import hash_secret
from services.identity.sign_in.limits import secret_of
from services.identity.tenants.models.staff_access import today
from shared.contracts.process import RunPlanned
from shared.database import sessions_of
from shared.settings import base_domain
from shared.tenancy.sessions import acting_for
from shared.web.tokens import Caller
from tests.conftest import Door, World
from tests.identity.provider import Provider


@dataclass
class House:
    """An organisation with a host name, a way in, and people who work there."""

    id: UUID
    slug: str
    provider: Provider
    world: World
    people: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"{self.slug}.{base_domain()}"

    @property
    def domain(self) -> str:
        return f"{self.slug}.example"

    @property
    def door(self) -> Door:
        """The identity service, asked by the portal for this organisation."""
        service = Caller(tenant=self.id, subject=UUID(int=0), roles=frozenset({"service"}))
        return replace(self.world.door("identity"), who=service)

    def employ(self, name: str, **claims: Any) -> str:
        """Somebody works here; the answer is how the organisation's sign-in knows the person."""
        subject = f"{name.lower()}-{self.slug}"
        address = f"{name.lower()}@{self.domain}"
        self.people[subject] = {"name": name, "email": address, "email_verified": True} | claims
        self.provider.know(subject, **self.people[subject])
        return subject

    def let_in(self, subject: str) -> str:
        """The secret of a fresh session, as identity opens it once a provider has vouched for this person."""
        claims = {"sub": subject} | self.people[subject]
        with acting_for(self.id), sessions_of("identity").begin() as session:
            way_in = Connection.still_open(Connection.open_ones(session)[0], session)
            member = signed_in(way_in, claims, session)
            session.flush()
            recognise(member, session)
            return SignInSession.open(member, way_in.id, session)

    def member(self, secret: str) -> str:
        """Whose session this is: the id of the account."""
        with acting_for(self.id), sessions_of("identity")() as session:
            whose = select(SignInSession.member_id).filter_by(secret_hash=hash_secret(secret_of(secret)))
            return str(session.scalars(whose).one())

    def begin(self, back: str = "/") -> dict[str, str]:
        asked = {"redirect_uri": f"http://{self.host}/sign-in/back", "back": back}
        answer = self.door.post("/sign-ins", json=asked)
        while answer.status_code == 503:
            answer = self.door.post("/sign-ins", json=asked)
        assert answer.status_code == 201, answer.json
        return answer.json

    def sign_in(self, subject: str) -> str:
        """The secret of a fresh session, by the whole way over the provider."""
        brought = self.provider.sign_in(self.begin()["url"], subject)
        answer = self.door.post("/sign-ins/callback", json=brought)
        while (
            answer.status_code == 503
        ):  # many are signing in: the page comes back by itself, with the same state
            answer = self.door.post("/sign-ins/callback", json=brought)
        assert answer.status_code == 201, answer.json
        return answer.json["secret"]

    def plans(self, run_id: UUID) -> None:
        """A run is planned, and identity hears of it."""
        with acting_for(self.id):
            self.world.hear("identity", RunPlanned(run_id=run_id, template="hybrid-work", languages=["fi"]))

    def confirm(self) -> None:
        """The first administrator follows the link in the latest mail."""
        with acting_for(self.id), sessions_of("identity")() as session:
            link = session.scalars(select(ConfirmationLink)).one()
        used = self.door.post(f"/confirmation-links/{link.id}", json={"secret": link.secret, "confirm": True})
        assert used.status_code == 200, used.json

    def current(self, secret: str, **asked: Any):
        return self.door.post("/sessions/current", json={"secret": secret} | asked)

    def person(self, secret: str) -> dict[str, Any]:
        return self.current(secret).json["person"]


@pytest.fixture
def build(world, provider) -> Callable[..., House]:
    """build() makes a client organisation of this test alone."""

    def build(kind: str = "client", name: str = "Aluevirasto", languages: tuple = ("fi", "sv")) -> House:
        with acting_for(uuid4()) as id, sessions_of("identity").begin() as session:
            slug = f"a{id.hex[:12]}"
            Organisation.open(session, slug=slug, name=name, kind=kind, languages=list(languages))
            way_in = {
                "name": name,
                "issuer": provider.issuer,
                "client_id": f"polku-{slug}",
                "secret": "a secret",
                "role_names": {role: role for role in roles_of(kind)},
            }
            Connection.set_up(session, domains=[f"{slug}.example"], **way_in).confirm("dns", None, session)
        return House(id, slug, provider, world)

    return build


@pytest.fixture
def avis(build) -> House:
    return build()


@pytest.fixture
def kelas(build) -> House:
    """The other organisation."""
    return build(name="Kela")


@pytest.fixture
def consultancy(world, provider) -> House:
    """The one consultancy of the installation; its people have names of this test alone."""
    way_in = {
        "name": "Työhuone",
        "issuer": provider.issuer,
        "client_id": "polku-tyohuone",
        "secret": "a secret",
        "role_names": {role: role for role in roles_of("consultancy")},
    }
    id = open_consultancy("tyohuone", "Työhuone Oy", way_in | {"domains": ["tyohuone.example"]})
    return House(id, "tyohuone", provider, world)


def grant(client: House, staff: House, staff_id: str, *roles: str, days: int = 30) -> None:
    """The client lets somebody of the consultancy in."""
    from datetime import timedelta

    whom = {"staff_id": UUID(staff_id), "staff_name": "Henna", "home_id": staff.id, "granted_by": "Tuula"}
    about = {"roles": list(roles), "reason": "Leads our path.", "ends_on": today() + timedelta(days=days)}
    with acting_for(client.id), sessions_of("identity").begin() as session:
        StaffAccess.grant(session, **whom, **about)
