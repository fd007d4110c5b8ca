"""People sign in at other people's providers, by the pages of the portal and of the provider."""

import pytest

from tests.peers.oidc_provider.server import ALGORITHMS


def sent_to_the_provider(at, browser, way: str | None = None) -> str:
    chosen = at.ways_in[way] if way else next(iter(at.ways_in.values()))
    sent = browser.get("/sign-in", query_string={"back": "/", "by": str(chosen.id)})
    assert sent.status_code == 303, sent.text
    return sent.headers["Location"]


def come_in(at, browse, person: str, way: str | None = None, guest=None):
    """A browser, and the page that comes after signing in with it; as a new guest of the provider, or one whom it knows."""
    browser = browse(at.house)
    browser.base = at.portal
    brought = at.guests.sign_in(sent_to_the_provider(at, browser, way), person, guest)
    own = brought.pop("connection_id")
    return browser, browser.get(f"/sign-in/back/{own}", query_string=brought)


def who(at, browser):
    secret = browser.cookie("visit")
    return at.house.current(secret).json


def test_pekka_of_another_organisation_gets_no_account_here(at, browse):
    browser, answer = come_in(at, browse, "pekka")
    assert answer.status_code == 403 and browser.cookie("visit") is None


def test_kaisa_signs_in_at_keycloak(at_keycloak, browse):
    browser, answer = come_in(at_keycloak, browse, "kaisa")
    assert answer.status_code == 303, answer.text
    found = who(at_keycloak, browser)
    person = found["person"]
    assert (person["name"], person["unit"], person["site"], person["language"]) == (
        "Kaisa Niemi",
        "Työsuojelu",
        "Oulu",
        "sv",
    )
    assert found["roles"] == ["participant"]


def test_keycloaks_groups_are_roles_by_the_administrators_table(at_keycloak, browse):
    for person, role in (("tuula", "coordinator"), ("sari", "admin")):
        browser, _ = come_in(at_keycloak, browse, person)
        assert who(at_keycloak, browser)["roles"] == sorted([role, "participant"])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_kaisa_signs_in_at_oidc_provider_by_each_algorithm(at_node, browse, algorithm):
    browser, answer = come_in(at_node, browse, "kaisa", algorithm)
    assert answer.status_code == 303, answer.text
    assert who(at_node, browser)["person"]["name"] == "Kaisa Niemi"
