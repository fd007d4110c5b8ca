"""The pages about the second factor: switched on by who has shown it, told before the day, and a way out after it."""

import pytest

from tests.identity.test_second_factor import counting, is_asked


@pytest.fixture
def tuula(avis, browse):
    counting(avis, "mfa")
    browser = browse(avis)
    browser.sign_in(avis.employ("Tuula", roles=["admin"], amr=["mfa"]))
    return browser


def test_it_is_switched_on_and_off_in_the_settings(tuula):
    page = tuula.get("/desk/settings")
    assert tuula.submit(page, "second-factor", act="ask", days="14").status_code == 303
    page = tuula.get("/desk/settings")
    assert "Älä vaadi" in page.text
    assert tuula.submit(page, "second-factor", act="lift").status_code == 303
    assert tuula.submit(tuula.get("/desk/settings"), "second-factor", act="ask", days="x").status_code == 422


def test_who_has_not_shown_it_is_told_before_the_day_and_led_out_after_it(avis, browse, tuula):
    outi = browse(avis, "Outi", roles=["coordinator"])
    is_asked(avis, in_days=3)
    assert "toisen tunnisteen" in outi.get("/desk").text
    assert "toisen tunnisteen" not in outi.get("/me").text
    assert "toisen tunnisteen" not in tuula.get("/desk/settings").text
    is_asked(avis, in_days=0)
    refused = outi.get("/desk")
    assert refused.status_code == 403 and 'action="/sign-out"' in refused.text
    assert outi.get("/me").status_code == 200
    assert tuula.get("/desk/settings").status_code == 200


def test_the_words_that_count_are_named_at_the_way_in(avis, browse, tuula):
    page = tuula.get("/desk/settings")
    address = page.text.split('href="/desk/settings/ways-in/')[1].split('"')[0]
    way = tuula.get(f"/desk/settings/ways-in/{address}")
    assert tuula.submit(way, "way-in", factors="mfa, hwk").status_code == 303
