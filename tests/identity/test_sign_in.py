"""People sign in with their own organisation, and only there."""

import pytest
from sqlalchemy import update

from services.identity.models import Connection, Host, Member, SignIn, SignInSession
from services.identity.sign_in.models.in_use import now
from shared.contracts.identity import MemberChanged, MemberJoined
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for


def test_kaisa_signs_in_with_her_own_organisation(avis):
    secret = avis.sign_in(avis.employ("Kaisa", unit="Työsuojelu", site="Oulu", locale="sv-FI"))
    found = avis.current(secret).json
    assert found["person"]["name"] == "Kaisa"
    assert (found["person"]["unit"], found["person"]["site"], found["person"]["language"]) == (
        "Työsuojelu",
        "Oulu",
        "sv",
    )
    assert found["roles"] == ["participant"]
    assert found["tenant"]["slug"] == avis.slug == found["home"]["slug"]


def test_a_second_sign_in_is_the_same_person_even_with_another_address(avis):
    kaisa = avis.employ("Kaisa")
    first = avis.person(avis.sign_in(kaisa))
    avis.provider.know(kaisa, name="Kaisa Niemi", email=f"kaisa.niemi@{avis.domain}", email_verified=True)
    second = avis.person(avis.sign_in(kaisa))
    assert first["id"] == second["id"] and second["name"] == "Kaisa Niemi"


def test_the_same_address_from_another_connection_is_another_person(avis):
    first = avis.person(avis.sign_in(avis.employ("Kaisa")))
    avis.provider.know("kaisa-again", name="Kaisa", email=f"kaisa@{avis.domain}", email_verified=True)
    assert avis.person(avis.sign_in("kaisa-again"))["id"] != first["id"]


def test_joining_is_told_without_a_name(avis, told):
    avis.sign_in(avis.employ("Kaisa", unit="Työsuojelu"))
    (joined,) = told("identity", MemberJoined, tenant=avis.id)
    assert joined.unit_id and joined.roles == ["participant"]
    assert not told("identity", MemberChanged, tenant=avis.id)


def test_pekka_of_another_organisation_gets_no_account_here(avis, kelas):
    brought = avis.provider.sign_in(avis.begin()["url"], kelas.employ("Pekka"))
    answer = avis.door.post("/sign-ins/callback", json=brought)
    assert answer.status_code == 403 and answer.json["code"] == "not-your-domain"


def test_an_address_that_the_provider_does_not_vouch_for_makes_no_account(avis):
    brought = avis.provider.sign_in(avis.begin()["url"], avis.employ("Kaisa", email_verified=False))
    assert avis.door.post("/sign-ins/callback", json=brought).status_code == 403


def test_pekkas_session_is_worth_nothing_on_another_organisations_host(avis, kelas):
    secret = kelas.sign_in(kelas.employ("Pekka"))
    assert kelas.current(secret).status_code == 200
    assert avis.current(secret).status_code == 401


def test_a_state_is_good_once(avis):
    brought = avis.provider.sign_in(avis.begin()["url"], avis.employ("Kaisa"))
    assert avis.door.post("/sign-ins/callback", json=brought).status_code == 201
    assert avis.door.post("/sign-ins/callback", json=brought).json["code"] == "sign-in-expired"


def test_a_tampered_state_is_refused(avis):
    brought = avis.provider.sign_in(avis.begin()["url"], avis.employ("Kaisa"))
    answer = avis.door.post("/sign-ins/callback", json=brought | {"state": brought["state"] + "x"})
    assert answer.status_code == 400 and answer.json["code"] == "sign-in-expired"


def test_a_state_of_another_organisation_is_refused(avis, kelas):
    brought = kelas.provider.sign_in(kelas.begin()["url"], kelas.employ("Pekka"))
    assert avis.door.post("/sign-ins/callback", json=brought).json["code"] == "sign-in-expired"


def test_a_sign_in_that_took_too_long_starts_again(avis):
    brought = avis.provider.sign_in(avis.begin()["url"], avis.employ("Kaisa"))
    change(avis, update(SignIn).values(expires_at=now()))
    assert avis.door.post("/sign-ins/callback", json=brought).json["code"] == "sign-in-expired"


