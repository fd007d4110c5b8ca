"""The event catalogue: what services tell each other, for people and for developers, and nobody's data on it."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import html

from services.portal.areas.events.words import events
from shared.contracts.asyncapi import asyncapi
from shared.languages import speaking
from shared.messaging.events import CATALOGUE
from shared.settings import SERVICES
from tests.portal.english import unmarked_english

RELEASED = "polku.voting.ranking-released.v1"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.fixture
def henna(browse, consultancy):
    """Leads runs at the consultancy."""
    return browse(consultancy, "Henna", roles=["lead"], host="console.polku.localhost")


@pytest.fixture
def sari(browse, avis):
    """Administers the client's organisation."""
    return browse(avis, "Sari", roles=["admin"])


@pytest.fixture
def kaisa(browse, avis):
    return browse(avis, "Kaisa")


def page(answer):
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def listed(found) -> list[str]:
    """The types that a page links to, once each."""
    links = [link.rsplit("/", 1)[-1] for link in found.xpath("//main//a/@href")]
    return sorted({link for link in links if link.startswith("polku.")})


def words(found, where: str) -> str:
    return " ".join(" ".join(found.xpath(f"{where}//text()")).split())


def test_the_catalogue_lists_every_event(henna):
    assert listed(page(henna.get("/events"))) == sorted(CATALOGUE)


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("ranking", RELEASED),
        ("RANKING  best", RELEASED),
        ("bring top views", RELEASED),
        ("työpajat tallyn", None),
        ("pelisäännöt allekirjoi", None),
        ("clause ground rules", "polku.practice.clause-written.v1"),
        ("pelisäännöt clause", "polku.practice.clause-written.v1"),
        ("tiimi sopi pelisäännöistään", "polku.practice.agreement-signed.v1"),
    ],
)
def test_an_event_is_found_by_words_said_about_it_in_either_language(henna, sought, found):
    types = listed(page(henna.get("/events", query_string={"words": sought, "lang": "fi"})))
    assert (found in types) if found else types == []
    assert len(types) < len(CATALOGUE)


def test_the_search_is_a_plain_form_that_keeps_what_was_asked(henna):
    found = page(henna.get("/events?words=view&service=survey"))
    [form] = found.xpath("//form[@id='find']")
    assert form.get("method") == "get" and not form.get("action")
    assert form.xpath(".//input[@name='words']/@value") == ["view"]
    assert form.xpath(".//option[@selected]/@value") == ["survey"]
    assert {type.split(".")[1] for type in listed(found)} == {"survey"}
    assert f"{len(listed(found))} " in words(found, "//*[@id='found']")


def test_who_finds_nothing_is_shown_the_way_back_to_all(henna):
    found = page(henna.get("/events?words=weather"))
    assert listed(found) == []
    [way] = found.xpath("//div[contains(@class, 'empty')]//a/@href")
    assert urlsplit(way).path == "/events" and not parse_qs(urlsplit(way).query)


def test_an_event_says_what_it_says_who_hears_it_and_what_they_do_then(henna):
    found = page(henna.get(f"/events/{RELEASED}"))
    rows = {row.xpath("string(th)"): row.xpath("td") for row in found.xpath("//table/tbody/tr")}
    assert rows.keys() == set(CATALOGUE[RELEASED].__struct_fields__)
    assert rows["ranking"][0].text_content() == "array of uuid"
    assert [cell.text_content() for cell in rows["readings"][:1]] == ["object of integer"]
    assert rows["readings"][2].text_content() == "{}"
    assert "note how many read each view" in words(found, "//section[@aria-labelledby='heard']")
    shown = [json.loads(example) for example in found.xpath("//pre//text()")]
    assert [one["headers"]["ce_type"] for one in shown] == [RELEASED] * 3


def test_every_event_has_a_page(henna):
    for type in CATALOGUE:
        assert words(page(henna.get(f"/events/{type}")), "//h1"), type


