"""People sign in by SAML, also by Virtu: known by a key that stays, and by a provider that the organisation has confirmed."""

from typing import Any

import pytest
from sqlalchemy import select

from services.identity.models import SamlProvider as Known
from services.identity.models import SignIn, UsedAnswer, WayInChange
from services.identity.sign_in import rechecks
from services.identity.sign_in.saml import fetching
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from shared.web.outbound.http_client import Response
from tests.identity.saml_provider import DENIED, Asked, SamlProvider, made_key
from tests.identity.test_clients import inside

KAISA = {"mail": ["kaisa@other.example"], "displayName": ["Kaisa Niemi"]}


@pytest.fixture
def sari(avis):
    return inside(avis, avis.let_in(avis.employ("Sari", roles=["admin"])))


@pytest.fixture
def theirs() -> SamlProvider:
    return SamlProvider()


def wished(house, provider: SamlProvider, **changed: Any) -> dict[str, Any]:
    usual = {"name": "Virasto", "at": f"http://{house.host}", "domains": ["other.example"]}
    return usual | {"metadata": provider.metadata()} | changed


def connect(sari, house, provider: SamlProvider, **changed: Any) -> dict[str, Any]:
    answer = sari.post("/saml-connections", json=wished(house, provider, **changed))
    assert answer.status_code == 201, answer.json
    return answer.json


def asks(house, way: dict[str, Any]) -> Asked:
    wish = {"redirect_uri": f"http://{house.host}/sign-in/back", "connection_id": way["id"], "back": "/plan"}
    begun = house.door.post("/sign-ins", json=wish)
    assert begun.status_code == 201, begun.json
    assert begun.json["by_post"] and begun.json["url"].startswith("https://login.avi.example/saml/sign-in?")
    return Asked.in_address(begun.json["url"])


def comes_back(house, way: dict[str, Any], asked: Asked, response: str):
    brought = {"state": asked.state, "response": response, "connection_id": way["id"]}
    return house.door.post("/sign-ins/saml", json=brought)


def signs_in(house, way: dict[str, Any], provider: SamlProvider, **says: Any):
    asked = asks(house, way)
    return comes_back(house, way, asked, provider.answer(asked, **{"attributes": KAISA} | says))


def test_kaisa_signs_in_by_saml(sari, avis, theirs):
    way = connect(sari, avis, theirs)
    came = signs_in(avis, way, theirs)
    assert came.status_code == 201 and came.json["back"] == "/plan", came.json
    person = avis.person(came.json["secret"])
    assert (person["name"], person["email"]) == ("Kaisa Niemi", "kaisa@other.example")
    again = avis.person(signs_in(avis, way, theirs, attributes={}).json["secret"])
    assert again["id"] == person["id"] and again["name"] == "Kaisa Niemi"


def test_our_entity_id_is_the_address_of_our_metadata(sari, avis, theirs):
    way = connect(sari, avis, theirs)
    assert (way["kind"], way["issuer"]) == ("saml", theirs.entity_id)
    assert way["client_id"] == f"http://{avis.host}/sign-in/saml/{way['id']}/metadata"
    asked = asks(avis, way)
    assert (asked.ours, asked.returns_to) == (
        way["client_id"],
        f"http://{avis.host}/sign-in/saml/{way['id']}",
    )
    told = avis.door.get(f"/saml/{way['id']}/metadata?at=http://{avis.host}")
    assert (
        told.status_code == 200 and asked.ours in told.text and f'Location="{asked.returns_to}"' in told.text
    )


def test_metadata_are_told_of_saml_alone_and_on_our_own_hosts(sari, avis, kelas, theirs):
    way = connect(sari, avis, theirs)
    oidc = next(one for one in sari.get("/connections").json if one["kind"] == "oidc")
    assert avis.door.get(f"/saml/{oidc['id']}/metadata?at=http://{avis.host}").status_code == 404
    assert avis.door.get(f"/saml/{way['id']}/metadata?at=http://{kelas.host}").status_code == 404
    assert kelas.door.get(f"/saml/{way['id']}/metadata?at=http://{kelas.host}").status_code == 404


def test_a_state_is_good_once(sari, avis, theirs):
    way = connect(sari, avis, theirs)
    asked = asks(avis, way)
    response = theirs.answer(asked, attributes=KAISA)
    assert comes_back(avis, way, asked, response).status_code == 201
    assert comes_back(avis, way, asked, response).json["code"] == "sign-in-expired"


