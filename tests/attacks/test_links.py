"""Attack: a link that somebody sends, or a page that is only opened, acts for nobody who follows it."""

import pytest

from tests.workshop.journeys import Journey, Person, begin, schedule, signed_up, table_the_question
from tests.workshop.journeys import employ as employ
from tests.workshop.journeys import henna as henna
from tests.workshop.journeys import journey as journey
from tests.workshop.journeys import opens as opens


@pytest.fixture
def running(journey, opens, employ, henna) -> str:
    """A session with people in groups, and places left."""
    table_the_question(henna, journey)
    opens(1)
    session = schedule(henna, journey)
    for name in ("Matti", "Liisa"):
        signed_up(employ(name), journey, session)
    begin(henna, journey, session)
    return session


def door_of(journey: Journey, session: str) -> str:
    return f"/runs/{journey.id}/workshops/{session}/board"


def has_a_place(person: Person, journey: Journey, session: str) -> bool:
    """As the list of sessions shows it to this person."""
    row = f'//article[@id="workshop-{session}"]'
    return bool(
        person.open(f"/runs/{journey.id}/workshops").tree.xpath(f"{row}//form//button[@value='leave']")
    )


def test_a_link_to_a_session_takes_no_place(journey, running, employ):
    kaisa = employ("Kaisa")
    page = kaisa.open(door_of(journey, running))
    assert page.status == 200 and page.address == door_of(journey, running)
    assert not has_a_place(kaisa, journey, running)


def test_who_presses_the_button_behind_it_comes_in(journey, running, employ):
    kaisa = employ("Kaisa")
    page = kaisa.submit(kaisa.open(door_of(journey, running)), "come-in")
    assert page.status == 200 and "/boards/" in page.address
    assert kaisa.open(door_of(journey, running)).address == page.address, "from now on it leads to the board"


def test_nobody_is_moved_up_from_the_waiting_list_by_a_link(journey, henna, employ):
    session = schedule(henna, journey, places="1")
    kaisa, matti = employ("Kaisa"), employ("Matti")
    for person in (kaisa, matti):
        signed_up(person, journey, session)
    page = matti.open(door_of(journey, session))
    assert page.status == 200 and not page.tree.xpath('//*[@id="lobby"]')
    refused = matti.submit(page, "come-in")
    assert refused.status == 409 and refused.tree.xpath('//*[@id="refusal"]')
    assert refused.form("come-in") is not None, "there may be a place in a moment"


def test_before_there_are_groups_who_comes_in_waits_in_the_lobby(journey, henna, employ):
    session = schedule(henna, journey)
    kaisa = employ("Kaisa")
    page = kaisa.open(door_of(journey, session))
    assert not page.tree.xpath('//*[@id="lobby"]')
    page = kaisa.submit(page, "come-in")
    assert page.tree.xpath('//*[@id="lobby"]/@data-live')[0], "the lobby follows the session"
    assert has_a_place(kaisa, journey, session)


def test_who_signed_up_after_the_groups_were_formed_is_asked_in(journey, henna, employ):
    """The lobby looks for groups by itself and would look for ever."""
    table_the_question(henna, journey)
    session = schedule(henna, journey)
    signed_up(employ("Matti"), journey, session)
    henna.submit(henna.open(f"{journey.console}/sessions/{session}"), "form-groups", "form-groups", size="4")
    kaisa = employ("Kaisa")
    signed_up(kaisa, journey, session)
    page = kaisa.open(door_of(journey, session))
    assert not page.tree.xpath('//*[@id="lobby"]')
    assert "/boards/" in kaisa.submit(page, "come-in").address
