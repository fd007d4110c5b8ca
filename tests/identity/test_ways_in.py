"""The organisation's administrators set up how their people sign in, and prove it before anybody needs it."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import select

from services.identity.models import SignIn
from services.identity.sign_in import oidc
from services.identity.sign_in.hashing import hash_secret
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.provider import brought_to
from tests.identity.test_clients import inside


@pytest.fixture
def sari(avis):
    return inside(avis, avis.let_in(avis.employ("Sari", roles=["admin"])))


def way_in(avis, **changed):
    return {
        "name": "Kumppanit",
        "issuer": avis.provider.issuer,
        "client_id": "polku-2",
        "domains": ["kumppani.example"],
    } | changed


def test_an_organisation_may_have_several_ways_in(sari, avis):
    made = sari.post("/connections", json=way_in(avis, secret="hidden"))
    assert made.status_code == 201 and made.json["has_secret"] and "hidden" not in made.text
    ways = avis.door.get(f"/hosts/{avis.host}").json["ways_in"]
    assert {way["name"] for way in ways} == {"Aluevirasto", "Kumppanit"}
    asked = {"redirect_uri": f"http://{avis.host}/sign-in/back", "connection_id": made.json["id"]}
    assert "client_id=polku-2&" in avis.door.post("/sign-ins", json=asked).json["url"]


def test_a_closed_way_in_is_closed_until_it_is_opened_again(sari, avis):
    made = sari.post("/connections", json=way_in(avis)).json
    sari.delete(f"/connections/{made['id']}")
    assert len(avis.door.get(f"/hosts/{avis.host}").json["ways_in"]) == 1
    asked = {"redirect_uri": f"http://{avis.host}/sign-in/back", "connection_id": made["id"]}
    assert avis.door.post("/sign-ins", json=asked).status_code == 404
    sari.post(f"/connections/{made['id']}/reopening")
    assert avis.door.post("/sign-ins", json=asked).status_code == 201


def test_an_empty_secret_keeps_the_old_one(sari, avis):
    (ours,) = sari.get("/connections").json
    changed = {
        name: ours[name] for name in ("name", "issuer", "client_id", "domains", "claims", "role_names")
    }
    assert sari.put(f"/connections/{ours['id']}", json=changed | {"name": "Oma"}).json["has_secret"]
    avis.sign_in(avis.employ("Kaisa"))


def test_a_secret_is_not_told_to_who_says_what_it_was(sari, avis):
    way = way_in(avis, secret="not to be read")
    made = sari.post("/connections", json=way).json
    edit = way | {"secret": "another", "was": {"secret": "a guess"}}
    refused = sari.put(f"/connections/{made['id']}", json=edit)
    assert refused.status_code in (200, 409) and "not to be read" not in refused.text


def test_claims_may_be_called_otherwise(sari, avis):
    (ours,) = sari.get("/connections").json
    kept = {name: ours[name] for name in ("name", "issuer", "client_id", "domains")}
    named = {"unit": "department", "site": "office", "roles": "groups"}
    sari.put(
        f"/connections/{ours['id']}",
        json=kept | {"claims": named, "role_names": {"Polku-vetäjät": "coordinator"}},
    )
    avis.confirm()
    told = {"department": "Hallinto", "office": "Vaasa", "groups": ["Polku-vetäjät", "Everybody"]}
    found = avis.current(avis.sign_in(avis.employ("Tuula", **told))).json
    assert (found["person"]["unit"], found["person"]["site"]) == ("Hallinto", "Vaasa")
    assert found["roles"] == ["coordinator", "participant"]


def test_the_provider_is_looked_at_before_anybody_needs_it(sari, avis):
    (ours,) = sari.get("/connections").json
    seen = sari.post(f"/connections/{ours['id']}/test").json
    assert seen["keys"] == 1 and seen["token_endpoint"].startswith(avis.provider.issuer)
    assert sari.get("/connections").json[0]["tested_at"]


def test_an_address_without_a_provider_says_so(sari, monkeypatch):
    assert sari.post("/providers", json={"issuer": "http://localhost:1"}).json["code"] == "unsafe-address"
    monkeypatch.setenv("POLKU_SIGN_IN", "http://127.0.0.1:1")
    answer = sari.post("/providers", json={"issuer": "http://127.0.0.1:1"})
    assert (answer.status_code, answer.json["code"]) == (502, "provider-away")


def test_a_provider_that_calls_itself_otherwise_is_none(sari, monkeypatch, avis):
    """Or one provider could vouch in another's name (OpenID Connect Discovery 1.0, 4.3)."""
    elsewhere = avis.provider.issuer.replace("127.0.0.1", "localhost")
    monkeypatch.setenv("POLKU_SIGN_IN", elsewhere + "/")
    answer = sari.post("/providers", json={"issuer": elsewhere + "/"})
    assert answer.json["code"] == "provider-away"


