"""Giving a view with a real sign-in: identity's pseudonym, the portal's pages, the survey's rules together."""

import re
from uuid import UUID

import pytest
from sqlalchemy import select

from services.survey.models import Author
from shared.contracts.identity import KeyDestroyed
from shared.contracts.process import PhaseOpened, RunPlanned
from shared.tenancy.sessions import acting_for
from tests.identity.houses import avis as avis
from tests.identity.houses import build as build
from tests.identity.houses import consultancy as consultancy
from tests.identity.houses import grant
from tests.portal.browser import browse as browse
from tests.portal.browser import whole as whole
from tests.survey.conftest import let_all_leave


@pytest.fixture
def henna(browse, consultancy, avis):
    """A lead of the consultancy, let into the client's rooms."""
    browser = browse(consultancy, "Henna", roles=["lead"], host="console.polku.localhost")
    grant(avis, consultancy, consultancy.member(browser.cookie("visit")), "lead")
    return browser


@pytest.fixture
def kaisa(browse, avis):
    return browse(avis, "Kaisa Korhonen")


@pytest.fixture
def run_id(henna, avis, world):
    """A planned run whose collecting is open."""
    form = {"name": "Hybridityö", "starts_at": "2026-11-23T09:00", "languages": ["fi", "sv"]}
    planned = henna.post(f"/clients/{avis.slug}/runs", data=form).headers["Location"]
    run_id = UUID(re.search(r"/runs/([0-9a-f-]{36})", planned)[1])
    with acting_for(avis.id):
        for service in ("identity", "survey"):
            planned = RunPlanned(run_id=run_id, template="hybrid-work", languages=["fi", "sv"])
            world.hear(service, planned)
        world.hear("survey", PhaseOpened(run_id=run_id, phase="views", activities=["give_views"]))
    return run_id


def leave(house, run_id) -> None:
    with acting_for(house.id):
        let_all_leave(run_id)


def gives(browser, run_id, text: str):
    overview = browser.get(f"/runs/{run_id}/views").text
    writing = re.search(rf'href="(/runs/{run_id}/views/[0-9a-f-]{{36}})"', overview)[1]
    receipt = re.search(r'name="receipt" value="([^"]+)"', browser.get(writing).text)[1]
    return browser.post(writing, data={"text": text, "language": "fi", "receipt": receipt, "act": "send"})


def test_a_view_is_given_and_moderated_and_nobody_is_named(kaisa, henna, avis, run_id, world, session_of):
    assert gives(kaisa, run_id, "Kokous alkaa ajallaan.").headers["Location"].endswith("/thanks")
    leave(avis, run_id)
    rooms = f"/clients/{avis.slug}/runs/{run_id}/moderation"
    henna.post(f"{rooms}/claims", data={"act": "take"})
    queue = henna.get(rooms).text
    view = re.search(r'name="view" value="([^"]+)"', queue)[1]
    assert "Kokous alkaa ajallaan." in queue and "Korhonen" not in queue
    read = re.search(rf'name="wording-{view}" value="([^"]+)"', queue)[1]
    said = {"view": view, f"wording-{view}": read, f"decision-{view}": "accept", "act": "settle"}
    henna.post(rooms, data=said)
    assert "Työkaverit voivat lukea sen" in kaisa.get(f"/runs/{run_id}/views/mine").text
    with acting_for(avis.id), session_of("survey") as session:
        (author,) = session.scalars(select(Author.pseudonym)).all()
    assert str(author) != avis.member(kaisa.cookie("visit"))


def test_the_same_person_is_the_same_pseudonym_on_another_device(kaisa, browse, avis, run_id):
    gives(kaisa, run_id, "Minun sanani.")
    phone = browse(avis, "Kaisa Korhonen")
    assert "Minun sanani." in phone.get(f"/runs/{run_id}/views/mine").text


def test_the_receipt_outlives_the_key(kaisa, browse, avis, run_id, world):
    gives(kaisa, run_id, "Minun sanani.")
    leave(avis, run_id)
    with acting_for(avis.id):
        world.hear("survey", KeyDestroyed(run_id=run_id, purpose="survey"))
    phone = browse(avis, "Kaisa Korhonen")
    assert "Minun sanani." not in phone.get(f"/runs/{run_id}/views/mine").text
    assert "Minun sanani." in kaisa.get(f"/runs/{run_id}/views/mine").text


def test_a_consultant_without_access_does_not_moderate(browse, consultancy, avis, run_id):
    stranger = browse(consultancy, "Pekka", roles=["facilitator"], host="console.polku.localhost")
    assert stranger.get(f"/clients/{avis.slug}/runs/{run_id}/moderation").status_code == 403