def test_a_code_stolen_into_another_browsers_sign_in_is_refused(avis):
    """The nonce and the PKCE verifier belong to the sign-in that the code was asked for."""
    stolen = avis.provider.sign_in(avis.begin()["url"], avis.employ("Tuula"))
    mine = avis.provider.sign_in(avis.begin()["url"], avis.employ("Kaisa"))
    answer = avis.door.post("/sign-ins/callback", json=mine | {"code": stolen["code"]})
    assert answer.status_code == 403 and answer.json["code"] == "sign-in-refused"


def test_an_answer_for_another_nonce_is_not_believed(avis):
    brought = avis.provider.sign_in(avis.begin()["url"], avis.employ("Kaisa"))
    change(avis, update(SignIn).values(nonce="another"))
    answer = avis.door.post("/sign-ins/callback", json=brought)
    assert answer.status_code == 403 and answer.json["code"] == "answer-not-genuine"


def test_an_answer_for_another_application_is_not_believed(avis):
    brought = avis.provider.sign_in(avis.begin()["url"], avis.employ("Kaisa"))
    change(avis, update(Connection).values(client_id="somebody-else"))
    assert avis.door.post("/sign-ins/callback", json=brought).status_code == 403


def test_somebody_who_says_no_at_the_provider_is_not_signed_in(avis):
    begun = avis.begin()
    denied = avis.provider.refuse(begun["url"])
    brought = {"state": begun["state"]} | {name: denied[name] for name in ("error", "connection_id")}
    answer = avis.door.post("/sign-ins/callback", json=brought)
    assert answer.status_code == 403 and answer.json["code"] == "sign-in-refused"


def test_the_code_comes_back_to_our_own_host_only(avis, kelas):
    for elsewhere in ("evil.example", kelas.host):
        asked = {"redirect_uri": f"http://{elsewhere}/sign-in/back"}
        assert avis.door.post("/sign-ins", json=asked).status_code == 404


def test_signing_out_ends_the_session_at_once(avis):
    secret = avis.sign_in(avis.employ("Kaisa"))
    assert avis.door.post("/sessions/end", json={"secret": secret}).status_code == 200
    assert avis.current(secret).status_code == 401


@pytest.mark.parametrize("clock", ["seen_at", "ends_at"])
def test_a_session_ends_when_nobody_uses_it_and_after_a_day_in_any_case(avis, clock):
    secret = avis.sign_in(avis.employ("Kaisa"))
    change(avis, update(SignInSession).values({clock: now().replace(year=2020)}))
    assert avis.current(secret).status_code == 401


def test_somebody_who_has_left_is_out_within_one_request(avis):
    kaisa = avis.employ("Kaisa")
    secret = avis.sign_in(kaisa)
    change(avis, update(Member).values(left_at=now()))
    assert avis.current(secret).status_code == 401
    brought = avis.provider.sign_in(avis.begin()["url"], kaisa)
    assert avis.door.post("/sign-ins/callback", json=brought).json["code"] == "you-have-left"


def test_the_database_holds_no_secret_that_opens_a_session(avis):
    secret = avis.sign_in(avis.employ("Kaisa"))
    with acting_for(avis.id), sessions_of("identity")() as session:
        visit = session.query(SignInSession).one()
        connection = session.query(Connection).one()
    assert secret.encode() not in visit.secret_hash
    assert b"a secret" not in connection.sealed_secret and connection.secret == "a secret"


def test_a_host_name_leads_to_its_organisation_and_to_no_other(avis, kelas):
    nobody = avis.door.of(avis.id)
    found = nobody.get(f"/hosts/{kelas.host}:8080").json
    assert found["organisation"]["slug"] == kelas.slug and len(found["ways_in"]) == 1
    assert nobody.get("/hosts/unknown.polku.localhost").status_code == 404


def test_an_organisation_may_have_a_host_name_of_its_own(avis):
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.add(Host(name=f"polku.{avis.domain}", slug=avis.slug, organisation_id=avis.id))
    assert avis.door.get(f"/hosts/polku.{avis.domain}").json["organisation"]["slug"] == avis.slug


def test_people_cannot_ask_what_only_the_portal_may(avis, pekka):
    for door in (pekka("identity"), avis.door.as_("participant", "admin", "lead")):
        assert door.post("/tokens", json={"secret": "x"}).status_code == 403
        assert door.post("/addresses", json={"ids": []}).status_code == 403


def change(house, statement) -> None:
    with acting_for(house.id), sessions_of("identity").begin() as session:
        session.execute(statement)
