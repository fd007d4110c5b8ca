"""A phase that was left out leaves no page that waits for it."""

import html
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.portal.clients.notification import notification
from shared.contracts.api.notification import Appointment
from shared.contracts.process import PhaseOpened, RunPlanned
from shared.languages import gettext, speaking
from shared.tenancy.sessions import acting_for
from tests import worlds
from tests.portal.test_plan import desk, henna, kaisa, on_the_console, run_of, signed, tuula

__all__ = ["desk", "henna", "kaisa", "tuula"]
SERVICES = ("identity", "survey", "voting", "townhall", "workshop", "practice", "publishing")
LEFT_OUT = "jäi väliin tai on ohi"
WAITING = (
    "When this phase begins, you find here a question for each theme. Nothing is asked of you now.",
    "When this phase of the agreed path begins, you read here what colleagues have written, five views at a time, and say what matters to you. Nothing is asked of you now.",
    "When colleagues' views have been read and prioritised, you find here where every view stands. The agreed path tells when that is.",
    "The times will stand here as soon as they are agreed. The path above tells when this round begins.",
    "When the views have been read and prioritised, the questions come to the table, and what groups arrive at stands here.",
    "As soon as it is, you get an invitation with a calendar file, and the time stands here.",
    "It grows from your views and from what the workshops found. It opens here at the launch, and you will be told.",
    "When the workbook has been launched, your team can make rules of its own out of it. You are told when it is time.",
    "When giving views begins, what people write comes here. Until then you can word the themes.",
    "They appear here by themselves when the result of reading and prioritising is released.",
    "Reading has not opened yet. Agree below on what is asked of colleagues.",
    "The agreed path has not reached this event yet. You can prepare everything; it can begin once its phase has opened.",
    "The consultancy begins it when the workshops have their outcomes. You will read the drafts here, clear the quotes together and approve the text.",
)
EMPLOYEES = ("views", "reading", "results", "workshops", "outcomes", "kickoff", "launch", "workbook", "rules")


@pytest.fixture
def run(desk, avis, world) -> str:
    """A run that everybody has heard of."""
    id = run_of(desk)
    with acting_for(avis.id):
        for service in SERVICES:
            world.hear(service, RunPlanned(run_id=id, template="hybrid-work", languages=["fi", "sv"]))
    return str(id)


@pytest.fixture
def skipped(run, desk, avis) -> str:
    """The same, gone straight from planning to the very last phase."""
    signed(desk, avis)
    worlds.moved_on(avis.id, UUID(run), "aftercare")
    return run


def said(person, path: str) -> str:
    page = person.get(path)
    assert page.status_code == 200, page.text
    return " ".join(html.unescape(page.text).split())


def waits(page: str) -> list[str]:
    """The sentences on the page that promise what is to come."""
    with speaking("fi"):
        return [sentence for sentence in WAITING if gettext(sentence) in page]


@pytest.mark.parametrize("name", [name for name in EMPLOYEES if name != "rules"])
def test_no_page_of_employees_waits_for_what_was_left_out(name, skipped, kaisa):
    page = said(kaisa, f"/runs/{skipped}/{name}")
    assert LEFT_OUT in page and not waits(page)


@pytest.mark.parametrize("name", EMPLOYEES)
def test_before_its_phase_each_of_them_says_what_will_come(name, run, kaisa):
    page = said(kaisa, f"/runs/{run}/{name}")
    assert LEFT_OUT not in page and waits(page)


def test_ground_rules_wait_no_more_when_their_phase_is_over(skipped, kaisa, avis):
    worlds.moved_on(avis.id, UUID(skipped))
    page = said(kaisa, f"/runs/{skipped}/rules")
    assert LEFT_OUT in page and not waits(page)


@pytest.mark.parametrize("name", ["moderation", "questions", "results", "kickoff", "launch"])
def test_no_page_of_the_consultancy_waits_for_it_either(name, skipped, desk, henna, avis):
    page = said(henna, on_the_console(desk, avis).replace("/plan", f"/{name}"))
    assert "jäi" in page and not waits(page)


def test_the_clients_desk_waits_for_no_workbook(skipped, tuula):
    page = said(tuula, f"/desk/runs/{skipped}/workbook")
    assert LEFT_OUT in page and not waits(page)


def test_reading_without_views_invites_nobody_to_write_where_writing_was_left_out(
    run, desk, avis, kaisa, world
):
    signed(desk, avis)
    worlds.moved_on(avis.id, UUID(run), "priorities")
    with acting_for(avis.id):
        world.hear("voting", PhaseOpened(run_id=UUID(run), phase="priorities", activities=["prioritise"]))
    page = said(kaisa, f"/runs/{run}/reading")
    assert "Luettavia näkemyksiä ei ole" in page and "kirjoita oma" not in page.lower()


def test_a_date_of_a_phase_that_was_left_out_says_so(skipped, kaisa, monkeypatch):
    soon, gone = datetime.now(UTC) + timedelta(days=3), datetime.now(UTC) - timedelta(days=3)
    dates = [
        Appointment(id=UUID(str(skipped)), kind=kind, title=kind, starts_at=at, ends_at=at, is_off=False)
        for kind, at in (("kickoff", soon), ("kickoff", gone))
    ]
    monkeypatch.setattr(notification, "appointments", lambda run_id: dates)
    page = said(kaisa, f"/runs/{skipped}/dates")
    assert page.count(LEFT_OUT) == 1 and page.count(">Lisää kalenteriini<") == 1


def test_the_home_names_nothing_that_was_left_out(skipped, kaisa):
    page = said(kaisa, "/home")
    assert "Seuraavaksi polulla" not in page and "aloitusluento" not in page


def test_pekka_finds_no_such_page(skipped, browse, kelas):
    pekka = browse(kelas, "Pekka")
    assert pekka.get(f"/runs/{skipped}/results").status_code in (403, 404)
