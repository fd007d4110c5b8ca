"""People sign out at other people's providers, and Polku hears of it."""

from tests.peers.test_sign_in import come_in, sent_to_the_provider
from tests.portal.live_process import until

SOON = 5.0  # seconds, as the promise says


def is_out(browser) -> bool:
    return browser.get("/me").headers.get("Location", "").startswith("/sign-in")


def leaves_the_provider(at, browser, person: str) -> str:
    """Signs out of Polku, then of the provider; the address that it leads back to."""
    shown = browser.post("/sign-out").headers["Location"]
    assert "by=" in shown
    way = shown.rpartition("by=")[2]
    sent = browser.get(f"/sign-out/at-provider/{way}")
    assert sent.status_code == 303 and sent.headers["Location"].startswith(at.guests.peer.origin)
    return at.guests.peer.lets_out(at.guests.at[person], sent.headers["Location"])


def test_whoever_signs_out_of_the_organisation_too_is_asked_who_it_is_the_next_time(at, browse):
    browser, answer = come_in(at, browse, "kaisa")
    assert answer.status_code == 303
    guest = at.guests.at["kaisa"]
    assert not guest.is_asked_who_it_is(sent_to_the_provider(at, browser))
    assert leaves_the_provider(at, browser, "kaisa") == f"{at.portal}/signed-out"
    assert guest.is_asked_who_it_is(sent_to_the_provider(at, browser))


def test_signing_out_at_the_provider_ends_that_session_here_and_no_other(at, browse):
    laptop, _ = come_in(at, browse, "kaisa")
    other_tab, _ = come_in(at, browse, "kaisa", guest=at.guests.at["kaisa"])
    of_the_laptop = at.guests.at["kaisa"]
    phone, _ = come_in(at, browse, "kaisa")
    tuula, _ = come_in(at, browse, "tuula")
    at.guests.at["kaisa"] = of_the_laptop
    leaves_the_provider(at, laptop, "kaisa")
    until(lambda: is_out(other_tab), SOON)
    assert not is_out(phone) and not is_out(tuula)


def test_whom_keycloaks_administrator_signs_out_is_out_everywhere(at_keycloak, browse):
    laptop, _ = come_in(at_keycloak, browse, "kaisa")
    phone, _ = come_in(at_keycloak, browse, "kaisa")
    tuula, _ = come_in(at_keycloak, browse, "tuula")
    at_keycloak.guests.peer.signs_out_everywhere("kaisa")
    until(lambda: is_out(laptop) and is_out(phone), SOON)
    assert not is_out(tuula)
