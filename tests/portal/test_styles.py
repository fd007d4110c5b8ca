"""A client's colours have an address of their own, new whenever they change: a browser asks for them once."""

import pytest
from lxml import html

from services.portal.clients.remembered import Remembered
from services.publishing import themes, tokens
from services.publishing.tokens import Look
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import House

BLUE, GREEN = Look(brand="#2f5d8c"), Look(brand="#2a6b3c")
COLOURS = {name: BLUE.colours[name] for name in tokens.COLOURS}


def dress(house: House, look: Look) -> None:
    with acting_for(house.id), sessions_of("publishing").begin() as session:
        themes.save(session, look, house.id)


def style_on(page) -> str:
    (address,) = html.fromstring(page.text).xpath('//link[contains(@href, "theme.css")]/@href')
    return address


@pytest.fixture
def aino(browse, avis):
    """The client's designer."""
    browser = browse(avis)
    browser.sign_in(avis.employ("Aino", roles=["designer"]))
    return browser


def test_the_colours_of_a_client_are_kept_for_a_year(browse, avis):
    dress(avis, BLUE)
    page = browse(avis).get("/sign-in/choose")
    answer = browse(avis).get(style_on(page))
    assert "--brand: #2f5d8c" in answer.text and answer.mimetype == "text/css"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer.headers


def test_a_new_look_is_on_the_very_next_page(aino, avis):
    before = style_on(aino.get("/home"))
    assert aino.post("/desk/theme", data=COLOURS | {"act": "save"}).status_code == 303
    after = style_on(aino.get("/home"))
    assert after != before and "--brand: #2f5d8c" in aino.get(after).text


def test_the_address_of_another_look_is_not_kept(browse, avis, aino):
    before = style_on(aino.get("/home"))
    aino.post("/desk/theme", data=COLOURS | {"act": "save"})
    late = browse(avis).get(before)
    assert "--brand: #2f5d8c" in late.text and late.headers["Cache-Control"] == "no-cache"


def test_pages_and_mails_of_before_find_the_colours_where_they_were(browse, avis):
    dress(avis, BLUE)
    answer = browse(avis).get("/theme.css")
    assert "--brand: #2f5d8c" in answer.text and answer.headers["Cache-Control"] == "public, max-age=60"


def test_pekkas_organisation_keeps_its_own_colours(browse, avis, kelas):
    dress(avis, BLUE)
    dress(kelas, GREEN)
    ours, theirs = (browse(house).get("/sign-in/choose") for house in (avis, kelas))
    assert style_on(ours) != style_on(theirs)
    assert "--brand: #2a6b3c" in browse(kelas).get(style_on(ours)).text


def test_nobody_is_asked_who_looks_at_the_colours(aino, monkeypatch):
    from services.portal import door

    address = style_on(aino.get("/home"))
    monkeypatch.setattr(door, "sign_in_client", None)  # whose host it is, is known
    assert aino.get(address).status_code == 200


def test_colours_are_looked_for_when_a_look_is_saved_and_not_when_it_is_worn(browse, avis, monkeypatch):
    dress(avis, BLUE)
    monkeypatch.setattr(Look, "in_the_dark", None)
    assert "--brand: #2f5d8c" in browse(avis).get("/theme.css").text


def test_what_is_raised_is_not_remembered():
    answers = iter([ZeroDivisionError, 1])

    def ask(key: str) -> int:
        if (answer := next(answers)) is ZeroDivisionError:
            raise ZeroDivisionError
        return answer

    remembered = Remembered(ask)
    with pytest.raises(ZeroDivisionError):
        remembered.of("avi")
    assert remembered.of("avi") == 1