def test_a_response_is_good_once_even_if_its_question_were_asked_again(sari, avis, theirs):
    way = connect(sari, avis, theirs)
    first = asks(avis, way)
    response = theirs.answer(first, attributes=KAISA)
    assert comes_back(avis, way, first, response).status_code == 201
    again = asks(avis, way)
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.scalars(select(SignIn)).one().nonce = first.id.removeprefix("_")
    assert comes_back(avis, way, again, response).json["code"] == "answer-not-genuine"


def test_a_used_response_is_known_by_its_hash_and_to_the_hour(sari, avis, theirs):
    signs_in(avis, connect(sari, avis, theirs), theirs, assertion_id="_secret-id")
    with acting_for(avis.id), sessions_of("identity")() as session:
        (used,) = session.scalars(select(UsedAnswer))
    assert b"secret-id" not in used.id_hash and used.ends_at.minute == used.ends_at.second == 0


def test_a_stolen_response_is_worth_nothing_in_another_sign_in(sari, avis, theirs):
    way = connect(sari, avis, theirs)
    stolen = theirs.answer(asks(avis, way), name="tuula", attributes=KAISA)
    assert comes_back(avis, way, asks(avis, way), stolen).json["code"] == "answer-not-genuine"


def test_a_response_to_one_way_in_is_worth_nothing_in_another(sari, avis, theirs):
    one, other = connect(sari, avis, theirs), connect(sari, avis, theirs, name="Toinen")
    asked = asks(avis, one)
    response = theirs.answer(asked, attributes=KAISA)
    assert comes_back(avis, other, asked, response).json["code"] == "answer-not-genuine"


def test_a_response_does_not_come_by_an_oidc_way_in(sari, avis, theirs):
    state = avis.begin()["state"]
    way = next(one for one in sari.get("/connections").json if one["kind"] == "oidc")
    asked = Asked("_x", "x", "x", state, None)
    assert comes_back(avis, way, asked, theirs.answer(asked)).json["code"] == "answer-not-genuine"


def test_a_code_does_not_come_by_a_saml_way_in(sari, avis, theirs):
    way = connect(sari, avis, theirs)
    asked = asks(avis, way)
    answer = {"state": asked.state, "code": "a code", "connection_id": way["id"]}
    assert avis.door.post("/sign-ins/callback", json=answer).json["code"] == "answer-not-genuine"


def test_whoever_is_not_of_a_domain_gets_no_account(sari, avis, theirs):
    way = connect(sari, avis, theirs)
    came = signs_in(avis, way, theirs, attributes={"mail": ["kaisa@elsewhere.example"]})
    assert came.status_code == 403 and came.json["code"] == "not-your-domain"


def test_a_no_of_the_provider_is_said_as_one(sari, avis, theirs):
    came = signs_in(avis, connect(sari, avis, theirs), theirs, status=DENIED)
    assert (came.status_code, came.json["code"]) == (403, "sign-in-refused")


def test_an_address_as_a_name_is_no_key(sari, avis, theirs):
    way = connect(sari, avis, theirs)
    mail = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
    came = signs_in(avis, way, theirs, name="kaisa@other.example", name_format=mail)
    assert (came.status_code, came.json["code"]) == (403, "without-a-key")
    wish = wished(avis, theirs, claims={"key": "mail"})
    assert sari.post("/saml-connections", json=wish).json["code"] == "address-is-no-key"


def test_the_attribute_that_is_the_key_stays_once_people_have_signed_in(sari, avis, theirs):
    way = connect(sari, avis, theirs, claims={"key": "oid"})
    assert signs_in(avis, way, theirs, attributes=KAISA | {"oid": ["1"]}).status_code == 201
    changed = sari.put(
        f"/saml-connections/{way['id']}", json=wished(avis, theirs, metadata="", claims={"key": "uid"})
    )
    assert changed.json["code"] == "is-used"


def test_a_subject_of_another_kind_of_key_is_another_person(sari, avis, theirs):
    by_name, by_oid = connect(sari, avis, theirs), connect(sari, avis, theirs, claims={"key": "oid"})
    confirm_all(avis)
    kaisa = avis.person(signs_in(avis, by_name, theirs, name="1").json["secret"])
    tuula = avis.person(
        signs_in(avis, by_oid, theirs, attributes={"mail": ["tuula@other.example"], "oid": ["1"]}).json[
            "secret"
        ]
    )
    assert kaisa["id"] != tuula["id"]


