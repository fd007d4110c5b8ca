"""Administrators hear of every change of their ways in; the first one gets the link that confirms them."""

from uuid import UUID, uuid4

import httpx2
import pytest

from services.notification.mails import addresses
from shared.contracts.identity import HostRecordMissing, WayInChanged, WayInConfirmationAsked
from tests.notification.conftest import asked_by


@pytest.fixture
def secret_of(identity, monkeypatch):
    """Identity answers for links as well: secret_of[link id] = the secret."""
    known: dict[str, str] = {}
    directory = addresses.identity()

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST":
            return directory.request("POST", request.url.path, content=request.content)
        link = request.url.path.rpartition("/")[2]
        return httpx2.Response(200, json={"secret": known[link]}) if link in known else httpx2.Response(404)

    monkeypatch.setattr(addresses, "identity", lambda: asked_by(httpx2.MockTransport(answer)))
    return known


@pytest.fixture
def sari(people, joins) -> UUID:
    return joins("Sari", "fi", ("participant", "admin"))


def changed(kind: str = "edited") -> WayInChanged:
    return WayInChanged(change_id=uuid4(), connection_id=uuid4(), kind=kind)


def test_every_administrator_hears_of_a_change_and_nobody_else(
    sari, joins, smtp, hear, an_hour_passes, mails
):
    joins("Gunilla", "sv", ("participant", "admin", "coordinator"))
    hear("notification", changed("closed"))
    an_hour_passes()
    got = mails()
    assert set(got) == {"sari", "gunilla"}
    assert "suljettiin" in got["sari"][0].get_content()
    assert "http://avi.polku.localhost:8080/settings\r\n" in got["sari"][0].get_content()
    assert "stängdes" in got["gunilla"][0].get_content()


def test_each_change_is_a_mail_of_its_own(sari, smtp, hear, an_hour_passes, mails):
    hear("notification", changed("made"), changed("secret_replaced"))
    an_hour_passes()
    assert len(mails()["sari"]) == 2


def test_no_wish_keeps_it_from_an_administrator(sari, smtp, hear, http, an_hour_passes, mails):
    quiet = {"invitations": False, "changes": False, "reminders": False}
    answer = http("notification").as_("participant", subject=sari).put("/wishes", json=quiet)
    assert answer.status_code == 200, answer.json
    hear("notification", changed())
    an_hour_passes()
    (mail,) = mails()["sari"]
    assert mail["List-Unsubscribe"] is None


def test_every_administrator_hears_that_a_host_names_record_is_missing_whatever_the_wishes(
    sari, joins, smtp, hear, http, an_hour_passes, mails
):
    joins("Kaisa", "fi", ("participant", "coordinator"))
    quiet = {"invitations": False, "changes": False, "reminders": False}
    http("notification").as_("participant", subject=sari).put("/wishes", json=quiet)
    hear("notification", HostRecordMissing(claim_id=uuid4()))
    an_hour_passes()
    an_hour_passes()
    got = mails()
    (mail,) = got["sari"]
    assert set(got) == {"sari"} and "DNS-tietue puuttuu" in mail["Subject"]
    assert ":8080/settings\r\n" in mail.get_content()


def test_the_first_administrator_alone_gets_the_link(
    sari, joins, secret_of, smtp, hear, an_hour_passes, mails
):
    joins("Gunilla", "sv", ("participant", "admin"))
    link = uuid4()
    secret_of[str(link)] = "a-secret-of-its-own"
    hear("notification", WayInConfirmationAsked(link_id=link, connection_id=uuid4(), member_id=sari))
    an_hour_passes()
    got = mails()
    assert set(got) == {"sari"}
    assert (
        f"http://avi.polku.localhost:8080/ways-in/{link}/a-secret-of-its-own" in got["sari"][0].get_content()
    )


def test_a_link_that_is_over_when_the_mail_would_go_is_not_sent(
    sari, secret_of, smtp, hear, an_hour_passes, mails
):
    hear("notification", WayInConfirmationAsked(link_id=uuid4(), connection_id=uuid4(), member_id=sari))
    an_hour_passes()
    assert "sari" not in mails()


def test_the_link_may_be_heard_of_before_the_person(
    secret_of, people, identity, smtp, hear, an_hour_passes, mails
):
    link, eeva = uuid4(), uuid4()
    identity.people[str(eeva)] = {
        "id": str(eeva),
        "name": "Eeva",
        "email": "eeva@avi.example",
        "language": "fi",
    }
    secret_of[str(link)] = "secret"
    hear("notification", WayInConfirmationAsked(link_id=link, connection_id=uuid4(), member_id=eeva))
    an_hour_passes()
    assert len(mails()["eeva"]) == 1
