"""The pages of sessions: their times, the waiting list, dates."""

from datetime import UTC, datetime

from shared.contracts.workshop import WorkshopCalledOff, WorkshopScheduled
from shared.tenancy.sessions import acting_for
from tests.workshop.journeys import WHEN, signed_up
from tests.workshop.journeys import avis as avis
from tests.workshop.journeys import browse as browse
from tests.workshop.journeys import build as build
from tests.workshop.journeys import consultancy as consultancy
from tests.workshop.journeys import employ as employ
from tests.workshop.journeys import henna as henna
from tests.workshop.journeys import journey as journey
from tests.workshop.journeys import prepared as prepared
from tests.workshop.journeys import whole as whole

GAP = {"starts_at": "2027-03-28T03:30", "ends_at": "2027-03-28T05:00"}  # the clocks go from three to four


def test_the_waiting_list_is_said_on_the_page(journey, employ, prepared):
    session = prepared.schedule(places=1)["id"]
    kaisa, matti = employ("Kaisa"), employ("Matti")
    signed_up(kaisa, journey, session)
    signed_up(matti, journey, session)
    assert matti.open(f"/runs/{journey.id}/workshops").tree.xpath('//article//span[contains(@class, "wait")]')
    kaisa.submit(kaisa.open(f"/runs/{journey.id}/workshops"), f"place-{session}", "leave")
    assert matti.open(f"/runs/{journey.id}/workshops").tree.xpath('//article//span[contains(@class, "good")]')


def test_a_session_that_ends_before_it_starts_is_refused_with_what_was_typed(journey, henna):
    page = henna.open(f"{journey.console}/sessions")
    wrong = WHEN | {"round": "1", "ends_at": "2027-03-02T08:00", "title": "Takaperin"}
    page = henna.submit(page, "schedule-session", **wrong)
    assert page.status == 409 and 'value="Takaperin"' in page.text


def test_a_time_that_does_not_exist_is_asked_back_at_its_field_with_what_was_typed(
    journey, henna, world, avis
):
    page = henna.open(f"{journey.console}/sessions")
    page = henna.submit(page, "schedule-session", **WHEN | GAP | {"round": "1", "title": "Kevätyö"})
    assert page.status == 422 and 'value="Kevätyö"' in page.text and page.has("There is no such time")
    [field] = page.tree.xpath('//input[@id="starts_at"]')
    about = page.tree.get_element_by_id(field.get("aria-describedby"))
    assert field.get("aria-invalid") == "true" and field.get("value") == GAP["starts_at"]
    assert "There is no such time" in about.text_content()
    assert world.told("workshop", WorkshopScheduled, tenant=avis.id) == [], "nobody was told"


def test_a_session_in_three_years_is_scheduled_once_it_is_said_that_it_is_meant(journey, henna, world, avis):
    page, year = henna.open(f"{journey.console}/sessions"), datetime.now(UTC).year + 3
    far = {"starts_at": f"{year}-03-02T09:00", "ends_at": f"{year}-03-02T11:00"}
    page = henna.submit(page, "schedule-session", **WHEN | far | {"round": "1"})
    assert page.status == 422 and page.has("more than two years off")
    meant = {f"{name}.meant": page.tree.xpath(f'//input[@name="{name}.meant"]/@value')[0] for name in far}
    assert henna.submit(page, "schedule-session", **meant).has("The session is scheduled.")
    assert len(world.told("workshop", WorkshopScheduled, tenant=avis.id)) == 1


def test_a_session_is_moved_to_no_time_that_has_passed_and_the_form_comes_back(journey, henna, prepared):
    session = prepared.schedule()["id"]
    page = henna.open(f"{journey.console}/sessions/{session}")
    past = {"starts_at": "2026-03-02T09:00", "ends_at": "2026-03-02T11:00", "title": "Toinen nimi"}
    page = henna.submit(page, "reschedule-session", "reschedule", **past)
    assert page.status == 422 and page.has("This time has passed already.")
    assert 'value="Toinen nimi"' in page.text and 'value="2026-03-02T09:00"' in page.text


def test_the_page_of_dates_says_what_has_become_of_sessions(journey, employ, henna, prepared, world, avis):
    session = prepared.schedule(places=1)["id"]
    kaisa, matti = employ("Kaisa"), employ("Matti")
    for person in (kaisa, matti):
        signed_up(person, journey, session)
    kaisa.submit(kaisa.open(f"/runs/{journey.id}/workshops"), f"place-{session}", "leave")
    page = henna.open(f"{journey.console}/sessions/{session}")
    later = {"starts_at": "2027-03-03T09:00", "ends_at": "2027-03-03T11:00", "title": "Hiljainen työ"}
    henna.submit(page, "reschedule-session", "reschedule", **later)
    dates = f"/runs/{journey.id}/dates"

    def hears() -> None:
        told = world.told("workshop", WorkshopScheduled, WorkshopCalledOff, tenant=avis.id)
        with acting_for(avis.id):
            world.hear("notification", *told)

    hears()
    page = matti.open(dates)
    assert page.has("Hiljainen työ") and page.has("Uusi aika") and page.has("Pääsit jonosta")
    assert not kaisa.open(dates).has("Sinulla on paikka")
    henna.submit(henna.open(f"{journey.console}/sessions/{session}"), "call-off", "call-off")
    hears()
    page = matti.open(dates)
    assert page.has("Peruttu") and page.has("Sinulla oli paikka.")
    file = matti.browser.get(page.tree.xpath('//a[contains(@href, ".ics")]/@href')[0]).text
    assert "METHOD:CANCEL" in file and "SUMMARY:Hiljainen työ" in file and f"UID:{session}@" in file
