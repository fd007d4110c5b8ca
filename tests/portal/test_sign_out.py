"""Signing out of Polku, then of the organisation's sign-in as well; and what a provider sends us when somebody has."""

import pytest
from joserfc.jwk import KeySet
from lxml import html

from services.identity.sign_in.provider import Provider
from tests.identity.test_sign_outs import KEY, signed, way_of


@pytest.fixture
def kaisa(browse, avis):
    browser = browse(avis)
    browser.sign_in(avis.employ("Kaisa"))
    return browser


def signs_out(browser):
    answer = browser.post("/sign-out")
    assert answer.status_code == 303
    return browser.get(answer.headers["Location"])


def test_whoever_signs_out_may_leave_the_organisations_sign_in_too(kaisa, avis):
    page = signs_out(kaisa)
    (way_on,) = html.fromstring(page.text).xpath('//a[@id="at-provider"]/@href')
    answer = kaisa.get(way_on)
    assert answer.status_code == 303
    asked = answer.headers["Location"]
    assert asked.startswith(avis.provider.issuer) and f"client_id=polku-{avis.slug}" in asked
    assert f"post_logout_redirect_uri=http%3A%2F%2F{avis.host}%2Fsigned-out" in asked


def test_a_sign_in_that_has_no_way_out_says_what_to_do(kaisa, avis, monkeypatch):
    from services.identity.sign_in import logout

    monkeypatch.setattr(logout, "address_to_sign_out", lambda *_: None)
    answer = kaisa.get(f"/sign-out/at-provider/{way_of(avis)}")
    assert answer.headers["Location"] == "/signed-out"
    assert "Sulje selain tai kirjaudu ulos siellä." in kaisa.get("/signed-out").text


def test_whose_session_had_ended_or_whose_address_was_made_up_is_led_nowhere(kaisa, avis, kelas):
    signs_out(kaisa)
    for page in (
        signs_out(kaisa),
        kaisa.get(f"/signed-out?by={way_of(kelas)}"),
        kaisa.get("/signed-out?by=x"),
    ):
        assert page.status_code == 200 and "at-provider" not in page.text
    assert kaisa.get(f"/sign-out/at-provider/{way_of(kelas)}").status_code == 404


@pytest.fixture
def tells(whole, avis, kaisa, monkeypatch):
    """tells(body) is the answer to what a provider sends; it is no browser and says no Origin."""
    monkeypatch.setattr(Provider, "keys", lambda *_, **__: KeySet([KEY]))

    def tell(**form):
        address = f"/sign-in/back-channel/{way_of(avis)}"
        return whole.test_client().post(address, data=form, base_url=f"http://{avis.host}")

    return tell


def test_whom_the_provider_signs_out_is_asked_to_sign_in_at_the_next_page(tells, kaisa, avis):
    assert kaisa.get("/me").status_code == 200
    answer = tells(logout_token=signed(avis, avis.employ("Kaisa")))
    assert (answer.status_code, answer.data, answer.headers["Cache-Control"]) == (200, b"", "no-store")
    assert kaisa.get("/me").headers["Location"].startswith("/sign-in")


def test_what_is_no_logout_is_answered_as_the_standard_has_it(tells, kaisa, avis):
    token = signed(avis, "nobody")
    assert tells(logout_token=token).status_code == 200
    for form in (
        {},
        {"logout_token": ""},
        {"logout_token": "x"},
        {"logout_token": token},
        {"logout_token": "x" * 9000},
    ):
        answer = tells(**form)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request"), form
        assert answer.headers["Cache-Control"] == "no-store"
    assert kaisa.get("/me").status_code == 200
