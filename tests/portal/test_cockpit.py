"""The cockpit: all clients' runs in steps and counts, what needs a person first."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.identity.models import Client
from shared.contracts.process import RunMoved
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import grant


@pytest.fixture
def henna(browse, consultancy):
    return browse(consultancy, "Henna", roles=["lead"], host="console.polku.localhost")


@pytest.fixture
def on_our_list(consultancy):
    """on_our_list(avis, "#8a3b6b") puts a client on the consultancy's list."""

    def put(client, name: str, colour: str) -> None:
        with acting_for(consultancy.id), sessions_of("identity").begin() as session:
            session.add(Client(client_id=client.id, slug=client.slug, name=name, colour=colour))

    return put


def move(world, client, consultancy, **more) -> UUID:
    """What the process tells of one run."""
    run = uuid4()
    about = {"run_id": run, "client_id": client.id, "consultancy_id": consultancy.id, "phase": "priorities"}
    with acting_for(client.id):
        world.hear("process", RunMoved(**(about | more)))
    return run


def test_a_run_that_needs_a_person_stands_before_those_that_go_as_agreed(
    henna, avis, kelas, consultancy, on_our_list, world
):
    on_our_list(avis, f"Virasto {avis.slug}", "#1d4a43")
    on_our_list(kelas, f"Liitto {kelas.slug}", "#8a3b6b")
    soon = datetime.now(UTC) + timedelta(days=1)
    move(world, avis, consultancy, next_phase="deepen", next_at=soon)
    move(world, kelas, consultancy, drift=["low_turnout"], waiting=["move_on"], took_part=62, invited=100)
    page = henna.get("/cockpit").text
    assert page.index(f"Liitto {kelas.slug}") < page.index(f"Virasto {avis.slug}")
    assert "harva on osallistunut" in page and "Tavoite on saavutettu: avaa seuraava vaihe" in page
    assert 'fill="#8a3b6b"' in page and "62" in page


def test_a_client_is_entered_from_its_row_by_those_who_have_a_grant(
    henna, avis, consultancy, on_our_list, world
):
    on_our_list(avis, f"Virasto {avis.slug}", "#1d4a43")
    run = move(world, avis, consultancy)
    assert f"/clients/{avis.slug}/runs/{run}/plan" not in henna.get("/cockpit").text
    access_for(henna, avis, consultancy)
    assert f"/clients/{avis.slug}/runs/{run}/plan" in henna.get("/cockpit").text


def access_for(browser, client, consultancy) -> None:
    """The client grants it; the consultancy hears of it and notes it on its own list."""
    from services.identity.models import Assignment
    from services.identity.tenants.models.staff_access import today

    staff = consultancy.member(browser.cookie("visit"))
    grant(client, consultancy, staff, "lead")
    with acting_for(consultancy.id), sessions_of("identity").begin() as session:
        granted = {"client_id": client.id, "staff_id": UUID(staff), "roles": ["lead"], "ends_on": today()}
        Assignment.note(session, uuid4(), **granted)


def test_who_leads_a_run_is_named_in_its_row(henna, browse, avis, consultancy, on_our_list, world):
    on_our_list(avis, f"Virasto {avis.slug}", "#1d4a43")
    sanna = browse(consultancy, "Sanna Saari", roles=["lead"], host="console.polku.localhost")
    move(world, avis, consultancy, led_by=UUID(consultancy.member(sanna.cookie("visit"))))
    assert '<td data-label="Vetäjä">Sanna Saari</td>' in henna.get("/cockpit").text


def test_a_client_without_a_run_is_not_forgotten(henna, avis, on_our_list):
    on_our_list(avis, f"Virasto {avis.slug}", "#1d4a43")
    page = henna.get("/cockpit").text
    assert "Asiakkaat, joilla ei ole vielä polkua" in page and f"Virasto {avis.slug}" in page


def test_the_front_page_of_the_console_is_the_cockpit(henna):
    assert henna.get("/").headers["Location"] == "/cockpit"


def test_the_cockpit_is_for_the_consultancys_people(browse, consultancy, avis):
    visitor = browse(consultancy, "Vieras", roles=[], host="console.polku.localhost")
    assert visitor.get("/cockpit").status_code == 403
    kaisa = browse(avis, "Kaisa")
    assert kaisa.get("/cockpit").status_code == 404


def test_a_road_is_kept_as_a_template_and_planned_for_the_next_client(henna, avis, consultancy, on_our_list):
    import re
    from html import unescape

    on_our_list(avis, f"Virasto {avis.slug}", "#1d4a43")
    access_for(henna, avis, consultancy)
    form = {"name": "Hybridityö", "starts_at": "2026-11-23T09:00", "languages": ["fi"]}
    plan = henna.post(f"/clients/{avis.slug}/runs", data=form).headers["Location"]
    page = henna.get(f"{plan}/template").text
    shape = unescape(re.search(r'name="phases" value="([^"]+)"', page)[1])
    name = f"Malli {avis.slug}"
    assert henna.post("/templates", data={"name": name, "phases": shape}).headers["Location"] == "/templates"
    assert name in henna.get("/templates").text
    again = henna.post(f"/clients/{avis.slug}/runs/new", data={"phases": shape})
    assert "Säilytetyn mallin" in again.text
    planned = henna.post(f"/clients/{avis.slug}/runs", data=form | {"phases": shape})
    assert planned.status_code == 303


def test_a_template_that_is_none_is_not_kept(henna):
    assert henna.post("/templates", data={"name": "", "phases": "not json"}).status_code == 303
    assert "Sitä ei tallennettu" in henna.get("/templates").text