def come(begun: dict[str, str]) -> dict[str, str]:
    """Back from the provider, to the way in's own return address."""
    return brought_to(parse_qs(urlsplit(begun["url"]).query)["redirect_uri"][0]) | {
        "state": begun["state"],
        "code": "any",
    }


KEY, FORGED = (RSAKey.generate_key(2048, {"kid": kid}) for kid in ("theirs", "forged"))


@pytest.fixture
def answered(avis, monkeypatch):
    """answered(**claims) is what comes of an ID token that the provider would sign like that."""
    monkeypatch.setattr(oidc.Provider, "keys", lambda *_, **__: KeySet([KEY]))

    def answer(key=KEY, without=(), **claims):
        begun = avis.begin()
        with acting_for(avis.id), sessions_of("identity")() as session:
            nonce = session.scalars(
                select(SignIn.nonce).filter_by(state_hash=hash_secret(begun["state"]))
            ).one()
        usual = {
            "iss": avis.provider.issuer,
            "aud": f"polku-{avis.slug}",
            "sub": "kaisa",
            "nonce": nonce,
            "name": "Kaisa",
        }
        usual |= {"iat": int(time.time()), "exp": int(time.time()) + 300, "email": f"kaisa@{avis.domain}"}
        told = {name: value for name, value in (usual | claims).items() if name not in without}
        signed = jwt.encode({"alg": "RS256", "kid": key.kid}, told, key)
        monkeypatch.setattr(oidc, "exchange", lambda *_: {"id_token": signed})
        return avis.door.post("/sign-ins/callback", json=come(begun))

    return answer


def test_a_genuine_answer_is_believed(answered, avis):
    assert answered().status_code == 201
    assert answered(aud=[f"polku-{avis.slug}", "other"], azp=f"polku-{avis.slug}").status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": FORGED},
        {"iss": "https://evil.example"},
        {"aud": "somebody-else"},
        {"azp": "somebody-else"},
        {"exp": int(time.time()) - 3600},
        {"iat": int(time.time()) + 3600},
        {"nonce": "another"},
        {"without": ("nonce",)},
        {"without": ("exp",)},
        {"without": ("aud",)},
        {"without": ("sub",)},
    ],
    ids=lambda wrong: "-".join(("without", *wrong["without"]) if "without" in wrong else wrong),
)
def test_an_answer_that_is_not_for_us_here_and_now_is_not_believed(answered, wrong):
    answer = answered(**wrong)
    assert (answer.status_code, answer.json["code"]) == (403, "answer-not-genuine")


def test_an_unsigned_token_is_not_believed(avis, monkeypatch):
    begun = avis.begin()
    unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJrYWlzYSJ9."
    monkeypatch.setattr(oidc, "exchange", lambda *_: {"id_token": unsigned})
    answer = avis.door.post("/sign-ins/callback", json=come(begun))
    assert answer.json["code"] == "answer-not-genuine"


def test_only_administrators_see_the_ways_in(avis, kelas):
    for house, name, roles in ((avis, "Kaisa", []), (avis, "Tuula", ["coordinator"])):
        somebody = inside(house, house.let_in(house.employ(name, roles=roles)))
        assert somebody.get("/connections").status_code == 403
        assert somebody.post("/connections", json=way_in(avis)).status_code == 403
    pekka = inside(kelas, kelas.let_in(kelas.employ("Pekka", roles=["admin"])))
    assert {connection["client_id"] for connection in pekka.get("/connections").json} == {
        f"polku-{kelas.slug}"
    }


@pytest.mark.parametrize(
    "name", ["https://avi.example", "avi", "evil.polku.localhost", "polku.localhost", "a b.example", "..fi"]
)
def test_what_is_no_host_name_of_ours_is_refused(sari, name):
    assert sari.post("/hosts-of-our-own", json={"name": name}).json["code"] == "no-host-name"


def test_the_organisation_changes_its_name_and_colour(sari, avis):
    assert sari.patch("/organisation", json={"name": "Virasto", "colour": "#AABBCC"}).status_code == 200
    seen = avis.door.get(f"/hosts/{avis.host}").json["organisation"]
    assert (seen["name"], seen["theme"]["brand"]) == ("Virasto", "#aabbcc")
