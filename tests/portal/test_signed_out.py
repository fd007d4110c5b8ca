"""A session that has ended loses nothing: acts come back on a page of ours, scripts are told, two tabs sign in both."""

import re

import pytest

from tests.portal.test_door import doors as doors
from tests.portal.test_door import whole as whole

TYPED = "Etätyö toimii, kun kokoukset ovat lyhyempiä.\nJa hyvin valmisteltuja."
BY_SCRIPT = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def kaisa(browse, avis):
    """She is signed in, and her session ends while she types."""
    browser = browse(avis)
    browser.sign_in(avis.employ("Kaisa"))
    browser.client.delete_cookie("visit", domain=avis.host)
    return browser


def test_what_was_sent_without_a_session_comes_back_on_a_page_of_ours(doors, kaisa):
    came_from = {"Referer": f"{kaisa.base}/door?theme=2"}
    answer = kaisa.post("/door", {"text": TYPED, "theme": "2"}, headers=came_from)
    assert answer.status_code == 401 and "Location" not in answer.headers
    assert TYPED in answer.text and 'name="theme" value="2"' in answer.text
    assert 'href="/sign-in?back=/door?theme%3D2"' in answer.text


def test_it_is_sent_from_there_once_one_is_back(doors, kaisa, avis):
    given_back = kaisa.post("/door", {"text": TYPED}).text
    kaisa.sign_in(avis.employ("Kaisa K"))  # in another tab
    (action,) = re.findall(r'<form id="again"[^>]* action="([^"]*)"', given_back)
    assert kaisa.post(action, {"text": TYPED}).status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_script_is_told_and_begins_no_sign_in(doors, kaisa, method):
    headers = BY_SCRIPT | {"Referer": f"{kaisa.base}/door"}
    answer = getattr(kaisa, method)("/door", headers=headers)
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert answer.json["sign_in"] == "/sign-in?back=/door" and answer.json["detail"] and answer.json["action"]
    assert not answer.headers.getlist("Set-Cookie")


def test_twenty_refused_acts_stack_no_sentences(doors, kaisa, avis):
    for _ in range(20):
        kaisa.post("/door", {"text": TYPED})
    shown = kaisa.sign_in(avis.employ("Kaisa K"), back="/door").headers["Location"]
    assert kaisa.get(shown).text.count('class="notice') == 0


def test_two_tabs_that_sign_in_both_arrive(doors, browse, avis):
    browser, kaisa = browse(avis), avis.employ("Kaisa")
    one, other = browser.way_back(kaisa, "/door?theme=1"), browser.way_back(kaisa, "/door?theme=2")
    assert browser.get(one).headers["Location"] == "/door?theme=1"
    assert browser.get(other).headers["Location"] == "/door?theme=2"


def test_back_onto_the_return_address_leads_on_again(doors, browse, avis):
    browser = browse(avis)
    link = browser.way_back(avis.employ("Kaisa"), "/door?theme=2")
    assert [browser.get(link).headers["Location"] for _ in range(2)] == ["/door?theme=2"] * 2
    assert browser.get("/door?theme=2").status_code == 200


def test_whoever_begins_again_and_again_can_still_arrive(doors, browse, avis):
    browser, kaisa = browse(avis), avis.employ("Kaisa")
    links = [browser.way_back(kaisa) for _ in range(20)]
    held = [cookie for cookie in browser.client._cookies.values() if cookie.key.startswith("on_the_way")]
    assert len(held) <= 8
    assert browser.get(links[-1]).status_code == 303


def test_a_sign_in_that_has_ended_elsewhere_leads_nobody_anywhere(doors, browse, avis):
    attacker, victim = browse(avis), browse(avis)
    link = attacker.way_back(avis.employ("Kaisa"))
    attacker.get(link)
    assert victim.get(link).status_code == 400 and victim.cookie("visit") is None


@pytest.mark.parametrize("page", ["//evil.example/", "/\r\nX: y", "ä" * 200])
def test_a_forged_cookie_leads_nowhere_else(doors, browse, avis, page):
    from base64 import urlsafe_b64encode

    browser = browse(avis)
    link = browser.way_back(avis.employ("Kaisa"))
    state = re.search(r"state=([^&]*)", link)[1]
    value = "done_" + urlsafe_b64encode(page.encode()).decode().rstrip("=")
    browser.client.set_cookie(f"on_the_way-{state[:16]}", value, domain=avis.host)
    answer = browser.get(link)
    assert answer.status_code == 400 or answer.headers["Location"] == "/"
