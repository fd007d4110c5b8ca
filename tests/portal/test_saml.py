"""A SAML provider's page sends people back by a form: only into the browser that was sent there, and once."""

from io import BytesIO
from uuid import uuid4

import pytest
from lxml import html
from sqlalchemy import select

from services.identity.models import ConfirmationLink, Connection, SamlProvider
from services.identity.sign_in.saml.certificates import fingerprint
from services.identity.sign_in.saml.metadata import described_in
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.saml_provider import Asked
from tests.identity.saml_provider import SamlProvider as Theirs

ELSEWHERE = {"Origin": "https://login.avi.example", "Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def theirs(avis) -> Theirs:
    """The only way into this house, from now on."""
    provider = Theirs()
    described = described_in(provider.metadata().encode())
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        Connection.open_ones(session)[0].close(None, None, session)
        way = {"name": "Virasto", "issuer": described.entity_id, "client_id": "polku", "kind": "saml"}
        connection = Connection.set_up(session, domains=[avis.domain], **way)
        session.flush()
        SamlProvider.set_up(connection, described, "", "", session)
    return provider


def sent_off(browser, back: str = "/") -> Asked:
    answer = browser.get("/sign-in", query_string={"back": back})
    assert answer.status_code == 303, answer.text
    return Asked.in_address(answer.headers["Location"])


def comes_back(browser, theirs, asked: Asked, **fields):
    says = {"attributes": {"mail": [f"kaisa@{browser.house.domain}"], "displayName": ["Kaisa"]}}
    form = {"RelayState": asked.state, "SAMLResponse": theirs.answer(asked, **says)} | fields
    path = asked.returns_to.removeprefix(browser.base)
    return browser.post(path, form, headers=ELSEWHERE)


def test_kaisa_signs_in_and_comes_to_the_page_that_she_wanted(browse, avis, theirs):
    browser = browse(avis)
    answer = comes_back(browser, theirs, sent_off(browser, back="/me"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me")
    assert "Kaisa" in browser.get("/me").text


def test_the_cookie_of_the_way_comes_along_with_another_sites_form_and_the_session_does_not(
    browse, avis, theirs
):
    browser = browse(avis, scheme="https")
    begun = browser.get("/sign-in").headers.getlist("Set-Cookie")
    (way,) = [cookie for cookie in begun if "on_the_way" in cookie]
    assert way.startswith("__Host-on_the_way-") and "SameSite=None" in way
    assert "Secure" in way and "HttpOnly" in way and "Max-Age=600" in way
    asked = Asked.in_address(browser.get("/sign-in").headers["Location"])
    opened = comes_back(browser, theirs, asked).headers.getlist("Set-Cookie")
    (session,) = [cookie for cookie in opened if cookie.startswith("__Host-visit")]
    assert "SameSite=Lax" in session


def test_a_sign_in_that_another_browser_began_is_refused(browse, avis, theirs):
    """Somebody who is sent a form of an attacker's would be signed in as him."""
    asked = sent_off(browse(avis))
    answer = comes_back(browse(avis), theirs, asked)
    assert answer.status_code == 400 and 'id="refusal"' in answer.text


def test_a_form_without_a_state_is_refused(browse, avis, theirs):
    browser = browse(avis)
    asked = sent_off(browser)
    for state in ("", "x", asked.state[:-1], str(uuid4())):
        assert comes_back(browser, theirs, asked, RelayState=state).status_code == 400
    for doubled in ("RelayState", "SAMLResponse"):
        assert comes_back(browser, theirs, asked, **{doubled: [asked.state, "x"]}).status_code == 400


def test_whoever_presses_back_is_led_on_and_a_response_is_used_once(browse, avis, theirs):
    browser = browse(avis)
    asked = sent_off(browser, back="/me")
    first = comes_back(browser, theirs, asked)
    secret = browser.cookie("visit")
    again = comes_back(browser, theirs, asked)
    assert first.headers["Location"] == again.headers["Location"] == "/me"
    assert browser.cookie("visit") == secret


def test_a_forged_response_is_refused_in_a_sentence(browse, avis, theirs):
    browser = browse(avis)
    asked = sent_off(browser)
    forger = Theirs(signs=())
    answer = comes_back(browser, forger, asked)
    assert answer.status_code == 403 and 'id="refusal"' in answer.text


def test_our_metadata_stand_at_an_address(browse, avis, theirs):
    browser = browse(avis)
    where = sent_off(browser).returns_to
    answer = browser.get(f"{where.removeprefix(browser.base)}/metadata")
    assert answer.status_code == 200 and answer.mimetype == "application/samlmetadata+xml"
    assert f'Location="{where}"' in answer.text and 'WantAssertionsSigned="true"' in answer.text
    assert browser.get(f"/sign-in/saml/{uuid4()}/metadata").status_code == 404


# the settings


def filled(**changed):
    usual = {"name": "Virasto", "domains": "other.example", "act": "save"}
    return usual | {"metadata": (BytesIO(Theirs().metadata().encode()), "metadata.xml")} | changed


NEW = "/desk/settings/ways-in/saml"


def set_up(sari, **changed):
    return sari.post(NEW, filled(**changed), content_type="multipart/form-data")


def test_an_administrator_sets_up_a_way_in_by_saml(browse, avis):
    sari = browse(avis, "Sari", roles=["admin"])
    assert 'href="/desk/settings/ways-in/saml"' in sari.get("/desk/settings").text
    assert sari.get(NEW).status_code == 200
    assert set_up(sari).status_code == 303
    page = sari.get(path_of(sari, "Virasto"))
    assert "https://login.avi.example/saml/sign-in" in page.text and "/metadata</code>" in page.text
    changed = sari.submit(page, "way-in", name="Virasto 2", domains="other.example third.example")
    assert changed.status_code == 303, changed.text
    assert "third.example" in sari.get(path_of(sari, "Virasto 2")).text
    assert "Virasto 2" in sari.get("/desk/settings").text


def path_of(sari, name: str) -> str:
    (link,) = html.fromstring(sari.get("/desk/settings").text).xpath(f'//a[normalize-space()="{name}"]')
    return link.get("href")


def test_what_was_typed_comes_back_with_the_sentence(browse, avis):
    sari = browse(avis, "Sari", roles=["admin"])
    wrong = {"metadata": (BytesIO(b"<a/>"), "a.xml"), "home_organisations": "avi.example laitos.example"}
    answer = set_up(sari, **wrong, signed_by="-----BEGIN", claim_key="oid")
    assert answer.status_code == 422
    for typed in ("Virasto", "avi.example laitos.example", "-----BEGIN", "oid", "other.example"):
        assert typed in answer.text


def test_whoever_confirms_sees_the_certificates(browse, avis, world):
    tuula = browse(avis, "Tuula", roles=["admin"])
    sari = browse(avis, "Sari", roles=["admin"])
    assert set_up(sari, home_organisations="avi.example").status_code == 303
    with acting_for(avis.id), sessions_of("identity")() as session:
        link = session.scalars(select(ConfirmationLink)).one()
        path = f"/ways-in/{link.id}/{link.secret}"
    text = tuula.get(path).text
    assert fingerprint(Theirs().key.base64) in text and "avi.example" in text
    assert tuula.post(path).status_code == 200
