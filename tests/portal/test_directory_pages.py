"""The settings page on which an administrator connects the organisation's directory."""

import re
from datetime import timedelta

import pytest
from lxml import html

from services.identity.base import today
from tests.identity.directory import Directory, token_for


@pytest.fixture
def sari(browse, avis):
    return browse(avis, "Sari", roles=["admin"])


def page_of(browser) -> str:
    settings = browser.get("/desk/settings").text
    return re.search(r'href="(/desk/settings/ways-in/[0-9a-f-]{36})"', settings)[1] + "/directory"


def shown_token(answer) -> str:
    return html.fromstring(answer.text).get_element_by_id("token").get("value")


def test_an_administrator_makes_a_token_with_which_people_come(sari, avis, whole):
    at = page_of(sari)
    assert f'href="{at}"' in sari.get(at.removesuffix("/directory")).text
    page = sari.get(at)
    assert f"http://{avis.host}/scim/v2" in page.text
    answer = sari.submit(page, "make-token")
    assert answer.status_code == 200 and shown_token(answer).startswith("polku_scim_")
    Directory(avis, whole.test_client(), shown_token(answer)).announce("kaisa")
    again = sari.get(at).text
    assert shown_token(answer) not in again
    assert "1 henkilö" in again and "Sari" in again and "Viimeksi käytetty" in again
    assert "hakemiston poletti luotu" in sari.get("/desk/settings").text


def test_a_form_that_is_sent_twice_makes_one_token(sari):
    page = sari.get(page_of(sari))
    assert sari.submit(page, "make-token").status_code == 200
    assert sari.submit(page, "make-token").status_code in (303, 409)
    assert sari.get(page_of(sari)).text.count("Voimassa") == 1


def test_a_day_that_cannot_be_is_said_at_its_field_and_kept(sari):
    for day in ((today() - timedelta(days=1)).isoformat(), "2099-01-01", "soon"):
        answer = sari.submit(sari.get(page_of(sari)), "make-token", ends_on=day)
        assert answer.status_code == 422 and "aria-invalid" in answer.text, day
        assert f'value="{day}"' in answer.text


def test_a_token_is_withdrawn_on_the_page(sari, avis, whole):
    secret = token_for(avis)
    page = sari.get(page_of(sari))
    assert sari.submit(page, "withdraw-1").status_code == 303
    assert Directory(avis, whole.test_client(), secret).get("/Users").status_code == 401
    assert "Yhtään ei ole." in sari.get(page_of(sari)).text


def test_two_tokens_leave_no_form_for_a_third(sari, avis):
    token_for(avis), token_for(avis, days=10)
    page = sari.get(page_of(sari)).text
    assert 'id="make-token"' not in page and "päättyy pian" in page


def test_the_joining_claim_is_chosen_on_the_way_in(sari):
    way = page_of(sari).removesuffix("/directory")
    assert sari.submit(sari.get(way), "way-in", claim_joining="oid").status_code == 303
    sari.come_in(f"sari-{sari.house.slug}")
    assert "oid" in sari.get(f"{way}/directory").text


def test_a_coordinator_and_a_stranger_do_not_get_there(browse, avis, kelas, sari):
    at = page_of(sari)
    assert browse(avis, "Kimmo", roles=["coordinator"]).get(at).status_code == 403
    assert browse(kelas, "Pekka", roles=["admin"]).get(at).status_code == 404


def test_an_unknown_person_at_the_address_of_scim_is_told_in_its_words(whole, avis):
    answer = whole.test_client().get("/scim/v2/Users", base_url=f"http://{avis.host}")
    assert answer.status_code == 401 and answer.content_type == "application/scim+json"
    assert answer.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


def test_everybody_sees_how_the_directory_describes_one_and_takes_it_along(browse, avis, whole):
    directory = Directory(avis, whole.test_client(), token_for(avis))
    said = {"displayName": "Kaisa Niemi", "emails": [{"type": "work", "value": f"kaisa@{avis.domain}"}]}
    user = directory.announce("k.niemi", externalId=f"kaisa-{avis.slug}", **said)
    directory.group("Tarkastajat", user["id"])
    kaisa = browse(avis, "Kaisa")
    page = kaisa.get("/me").text
    assert "k.niemi" in page and "Tarkastajat" in page
    (announced,) = kaisa.get("/me/data.json").json["announced"]
    assert announced["described"]["userName"] == "k.niemi" and announced["groups"] == ["Tarkastajat"]
    assert "k.niemi" not in browse(avis, "Aino").get("/me").text
