"""The demonstration's ports and home may change after the first start: people sign in as before."""

import pytest
from sqlalchemy import update

from infra.demo import moved
from infra.demo.walker.visitor import Visitor
from services.identity.models import Connection, Member
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import avis as avis
from tests.identity.houses import build as build
from tests.identity.houses import kelas as kelas
from tests.installed import installed


def known_at(house, issuer: str) -> None:
    with acting_for(house.id), sessions_of("identity").begin() as session:
        for noun in (Connection, Member):
            session.execute(update(noun).values(issuer=issuer))


def test_people_stay_who_they_are_when_the_sign_in_has_another_port(avis, kelas, monkeypatch):
    kaisa = avis.employ("Kaisa")
    before = avis.person(avis.sign_in(kaisa))["id"]
    known_at(avis, "http://127.0.0.1:8083")
    known_at(kelas, "https://login.example")
    monkeypatch.setenv("POLKU_SIGN_IN", avis.provider.issuer)
    assert {avis.id, kelas.id} <= set(moved.organisations())
    monkeypatch.setattr(
        moved, "organisations", lambda: [avis.id, kelas.id]
    )  # other tests' ones have two providers here
    moved.main()
    assert avis.person(avis.sign_in(kaisa))["id"] == before
    with acting_for(kelas.id), sessions_of("identity")() as session:
        assert session.query(Connection).one().issuer == "https://login.example"


@pytest.mark.whole
def test_a_home_that_was_moved_and_has_other_ports_lets_people_in(tmp_path):
    with installed(tmp_path / "here", "empty") as polku:
        assert "Henna" in signed_in(polku)
    (tmp_path / "here").rename(tmp_path / "there")
    (tmp_path / "there/ports.json").unlink()
    with installed(tmp_path / "there", "empty") as polku:
        assert "Henna" in signed_in(polku)


def signed_in(polku) -> str:
    """What a lead of the consultancy sees on the console."""
    return Visitor("Henna").sign_in(polku.console, "henna").text("//body")
