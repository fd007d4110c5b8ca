"""The front page: what can I do now, and how long does it take?"""

from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from services.portal.offers import Offer, most_useful_first


def offer(title: str, **more) -> Offer:
    return Offer(title=title, text="", url="/", action="Go", **more)


def test_the_most_useful_offer_comes_first():
    soon, later = datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC) + timedelta(days=1)
    offers = [
        offer("done", goal=5, done=5, order=1),
        offer("later", closes_at=later),
        offer("soon", closes_at=soon),
        offer("no end"),
        offer("first by its area", order=1),
    ]
    order = [offer.title for offer in most_useful_first(offers)]
    assert order == ["first by its area", "soon", "later", "no end", "done"]


@pytest.fixture
def kaisa(browse, avis):
    return browse(avis, "Kaisa Korhonen")


def test_the_front_page_of_an_organisation_is_its_employees_home(kaisa):
    assert kaisa.get("/").headers["Location"] == "/home"
    assert "Tervetuloa, Kaisa" in kaisa.get("/home").text


def greeting(browser) -> str:
    (heading,) = html.fromstring(browser.get("/home").text).xpath("//h1")
    return heading.text_content()


def test_people_are_greeted_by_their_given_name_wherever_it_stands_in_the_whole_one(browse, avis):
    kaisa = browse(avis, "Korhonen Kaisa", given_name=" Kaisa-Liisa\u202e\n Maria ")
    assert greeting(kaisa) == "Tervetuloa, Kaisa-Liisa Maria"
    assert kaisa.get("/me/data.json").json["given_name"] == "Kaisa-Liisa Maria"


@pytest.mark.parametrize("claim", [None, "", " ", 5, ["Kaisa"], {"fi": "Kaisa"}, "x" * 300])
def test_without_a_given_name_people_are_greeted_by_their_whole_name(browse, avis, claim):
    assert greeting(browse(avis, "Korhonen Kaisa", given_name=claim)) == "Tervetuloa, Korhonen Kaisa"


def test_a_given_name_that_the_directory_says_no_more_is_not_used_any_more(browse, avis):
    assert greeting(browse(avis, "Kaisa Niemi", given_name="Kaisa")) == "Tervetuloa, Kaisa"
    assert greeting(browse(avis, "Kaisa Niemi")) == "Tervetuloa, Kaisa Niemi"


def test_before_a_path_has_begun_the_home_says_what_will_come(kaisa):
    assert "Polku ei ole vielä alkanut" in kaisa.get("/home").text


def test_another_language_is_one_press_away_and_brings_one_back(kaisa):
    page = kaisa.get("/home")
    assert 'name="language" value="sv"' in page.text
    answer = kaisa.post("/language", data={"language": "sv", "back": "/home?x=1"})
    assert answer.headers["Location"] == "/home?x=1"
    assert '<html lang="sv"' in kaisa.get("/home").text
    assert "Stigen har inte börjat än" in kaisa.get("/home").text


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/", "/\\evil.example", "evil"])
def test_a_change_of_language_sends_nobody_elsewhere(kaisa, back):
    assert kaisa.post("/language", data={"language": "sv", "back": back}).headers["Location"] == "/"


def test_a_page_that_is_not_there_says_so_with_a_way_on(kaisa):
    page = kaisa.get("/nowhere")
    assert page.status_code == 404 and 'href="/"' in page.text


def test_what_never_changes_is_kept_by_the_browser(kaisa):
    page = kaisa.get("/home").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "v=" in address
    assert "immutable" in kaisa.get(address).headers["Cache-Control"]