def confirm_all(house) -> None:
    from services.identity.models import Connection

    with acting_for(house.id), sessions_of("identity").begin() as session:
        for connection in session.scalars(select(Connection)):
            connection.confirm("link", None, session)


# Virtu

VIRTU = {"virtuLocalID": ["kaisa1"], "virtuHomeOrganization": ["avi.example"], "cn": ["Kaisa Niemi"]}
BOUND = {"domains": [], "home_organisations": ["avi.example", "laitos.example"]}


def test_kaisa_signs_in_by_virtu_without_an_address(sari, avis, theirs):
    way = connect(sari, avis, theirs, **BOUND)
    assert asks(avis, way).wants is None
    came = signs_in(avis, way, theirs, name=None, attributes=VIRTU)
    assert came.status_code == 201, came.json
    person = avis.person(came.json["secret"])
    assert (person["name"], person["email"]) == ("Kaisa Niemi", "")
    other = VIRTU | {"virtuHomeOrganization": ["laitos.example"]}
    colleague = avis.person(signs_in(avis, way, theirs, name=None, attributes=other).json["secret"])
    assert colleague["id"] != person["id"]


def test_a_provider_speaks_for_its_own_home_organisations_only(sari, avis, theirs):
    way = connect(sari, avis, theirs, **BOUND)
    forged = VIRTU | {"virtuHomeOrganization": ["kela.example"]}
    came = signs_in(avis, way, theirs, name=None, attributes=forged)
    assert (came.status_code, came.json["code"]) == (403, "not-their-organisation")


def test_more_home_organisations_are_confirmed_anew(sari, avis, theirs):
    way = connect(sari, avis, theirs, **BOUND)
    confirm_all(avis)
    more = BOUND | {"home_organisations": [*BOUND["home_organisations"], "third.example"]}
    changed = sari.put(f"/saml-connections/{way['id']}", json=wished(avis, theirs, metadata="", **more))
    assert changed.status_code == 200 and not changed.json["is_confirmed"]
    assert {record["domain"] for record in changed.json["records"]} == set(more["home_organisations"])


def test_nobody_claims_everybodys_home_organisation(sari, avis, theirs):
    wish = wished(avis, theirs, home_organisations=["gmail.com"])
    assert sari.post("/saml-connections", json=wish).json["code"] == "everybodys-domain"


# metadata


def test_other_metadata_are_confirmed_anew_and_written_down(sari, avis, theirs):
    way = connect(sari, avis, theirs)
    confirm_all(avis)
    wish = wished(avis, theirs, metadata=theirs.metadata(made_key("forged")))
    changed = sari.put(f"/saml-connections/{way['id']}", json=wish)
    assert changed.status_code == 200 and not changed.json["is_confirmed"]
    (line,) = [one for one in sari.get("/ways-in").json["changes"] if one["kind"] == "edited"]
    assert set(line["facts"]) == {"certificates"}


def test_what_is_saved_without_metadata_changes_none_and_keeps_the_confirmation(sari, avis, theirs):
    way = connect(sari, avis, theirs)
    confirm_all(avis)
    renamed = wished(avis, theirs, metadata="", name="Uusi nimi")
    changed = sari.put(f"/saml-connections/{way['id']}", json=renamed)
    assert changed.json["is_confirmed"] and changed.json["name"] == "Uusi nimi"
    assert changed.json["client_id"] == way["client_id"]


def test_another_provider_takes_no_place_once_people_have_signed_in(sari, avis, theirs):
    way = connect(sari, avis, theirs)
    assert signs_in(avis, way, theirs).status_code == 201
    other = SamlProvider(entity_id="https://other.example/saml")
    changed = sari.put(f"/saml-connections/{way['id']}", json=wished(avis, other))
    assert changed.json["code"] == "another-provider"


def published(monkeypatch, provider: SamlProvider, *keys) -> None:
    answer = Response(200, provider.metadata(*keys).encode())
    monkeypatch.setattr(fetching, "request", lambda *_, **__: answer)


URL = "https://login.avi.example/metadata"


