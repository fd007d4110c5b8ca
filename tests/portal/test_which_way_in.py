"""The sign-in page of an organisation with several ways in."""

from urllib.parse import parse_qs, urlsplit

from tests.identity.test_which_way_in import another_way_in


def test_with_one_way_in_nobody_is_asked_for_an_address(avis, browse):
    assert "by-address" not in browse(avis).get("/sign-in?by=").text


def test_the_address_leads_on_and_comes_back_to_the_page_one_wanted(avis, browse):
    partner = another_way_in(avis, "partner.example")
    browser = browse(avis)
    page = browser.get("/sign-in?back=/plan")
    led = browser.submit(page, "by-address", address="kaisa@partner.example")
    assert led.status_code == 200
    wait, _, onward = led.headers["Refresh"].partition("; url=")
    assert (wait, urlsplit(onward).path) == ("0", "/sign-in")
    assert parse_qs(urlsplit(onward).query) == {"by": [partner], "back": ["/plan"]}
    assert browser.get(onward).headers["Location"].startswith(avis.provider.issuer)


def test_an_unknown_domain_gets_the_list_and_keeps_what_was_typed(avis, browse):
    another_way_in(avis, "partner.example")
    browser = browse(avis)
    page = browser.submit(browser.get("/sign-in"), "by-address", address="kaisa@nowhere.example")
    assert page.status_code == 422 and 'value="kaisa@nowhere.example"' in page.text
    assert "Partner" in page.text and "Refresh" not in page.headers


def test_no_address_leads_anywhere_else(avis, browse):
    another_way_in(avis, "partner.example")
    browser = browse(avis)
    led = browser.post("/sign-in", {"address": "a@partner.example", "back": "https://evil.example/"})
    assert "evil" not in led.headers["Refresh"]


def test_an_administrator_lets_only_people_on_the_list_in(avis, browse):
    tuula = browse(avis, "Tuula", roles=["admin"])
    way = another_way_in(avis, "partner.example")
    page = tuula.get(f"/desk/settings/ways-in/{way}")
    assert tuula.submit(page, "way-in", admits="listed").status_code == 303
    again = tuula.get(f"/desk/settings/ways-in/{way}")
    assert '<option value="listed" selected>' in again.text
    assert "henkilöluettelossa" in tuula.get("/desk/settings").text
