"""A session at the desk ends soon: the page says when, and staying signed in is one act."""

import re

import pytest

from services.identity.sign_in.limits import secret_of, used_at
from services.portal.web.cookies import SESSION


def seconds_left(page) -> int:
    return int(re.search(r'data-seconds-left="(\d+)"', page.text)[1])


@pytest.fixture
def earlier(monkeypatch):
    """earlier(browser, 20) lets twenty minutes pass for what this browser holds."""
    from datetime import timedelta

    from services.identity.sign_in.limits import held_from

    def set_back(browser, minutes: int) -> None:
        held = browser.cookie(SESSION)
        before = held_from(secret_of(held), used_at(held) - timedelta(minutes=minutes))
        browser.client.set_cookie(SESSION, before, domain=browser.host)

    return set_back


def test_a_page_at_the_desk_says_when_the_session_ends_and_opening_it_is_an_act(avis, browse, earlier):
    tuula = browse(avis, "Tuula", roles=["admin"])
    earlier(tuula, 20)
    page = tuula.get("/desk/settings")
    assert 28 * 60 < seconds_left(page) <= 30 * 60
    earlier(tuula, 20)
    assert tuula.get("/desk/settings").status_code == 200


def test_who_asks_to_stay_stays(avis, browse, earlier):
    tuula = browse(avis, "Tuula", roles=["admin"])
    earlier(tuula, 29)
    script = {"Sec-Fetch-Mode": "cors", "Accept": "application/json"}
    assert tuula.post("/stay", headers=script).json["seconds_left"] > 28 * 60
    earlier(tuula, 29)
    assert tuula.get("/desk/settings").status_code == 200


def test_who_comes_too_late_is_led_to_the_sign_in_and_keeps_what_was_typed(avis, browse, earlier):
    tuula = browse(avis, "Tuula", roles=["admin"])
    earlier(tuula, 31)
    late = tuula.post("/desk/settings", {"name": "A new name"})
    assert (late.status_code, "A new name" in late.text) == (401, True)
    assert tuula.post("/stay", headers={"Sec-Fetch-Mode": "cors"}).status_code == 401


def test_what_a_script_looks_up_keeps_nobody_signed_in(avis, browse, earlier):
    tuula = browse(avis, "Tuula", roles=["admin"])
    earlier(tuula, 20)
    held = tuula.cookie(SESSION)
    tuula.get("/desk/settings", headers={"Sec-Fetch-Mode": "cors"})
    assert tuula.cookie(SESSION) == held


def test_who_signs_out_is_not_given_the_session_back(avis, browse, earlier):
    tuula = browse(avis, "Tuula", roles=["admin"])
    earlier(tuula, 20)
    tuula.post("/sign-out")
    assert not tuula.cookie(SESSION)


def test_an_employees_browser_is_not_given_a_minute_at_each_page(avis, browse):
    kaisa = browse(avis, "Kaisa")
    assert "Set-Cookie" not in kaisa.get("/me").headers


def test_an_administrator_sets_how_long_sessions_last_and_is_told_of_a_wrong_choice(avis, browse):
    tuula = browse(avis, "Tuula", roles=["admin"])
    page = tuula.get("/desk/settings")
    assert tuula.submit(page, "sessions", idle_minutes="15", session_hours="4").status_code == 303
    again = tuula.get("/desk/settings")
    assert re.findall(r'<option value="(\d+)" selected>\d+ (?:min|tun|h)', again.text) == ["15", "4"]
    assert seconds_left(again) <= 15 * 60
    refused = tuula.submit(again, "sessions", idle_minutes="90")
    assert refused.status_code == 422 and "10" in refused.text


def test_a_coordinator_does_not_set_it(avis, browse):
    outi = browse(avis, "Outi", roles=["coordinator"])
    assert (
        outi.post("/desk/settings/sessions", {"idle_minutes": "60", "session_hours": "12"}).status_code == 403
    )
