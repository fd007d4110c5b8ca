"""What people see while a service does not answer: the rest, and a sentence."""

import socket

import pytest

from services.portal.clients import base
from shared.web.calling import FAILURES_ALLOWED, client_of
from tests import worlds
from tests.portal.test_plan import desk as desk
from tests.portal.test_plan import henna as henna
from tests.portal.test_plan import kaisa as kaisa
from tests.portal.test_plan import run_of, signed

AWAY = "ei vastaa"
TOTAL = 'id="bus-total"'
MISSING = "tästä voi puuttua jotakin"


@pytest.fixture
def takes_away(monkeypatch):
    """takes_away("survey") puts a closed door where that service was."""
    inside, doors = base.connection_to, {}

    def take_away(service: str) -> None:
        with socket.socket() as knock:
            knock.bind(("127.0.0.1", 0))
            doors[service] = client_of(service, f"http://127.0.0.1:{knock.getsockname()[1]}")

    monkeypatch.setattr(base, "connection_to", lambda service: doors.get(service) or inside(service))
    yield take_away
    for door in doors.values():
        door.close()


@pytest.fixture
def run(desk, avis) -> str:
    """A run whose kickoff is open."""
    signed(desk, avis)
    worlds.moved_on(avis.id, run_of(desk))
    return desk.replace("/desk", "")


def test_the_home_shows_the_rest_and_says_that_something_may_be_missing(run, kaisa, takes_away):
    assert MISSING not in kaisa.get("/home").text
    takes_away("townhall")
    page = kaisa.get("/home")
    assert page.status_code == 200 and MISSING in page.text
    assert 'class="path' in page.text


def test_it_does_not_say_that_nothing_is_asked_when_it_cannot_know(run, kaisa, takes_away):
    takes_away("townhall")
    assert "Juuri nyt sinulta ei kysytä mitään" not in kaisa.get("/home").text


def test_a_page_without_its_path_is_still_a_page(run, kaisa, takes_away):
    dates = run.replace("/plan", "/dates")
    assert 'class="path' in kaisa.get(dates).text
    takes_away("process")
    page = kaisa.get(dates)
    assert page.status_code == 200 and 'class="path' not in page.text


def test_a_page_that_needs_it_says_so_at_once_also_when_the_circuit_is_open(run, kaisa, takes_away):
    takes_away("process")
    for _ in range(FAILURES_ALLOWED + 1):
        page = kaisa.get("/home")
        assert page.status_code == 503 and AWAY in page.text


def test_without_identity_the_page_is_a_sentence_too(kaisa, takes_away):
    takes_away("identity")
    page = kaisa.get("/home")
    assert page.status_code == 503 and AWAY in page.text


def test_a_page_stands_without_its_clients_colours_when_publishing_is_away(kaisa, takes_away):
    takes_away("publishing")
    assert kaisa.get("/theme.css").status_code == 200
    assert kaisa.get("/home").status_code == 200


def test_the_operator_sees_who_does_not_answer_and_how_the_others_are(henna, takes_away):
    assert TOTAL in henna.get("/operations").text
    takes_away("voting")
    page = henna.get("/operations")
    assert page.status_code == 200 and "Näiltä palveluilta ei saada vastausta: Tärkeysjärjestys" in page.text
    assert page.text.count(AWAY) == 1 and 'id="bus-survey"' in page.text
    assert TOTAL not in page.text, "a sum of some would be taken for the sum of all"
