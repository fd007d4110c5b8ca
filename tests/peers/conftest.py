"""Keycloak and oidc-provider, each started once for all tests, and an organisation whose people sign in there."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.serving import make_server

from infra.database.postgres import free_port
from infra.processes.ports import LOOPBACK
from infra.trouble import CannotStart
from services.identity import models
from services.identity.models import Connection
from shared.database import sessions_of
from shared.settings import base_domain
from shared.tenancy.sessions import acting_for
from shared.web.outbound import http_client
from tests.conftest import World
from tests.identity.houses import House
from tests.identity.provider import brought_to
from tests.notification.certificates import Authority
from tests.peers.keycloak.server import CLIENT, Keycloak
from tests.peers.oidc_provider.server import ALGORITHMS, OidcProvider
from tests.peers.peer import LOCALHOST, SECRET, Certificates, Guest, Peer
from tests.portal.browser import browse as browse
from tests.portal.browser import whole as whole


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> Iterator[Certificates]:
    """For this machine, which lies in a network that the operator has opened."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = Authority(folder)
    authority.secures(LOCALHOST)
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("SSL_CERT_FILE", str(authority.bundle))
        settings.setenv("POLKU_OUTGOING_NETWORKS", "127.0.0.0/8, ::1/128")
        http_client.trust.cache_clear()
        yield Certificates.of(folder / f"{LOCALHOST}.pem", authority.bundle)
    http_client.trust.cache_clear()


@pytest.fixture(scope="session")
def portal_of(whole) -> Iterator[Callable[[str], str]]:
    """portal_of("avi") is the address of that organisation's portal, which also other programs may call."""
    server = make_server(LOOPBACK, 0, whole, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield lambda slug: f"http://{slug}.{base_domain()}:{server.server_port}"
    server.shutdown()
    thread.join()


@dataclass
class Guests:
    """A peer as a house's sign-in: people fill in its pages, and their browsers stay as they are afterwards."""

    peer: Peer
    portal: str
    at: dict[str, Guest] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return self.peer.issuer

    def sign_in(self, url: str, person: str, known: Guest | None = None) -> dict[str, str]:
        self.at[person] = known or Guest(self.peer, self.portal)
        return brought_to(self.peer.lets_in(self.at[person], url, person))


@dataclass
class Organisation:
    """An organisation, and its ways in by name."""

    house: House
    ways_in: dict[str, Connection]
    portal: str

    def back_channel(self, way_in: str) -> str:
        return f"{self.portal}/sign-in/back-channel/{self.ways_in[way_in].id}"

    @property
    def guests(self) -> Guests:
        return self.house.provider  # type: ignore[return-value]


def organisation(slug: str, portal: str, peer: Peer, **ways_in: dict[str, Any]) -> Organisation:
    """Opens one with these ways in, all to this peer."""
    with acting_for(uuid4()) as id, sessions_of("identity").begin() as session:
        models.Organisation.open(session, slug=slug, name=slug, kind="client", languages=["fi", "sv", "en"])
        usual = {"issuer": peer.issuer, "domains": [f"{slug}.example"]}
        made = {name: Connection.set_up(session, name=name, **usual, **way) for name, way in ways_in.items()}
        for way in made.values():
            way.confirm("dns", None, session)
    return Organisation(House(id, slug, Guests(peer, portal), World()), made, portal)  # type: ignore[arg-type]


ROLES = {"Polun vetäjät": "coordinator", "Ylläpito": "admin"}


@pytest.fixture(scope="session")
def at_keycloak(portal_of, certificates, tmp_path_factory) -> Iterator[Organisation]:
    """What was fetched and built stays in POLKU_TEST_KEYCLOAK, where that names a folder, for the next run."""
    folder = Path(os.environ.get("POLKU_TEST_KEYCLOAK") or tmp_path_factory.mktemp("keycloak"))
    portal = portal_of("avi")
    keycloak = Keycloak(folder, free_port(), certificates, portal)
    described = {"client_id": CLIENT, "secret": SECRET, "claims": {"roles": "groups"}, "role_names": ROLES}
    avi = organisation("avi", portal, keycloak, Keycloak=described)
    keycloak.back_channel = avi.back_channel("Keycloak")
    with here(keycloak):
        yield avi


PEOPLE = {
    "kaisa": {"name": "Kaisa Niemi", "email": "kaisa@kela.example", "email_verified": True, "locale": "sv"},
    "tuula": {
        "name": "Tuula Koski",
        "email": "tuula@kela.example",
        "email_verified": True,
        "roles": ["Polun vetäjät"],
    },
    "pekka": {"name": "Pekka", "email": "pekka@elsewhere.example", "email_verified": True},
}


@pytest.fixture(scope="session")
def at_node(portal_of, certificates, tmp_path_factory) -> Iterator[Organisation]:
    """One way in for each algorithm by which ID tokens may be signed."""
    provider = OidcProvider(tmp_path_factory.mktemp("oidc-provider"), free_port(), certificates, PEOPLE)
    described = {name: {"client_id": name, "secret": SECRET, "role_names": ROLES} for name in ALGORITHMS}
    kela = organisation("kela", portal_of("kela"), provider, **described)
    for name, way in kela.ways_in.items():
        signed_out, back_channel = f"{kela.portal}/signed-out", kela.back_channel(name)
        provider.knows_client(name, way.return_address(kela.portal), signed_out, back_channel)
    with here(provider):
        yield kela


@contextmanager
def here(peer: Peer) -> Iterator[None]:
    """Whoever asks for these tests has been promised that they run: what is missing fails them."""
    try:
        peer.start()
    except CannotStart as lack:
        pytest.fail(str(lack))
    try:
        yield
    finally:
        peer.stop()


@pytest.fixture(params=["at_keycloak", "at_node"])
def at(request) -> Organisation:
    """The organisation whose people sign in at Keycloak, then that of oidc-provider."""
    return request.getfixturevalue(request.param)
