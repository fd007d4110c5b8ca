"""The one call to another service: names and addresses from identity itself, and from nowhere else."""

from uuid import UUID, uuid4

import httpx2
import pytest

from services.notification.mails import addresses
from services.notification.mails.addresses import Address, IdentityIsAway, addresses_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import avis as avis
from tests.identity.houses import build as build
from tests.identity.houses import kelas as kelas
from tests.notification.conftest import asked_by


@pytest.fixture
def real_identity(world, monkeypatch):
    monkeypatch.setattr(addresses, "identity", lambda: asked_by(httpx2.WSGITransport(world.app("identity"))))


@pytest.fixture
def kaisa(avis) -> UUID:
    return UUID(avis.member(avis.let_in(avis.employ("Kaisa"))))


def test_identity_gives_the_addresses_of_its_members(real_identity, avis, kaisa):
    with acting_for(avis.id):
        known = addresses_of([kaisa, uuid4()])
    assert known == {kaisa: Address("Kaisa", f"kaisa@{avis.domain}")}


def test_another_organisation_gets_nobodys_address(real_identity, kelas, kaisa):
    with acting_for(kelas.id):
        assert addresses_of([kaisa]) == {}


@pytest.mark.parametrize("answer", [httpx2.Response(503), httpx2.ConnectError("no")])
def test_while_identity_is_away_it_is_said(monkeypatch, avi, answer):
    def answering(request):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(addresses, "identity", lambda: asked_by(httpx2.MockTransport(answering)))
    with pytest.raises(IdentityIsAway):
        addresses_of([uuid4()])