def test_a_provider_that_rolls_over_is_followed(sari, avis, theirs, monkeypatch):
    old, new = made_key("old"), made_key("new")
    theirs.key = old
    published(monkeypatch, theirs, old)
    way = connect(sari, avis, theirs, metadata="", metadata_url=URL)
    confirm_all(avis)
    for keys, good in (((old, new), (old, new)), ((new,), (new,))):
        published(monkeypatch, theirs, *keys)
        with acting_for(avis.id):
            rechecks.look_at_metadata(provider_of(avis).id)
        for theirs.key in good:
            assert signs_in(avis, way, theirs).status_code == 201
    theirs.key = old
    assert signs_in(avis, way, theirs).json["code"] == "answer-not-genuine"
    kinds = [one["kind"] for one in sari.get("/ways-in").json["changes"]]
    assert kinds.count("metadata_changed") == 2
    assert next(one for one in sari.get("/connections").json if one["id"] == way["id"])["is_confirmed"]


def provider_of(house) -> Known:
    with acting_for(house.id), sessions_of("identity")() as session:
        return session.scalars(select(Known)).one()


def test_metadata_that_cannot_be_read_lock_nobody_out(sari, avis, theirs, monkeypatch):
    published(monkeypatch, theirs)
    way = connect(sari, avis, theirs, metadata="", metadata_url=URL)
    for answer in (Response(500, b""), Response(200, b"<html/>"), Response(200, b"")):
        monkeypatch.setattr(fetching, "request", lambda *_, said=answer, **__: said)
        with acting_for(avis.id):
            assert rechecks.look_at_metadata(provider_of(avis).id) is not None
    assert signs_in(avis, way, theirs).status_code == 201


def test_the_address_of_metadata_is_called_through_the_guard(sari, avis, theirs):
    for url in ("http://login.example/metadata", "https://127.0.0.1/metadata", "https://localhost/m"):
        answer = sari.post("/saml-connections", json=wished(avis, theirs, metadata="", metadata_url=url))
        assert answer.json["code"] == "no-metadata-there", url


@pytest.mark.parametrize(("days", "warned"), [(40, 0), (29, 1), (6, 1)])
def test_an_end_is_warned_of_30_and_7_days_ahead_and_once_each(sari, avis, days, warned):
    provider = SamlProvider(key=made_key(f"{days} days", days=days))
    connect(sari, avis, provider)
    for _ in range(2):
        with acting_for(avis.id):
            rechecks.look_at_metadata(provider_of(avis).id)
    with acting_for(avis.id), sessions_of("identity")() as session:
        lines = [one for one in session.scalars(select(WayInChange)) if one.kind == "certificate_ends"]
    assert len(lines) == warned and all("ends_on" in line.facts for line in lines)


def test_only_administrators_see_and_set_up_ways_in(avis, kelas, sari, theirs):
    way = connect(sari, avis, theirs)
    kaisa = inside(avis, avis.let_in(avis.employ("Kaisa")))
    pekka = inside(kelas, kelas.let_in(kelas.employ("Pekka", roles=["admin"])))
    assert kaisa.get(f"/saml-connections/{way['id']}").status_code == 403
    assert kaisa.post("/saml-connections", json=wished(avis, theirs)).status_code == 403
    assert pekka.get(f"/saml-connections/{way['id']}").status_code == 404
    assert pekka.put(f"/saml-connections/{way['id']}", json=wished(kelas, theirs)).status_code == 404
    seen = sari.get(f"/saml-connections/{way['id']}").json
    assert seen["address"] == theirs.address and len(seen["fingerprints"]) == 1


def test_each_kind_of_way_in_is_changed_as_what_it_is(sari, avis, theirs):
    saml = connect(sari, avis, theirs)
    oidc = next(one for one in sari.get("/connections").json if one["kind"] == "oidc")
    as_oidc = {"name": "X", "issuer": "https://x.example", "client_id": "x"}
    assert sari.put(f"/connections/{saml['id']}", json=as_oidc).status_code == 404
    assert sari.post(f"/connections/{saml['id']}/test").status_code == 404
    assert sari.put(f"/saml-connections/{oidc['id']}", json=wished(avis, theirs)).status_code == 404
    assert sari.get(f"/saml-connections/{oidc['id']}").status_code == 404
