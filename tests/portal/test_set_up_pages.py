"""The page for a client's IT person: no account, three languages, and nothing that was typed is lost."""

import re

import pytest

from services.portal.door import forget_hosts

SECRET = "fetched-once-from-the-provider"


@pytest.fixture
def link(avis, browse):
    """The path of a fresh link, as the administrator's page shows it this once."""
    sari = browse(avis, "Sari", roles=["admin"])
    shown = sari.submit(sari.get("/desk/settings"), "make-link")
    address = re.search(r'<code id="setup-link">(.*?)</code>', shown.text)[1]
    assert address.startswith(f"http://{avis.host}/set-up/")
    return address.removeprefix(f"http://{avis.host}")


@pytest.fixture
def jaana(avis, browse, link):
    """She looks after the organisation's sign-in, and has opened the link in her browser."""
    jaana = browse(avis)
    begun = jaana.submit(jaana.get(link), "begin")
    assert begun.status_code == 303
    return jaana, link.rpartition("/")[0]


def typed(avis, **changed):
    return {"issuer": avis.provider.issuer, "client_id": "polku-9", "domains": avis.domain} | changed


@pytest.mark.parametrize(("language", "words"), [("fi", "Kopioi"), ("sv", "Kopiera"), ("en", "Copy")])
def test_it_speaks_three_languages_whatever_the_organisation_speaks(avis, browse, link, language, words):
    jaana = browse(avis)
    jaana.submit(jaana.get(link), "begin")
    page = jaana.get(link.rpartition("/")[0], query_string={"lang": language})
    assert page.status_code == 200 and f'<html lang="{language}"' in page.text and words in page.text


def test_looking_at_the_link_does_not_open_it(avis, browse, link):
    assert browse(avis).get(link).status_code == 200
    assert browse(avis).get(link).status_code == 200
    jaana = browse(avis)
    assert jaana.submit(jaana.get(link), "begin").status_code == 303


def test_whoever_comes_second_reads_what_to_do(avis, browse, link, jaana):
    late = browse(avis)
    refused = late.submit(late.get(link, query_string={"lang": "en"}), "begin")
    assert refused.status_code == 404 and "Ask whoever sent it to you for a new one" in refused.text
    assert browse(avis).get(jaana[1]).status_code == 404


def test_the_redirect_uri_stands_there_before_anything_is_typed_and_is_the_one_that_is_used(avis, jaana):
    browser, path = jaana
    page = browser.get(path)
    uri = re.search(r'<code id="redirect-uri">(.*?)</code>', page.text)[1]
    saved = browser.submit(page, "way-in", act="save", secret=SECRET, **typed(avis))
    assert saved.status_code == 303
    avis.confirm()
    forget_hosts()
    way = re.search(r"/sign-in/back/(.*)", uri)[1]
    sent = browser.get("/sign-in", query_string={"by": way})
    assert sent.status_code == 303 and way in sent.headers["Location"]


def test_an_error_loses_nothing_and_the_secret_is_not_on_the_page(avis, jaana):
    browser, path = jaana
    wrong = typed(avis, issuer="http://plain.example", name="Meidän")
    refused = browser.submit(browser.get(path), "way-in", act="save", secret=SECRET, **wrong)
    assert refused.status_code == 422
    for kept in ("http://plain.example", "polku-9", avis.domain, "Meidän"):
        assert f'value="{kept}"' in refused.text
    assert SECRET not in refused.text and "aria-invalid" in refused.text
    page = browser.get(path, query_string={"lang": "en"})
    assert "It is kept sealed already" in page.text and SECRET not in page.text
    saved = browser.submit(page, "way-in", act="save", **typed(avis))
    assert saved.status_code == 303
    after = browser.get(path, query_string={"lang": "en"}).text
    assert "lets nobody in yet" in after and "It is kept sealed already" in after


def test_she_may_look_first_whether_the_provider_answers(avis, jaana):
    browser, path = jaana
    page = browser.submit(browser.get(path), "way-in", act="look", secret=SECRET, **typed(avis))
    assert page.status_code == 200 and "notice good" in page.text and 'value="polku-9"' in page.text


def test_a_client_is_opened_without_its_sign_in_and_its_it_does_the_rest(consultancy, browse):
    henna = browse(consultancy, "Henna", host="console.polku.localhost", roles=["lead"])
    page = henna.get("/clients/new")
    slug = "ilman-kirjautumista"
    filled = {"name": "Ilman Oy", "slug": slug, "domains": "ilman.example", "reason": "Leads the path."}
    opened = henna.submit(page, "open-client", act="open", **filled)
    assert opened.status_code == 303, opened.text
    half = filled | {"slug": "puolikas", "client_id": "only"}
    assert henna.submit(henna.get("/clients/new"), "open-client", act="open", **half).status_code == 422
    shown = henna.submit(henna.get(f"/clients/{slug}/settings"), "make-link")
    address = re.search(r'<code id="setup-link">(.*?)</code>', shown.text)[1]
    it = browse(consultancy, host=f"{slug}.polku.localhost")
    path = address.partition("localhost")[2]
    it.submit(it.get(path), "begin")
    assert 'value="ilman.example"' in it.get(path.rpartition("/")[0]).text
