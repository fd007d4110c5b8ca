import base64
import hashlib
import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from infra.demo.personas import ORGANISATIONS, PERSONAS
from infra.demo.sign_in import create_app

BACK = "http://avi.polku.localhost:8080/sign-in/back"
VERIFIER = "a-long-random-string-that-only-the-browser-s-session-knows"


@pytest.fixture
def provider():
    return create_app().test_client()


def ask(client_id="polku-avi", **more) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    wanted = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": BACK,
        "scope": "openid profile email",
        "state": "s",
        "nonce": "n",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return "/oauth2/authorize?" + urlencode(wanted | more)


def claims_of(token: str) -> dict:
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def test_there_are_a_dozen_people_and_each_has_a_name_of_their_own():
    assert len(PERSONAS) == 12
    assert len({persona.subject for persona in PERSONAS}) == 12
    assert {persona.organisation for persona in PERSONAS} == set(ORGANISATIONS)


def test_kaisa_signs_in_by_the_code_flow(provider):
    answer = provider.post(ask(), data={"sub": "kaisa"})
    back = parse_qs(urlsplit(answer.location).query)
    assert answer.location.startswith(BACK) and back["state"] == ["s"]
    form = {"grant_type": "authorization_code", "code": back["code"][0], "redirect_uri": BACK}
    form |= {"client_id": "polku-avi", "client_secret": "demonstration", "code_verifier": VERIFIER}
    claims = claims_of(provider.post("/oauth2/token", data=form).json["id_token"])
    assert (
        claims["sub"] == "kaisa" and claims["nonce"] == "n" and claims["aud"] in ("polku-avi", ["polku-avi"])
    )
    assert claims["name"] == "Kaisa Niemi" and claims["unit"] == "Työsuojelu" and claims["site"] == "Oulu"


def test_each_organisation_is_shown_its_own_people_only(provider):
    page = provider.get(ask()).text
    assert "Kaisa Niemi" in page
    assert "Linnea Öhman" not in page
    assert "Linnea Öhman" in provider.get(ask("polku-skargard")).text


def test_the_page_asks_nobody_else_for_its_looks(provider):
    page = provider.get(ask()).text
    assert "http://" not in page and "https://" not in page


def test_one_may_go_back_without_signing_in(provider):
    answer = provider.post(ask(), data={"action": "deny"})
    assert "error=access_denied" in answer.location


def test_a_missing_name_is_asked_for(provider):
    assert "Write a name first." in provider.post(ask(), data={}).text
