"""The page of one's own sessions."""

import re

import pytest

from services.portal.web.cookies import SESSION

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
AGENTS = {
    FIREFOX: "Firefox tietokoneella",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36": "Chrome tietokoneella",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0": "Edge tietokoneella",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1": "Safari puhelimella",
    "curl/8.5": "Muu selain tietokoneella",
    "": "Muu selain tietokoneella",
}


@pytest.mark.parametrize("agent", AGENTS)
def test_a_browser_is_told_by_its_kind(avis, browse, agent):
    kaisa = browse(avis)
    path = kaisa.way_back(avis.employ("Kaisa"))
    assert kaisa.get(path, headers={"User-Agent": agent}).status_code == 303
    assert AGENTS[agent] in kaisa.get("/sessions").text


def test_from_the_page_about_oneself_one_signs_out_a_lost_phone(avis, browse):
    subject = avis.employ("Kaisa")
    here, phone = browse(avis), browse(avis)
    here.sign_in(subject)
    phone.sign_in(subject)
    assert 'href="/sessions"' in here.get("/me").text
    page = here.get("/sessions")
    [this, lost] = re.findall(r'action="(/sessions/[0-9a-f-]+/end)"( data-signs-out)?', page.text)
    assert (bool(this[1]), bool(lost[1])) == (True, False)
    assert here.post(lost[0]).headers["Location"] == "/sessions"
    assert (phone.get("/home").status_code, here.get("/sessions").status_code) == (303, 200)
    assert here.post(lost[0]).status_code == 404


def test_signing_out_everywhere_signs_out_here_too(avis, browse):
    subject = avis.employ("Kaisa")
    here, phone = browse(avis), browse(avis)
    here.sign_in(subject)
    phone.sign_in(subject)
    assert here.post("/sessions/end").headers["Location"] == "/signed-out"
    assert not here.cookie(SESSION)
    assert phone.get("/home").status_code == 303


def test_the_consultancys_people_have_the_page_on_the_console(consultancy, browse):
    henna = browse(consultancy, "Henna", roles=["lead"], host="console.polku.localhost")
    assert 'href="/sessions"' in henna.get("/clients").text
    assert henna.get("/sessions").status_code == 200


def test_nobody_unknown_has_it(avis, browse):
    assert browse(avis).get("/sessions").status_code == 303
    assert browse(avis).post("/sessions/end").status_code == 401