def test_an_anonymous_event_says_that_its_minute_is_nobodys_business(henna):
    assert "Vain tunti" in words(page(henna.get("/events/polku.survey.view-shared.v1?lang=fi")), "//dl")
    assert "Tarkka" in words(page(henna.get(f"/events/{RELEASED}?lang=fi")), "//dl")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_event_has_its_name_and_its_sentence_in_the_readers_language(language):
    for event in events().values():
        with speaking("en"):
            english = event.name, event.meaning
        with speaking(language):
            said = event.name, event.meaning
        assert event.type not in said
        if language != "en":
            assert not set(said) & set(english), f"{event.type} lacks words in event_names.{language}.po"


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_no_english_stands_on_another_languages_page_without_saying_so(henna, language):
    for path in ("", "/developers", *(f"/{type}" for type in CATALOGUE)):
        found = page(henna.get(f"/events{path}?lang={language}"))
        assert found.get("lang") == language
        assert unmarked_english(found) == [], path


def test_what_hearers_do_is_shown_as_the_english_it_is(henna):
    found = page(henna.get(f"/events/{RELEASED}?lang=sv"))
    [said] = found.xpath("//*[contains(text(), 'note how many read each view')]")
    assert said.get("lang") == "en"
    assert "engelska" in words(found, "//section[@aria-labelledby='heard']")


def test_an_event_that_there_is_not_is_said_to_be_none(henna):
    answer = henna.get("/events/polku.voting.weather-turned.v1?lang=en")
    assert answer.status_code == 404
    assert "No event is called so." in answer.text


def test_developers_find_every_topic_with_its_events_and_who_hears_them(henna):
    found = page(henna.get("/events/developers"))
    assert set(found.xpath("//h3/code/text()")) == {event.topic for event in CATALOGUE.values()}
    assert listed(found) == sorted(CATALOGUE)
    assert "ce_partitionkey" in words(found, "//section[@aria-labelledby='envelope']")
    [item] = found.xpath(f"//li[a/code='{RELEASED}'][span]")
    assert "lineage" in item.text_content() and "workshop" in item.text_content()


def test_the_document_can_be_taken_along(henna):
    answer = henna.get("/events/asyncapi.json")
    assert answer.json == asyncapi()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="polku-asyncapi.json"'


def test_what_each_service_answers_over_http_can_be_taken_along(henna):
    offered = page(henna.get("/events/developers")).xpath("//ul[@id='openapi']//a/@href")
    assert offered == [f"/events/openapi/{service}.json" for service in SERVICES if service != "portal"]
    for address in offered:
        answer = henna.get(address)
        assert answer.json["openapi"].startswith("3."), address
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.json["info"]["title"] == "Polku notification"


@pytest.mark.parametrize("service", ["portal", "weather", "..%2f..%2fbus"])
def test_only_services_are_asked_for_their_documents(henna, service):
    assert henna.get(f"/events/openapi/{service}.json").status_code == 404


def test_a_clients_administrator_reads_the_same_on_the_own_desk(sari):
    assert listed(page(sari.get("/desk/events"))) == sorted(CATALOGUE)
    assert page(sari.get("/desk/events/developers")).xpath("//a[@href='/desk/events/asyncapi.json']")
    assert sari.get("/desk/events/asyncapi.json").json["asyncapi"] == "3.0.0"
    assert sari.get(f"/desk/events/{RELEASED}").status_code == 200


@pytest.mark.parametrize("path", ["", "/developers", "/asyncapi.json", f"/{RELEASED}"])
def test_an_employee_is_not_shown_the_machine_room(kaisa, path):
    assert kaisa.get(f"/desk/events{path}").status_code == 403


def test_nobody_sees_it_without_signing_in(browse, avis):
    assert browse(avis).get("/desk/events").status_code == 303


def test_the_menu_leads_there_for_those_who_may(henna, sari, kaisa):
    assert "/events" in page(henna.get("/cockpit")).xpath("//nav//a/@href")
    assert "/desk/events" in page(sari.get("/desk/events")).xpath("//nav//a/@href")
    assert "/desk/events" not in page(kaisa.get("/home")).xpath("//nav//a/@href")


def test_nothing_of_any_organisation_stands_on_it(henna, avis, consultancy):
    """The ids in the examples are made up, the same on every installation."""
    known = set(UUID.findall(json.dumps(asyncapi())))
    for path in ("/events", "/events/developers", f"/events/{RELEASED}"):
        main = " ".join(page(henna.get(path)).xpath("//main//text()"))
        assert set(UUID.findall(main)) <= known
        assert avis.slug not in main
    assert str(avis.id) not in known and str(consultancy.id) not in known
