"""Whoever may change a way in tries to become somebody else by it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from services.identity.models import Connection
from shared.database import sessions_of
from shared.tenancy import acting_for
from tests.identity.houses import avis as avis
from tests.identity.houses import build as build
from tests.identity.houses import kelas as kelas
from tests.identity.provider import Provider, running
from tests.identity.test_clients import inside

KEPT = ("name", "issuer", "client_id", "domains", "claims", "role_names")


@pytest.fixture
def sari(avis):
    """The client's administrator."""
    return inside(avis, avis.sign_in(avis.employ("Sari", roles=["admin"])))


@pytest.fixture
def evil() -> Iterator[Provider]:
    """A provider that says of itself whatever its owner likes."""
    with running() as provider:
        yield provider


@contextmanager
def trusted(provider: Provider, monkeypatch):
    """The demonstration's exception for plain http, moved to another provider."""
    with monkeypatch.context() as moved:
        moved.setenv("POLKU_SIGN_IN", provider.issuer)
        yield


def ours(door) -> dict:
    (way,) = door.get("/connections").json
    return {name: way[name] for name in KEPT} | {"id": way["id"]}


def changed(door, **different):
    way = ours(door)
    return door.put(f"/connections/{way.pop('id')}", json=way | different)


@pytest.mark.parametrize("field", ["issuer", "client_id"])
def test_a_used_way_in_leads_nowhere_else(avis, sari, evil, monkeypatch, field):
    mikael = avis.person(avis.sign_in(avis.employ("Mikael")))["id"]
    with trusted(evil, monkeypatch):
        refused = changed(sari, **{field: evil.issuer})
    assert (refused.status_code, refused.json["code"]) == (409, "is-used")
    assert avis.person(avis.sign_in(avis.employ("Mikael")))["id"] == mikael


def test_another_issuers_mikael_is_not_ours(avis, sari, evil, monkeypatch):
    """Even where somebody gets at the row itself: the account is keyed by who vouched for it."""
    mikael = avis.person(avis.sign_in(avis.employ("Mikael")))["id"]
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.query(Connection).one().issuer = evil.issuer
    avis.provider = evil
    with trusted(evil, monkeypatch):
        assert avis.person(avis.sign_in(avis.employ("Mikael")))["id"] != mikael


def test_what_does_not_lead_elsewhere_may_change(sari):
    assert changed(sari, name="Oma", secret="another").status_code == 200


def test_a_way_in_that_nobody_used_may_still_be_corrected(sari, avis):
    way = {"name": "Kumppanit", "issuer": avis.provider.issuer, "client_id": "polku-2"}
    made = sari.post("/connections", json=way).json
    corrected = sari.put(f"/connections/{made['id']}", json=way | {"client_id": "polku-3"})
    assert corrected.json["client_id"] == "polku-3"


@pytest.mark.parametrize("change", [{"closed_at": "now()"}, {"client_id": "polku-3"}])
def test_a_sign_in_that_was_under_way_ends_with_its_way_in(avis, sari, monkeypatch, change):
    """The provider answers while somebody closes the way in, or leads it elsewhere."""
    from services.identity import oidc

    brought = avis.provider.sign_in(avis.begin()["url"], avis.employ("Mikael"))
    answered = oidc.claims_for

    def meanwhile(*told):
        claims = answered(*told)
        with acting_for(avis.id), sessions_of("identity").begin() as session:
            session.query(Connection).update(change)
        return claims

    monkeypatch.setattr(oidc, "claims_for", meanwhile)
    refused = avis.door.post("/sign-ins/callback", json=brought)
    assert (refused.status_code, refused.json["code"]) == (409, "no-longer-open")


def test_a_strangers_way_in_is_not_there(avis, kelas, sari):
    pekka = inside(kelas, kelas.sign_in(kelas.employ("Pekka", roles=["admin"])))
    theirs = ours(sari)
    assert pekka.put(f"/connections/{theirs.pop('id')}", json=theirs).status_code == 404
