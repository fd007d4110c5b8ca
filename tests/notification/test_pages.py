"""The pages about notices: one's own choice, the stop link, dates for the calendar, numbers at the client's desk."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.notification.mails import texts
from services.notification.models import Recipient
from shared.contracts.process import PlanAgreed
from shared.contracts.townhall import TownhallScheduled
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import avis as avis
from tests.identity.houses import build as build
from tests.identity.houses import consultancy as consultancy
from tests.identity.houses import kelas as kelas
from tests.portal.browser import browse as browse
from tests.portal.browser import whole as whole

HALL = uuid4()


@pytest.fixture
def kaisa(browse, avis):
    return browse(avis, "Kaisa")


def test_a_person_chooses_what_to_be_told(kaisa):
    assert kaisa.get("/notices").text.count("checked") == 3
    answer = kaisa.post("/notices", {"kinds": ["changes"], "mail_language": "sv"})
    assert answer.status_code == 303
    page = kaisa.get("/notices").text
    assert page.count("checked") == 1
    assert re.search(r'value="changes"[^>]*checked', page)
    assert re.search(r'<option value="sv" selected', page)


@pytest.fixture
def run_id(avis, world) -> UUID:
    """A run of theirs, as its consultancy planned it."""
    lead = world.door("process").of(avis.id).as_("lead")
    plan = {"name": "Hybridi", "starts_at": datetime.now(UTC).isoformat(), "languages": ["fi", "sv"]}
    answer = lead.post("/runs", json=plan)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json["id"])


@pytest.fixture
def token(kaisa, avis):
    """What stands in the stop link of Kaisa's mails."""
    member = UUID(avis.member(kaisa.cookie("visit")))
    with acting_for(avis.id), sessions_of("notification").begin() as session:
        return Recipient.known_as(member, session).stop_token


def test_the_stop_link_does_nothing_by_being_looked_at(browse, avis, kaisa, token):
    stranger = browse(avis)
    assert stranger.get(f"/notices/stop/{token}").status_code == 200
    assert kaisa.get("/notices").text.count("checked") == 3


def test_the_stop_link_works_without_signing_in_and_from_a_mail_program(browse, avis, kaisa, token):
    answer = browse(avis).post(f"/notices/stop/{token}", {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert kaisa.get("/notices").text.count("checked") == 0


def test_a_stop_link_of_another_organisation_stops_nothing(browse, kelas, kaisa, token):
    assert browse(kelas).post(f"/notices/stop/{token}").status_code == 404
    assert kaisa.get("/notices").text.count("checked") == 3


def test_a_date_goes_into_the_calendar(kaisa, avis, world, run_id):
    starts_at = datetime.now(UTC) + timedelta(days=3)
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
    with acting_for(avis.id):
        world.hear("notification", TownhallScheduled(run_id=run_id, hall_id=HALL, purpose="kickoff", **times))
    page = kaisa.get(f"/runs/{run_id}/dates").text
    link = re.search(r'href="(/runs/[^"]+\.ics)"', page)[1]
    answer = kaisa.get(link)
    assert answer.content_type.startswith("text/calendar")
    assert answer.text.startswith("BEGIN:VCALENDAR")


def test_the_coordinator_sees_numbers_and_no_names(browse, avis, world, run_id):
    tuula = browse(avis, "Tuula", roles=["coordinator"])
    with acting_for(avis.id):
        world.hear("notification", PlanAgreed(run_id=run_id, version=1))
    page = tuula.get(f"/desk/runs/{run_id}/notices")
    assert page.status_code == 200, page.text
    assert 'id="occasions"' in page.text and "kaisa" not in page.text.lower()


def test_an_employee_does_not_come_to_the_desk(kaisa, run_id):
    assert kaisa.get(f"/desk/runs/{run_id}/notices").status_code == 403


TOLD = {
    "title": "Työpaja",
    "link": "",
    "starts_at": "2027-03-02T07:00:00+00:00",
    "ends_at": "2027-03-02T09:00:00+00:00",
    "state": "coming",
    "leader": "",
}
SESSION = {"session_id": str(HALL), "standing": "place", "session": TOLD}
FACTS = {
    "invitation": {"activities": ["give_views"]},
    "reminder": {"activities": ["give_views"], "closes_at": "2027-03-02T07:00:00+00:00"},
    "townhall": {"purpose": "launch", "starts_at": "2027-03-02T07:00:00+00:00", "appointment_id": str(HALL)},
    "plan": {"what": "proposed"},
    "session": SESSION,
    "place": SESSION | {"standing": "moved_up"},
    "session_reminder": SESSION,
    "webhook": {"webhook_id": str(HALL), "why": "gone"},
    "way_in": {"change": "closed"},
    "audit_head": {"entries": 41, "seal": "5c" * 32},
    "way_in_link": {"link_id": str(HALL), "secret": "a-secret"},
}


@pytest.mark.parametrize("kind", texts.MAILS)
def test_every_mail_leads_to_a_page_that_is_there(whole, kind):
    mail = texts.write(kind, uuid4(), FACTS.get(kind, {}))
    whole.url_map.bind("avi.polku.localhost").match(mail.path.partition("#")[0])
