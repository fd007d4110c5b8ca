"""Whoever may change a way in tries to become somebody else by it, or to keep the others out."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import ProgrammingError

from services.identity.base import today
from services.identity.models import ConfirmationLink, Connection, WayInChange
from services.identity.sign_in.models.in_use import now
from services.identity.sign_in.rechecks import look_at_way_in
from services.portal.door import forget_hosts
from shared.contracts.identity import WayInChanged, WayInConfirmationAsked
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import grant
from tests.identity.provider import Provider, running
from tests.identity.test_clients import inside

KEPT = ("name", "issuer", "client_id", "domains", "claims", "role_names")


@pytest.fixture
def sari(avis):
    """The client's administrator."""
    return inside(avis, avis.sign_in(avis.employ("Sari", roles=["admin"])))


@pytest.fixture
def evil() -> Iterator[Provider]:
    """A provider that says of itself whatever its owner likes."""
    with running() as provider:
        yield provider


@contextmanager
def trusted(provider: Provider) -> Iterator[None]:
    """The demonstration's exception for plain http, moved to another provider for a while."""
    before = os.environ["POLKU_SIGN_IN"]
    os.environ["POLKU_SIGN_IN"] = provider.issuer
    try:
        yield
    finally:
        os.environ["POLKU_SIGN_IN"] = before


def ours(door) -> dict:
    (way,) = door.get("/connections").json
    return {name: way[name] for name in KEPT} | {"id": way["id"]}


def changed(door, **different):
    way = ours(door)
    return door.put(f"/connections/{way.pop('id')}", json=way | different)


@pytest.mark.parametrize("field", ["issuer", "client_id"])
def test_a_used_way_in_leads_nowhere_else(avis, sari, evil, field):
    mikael = avis.person(avis.sign_in(avis.employ("Mikael")))["id"]
    with trusted(evil):
        refused = changed(sari, **{field: evil.issuer})
    assert (refused.status_code, refused.json["code"]) == (409, "is-used")
    assert avis.person(avis.sign_in(avis.employ("Mikael")))["id"] == mikael


def test_another_issuers_mikael_is_not_ours(avis, sari, evil):
    """Even where somebody gets at the row itself: the account is keyed by who vouched for it."""
    mikael = avis.person(avis.sign_in(avis.employ("Mikael")))["id"]
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.query(Connection).one().issuer = evil.issuer
    avis.provider = evil
    with trusted(evil):
        assert avis.person(avis.sign_in(avis.employ("Mikael")))["id"] != mikael


def test_what_does_not_lead_elsewhere_may_change(sari):
    assert changed(sari, name="Oma", secret="another").status_code == 200


def test_a_way_in_that_nobody_used_may_still_be_corrected(sari, avis):
    way = {"name": "Kumppanit", "issuer": avis.provider.issuer, "client_id": "polku-2"}
    made = sari.post("/connections", json=way).json
    corrected = sari.put(f"/connections/{made['id']}", json=way | {"client_id": "polku-3"})
    assert corrected.json["client_id"] == "polku-3"


@pytest.mark.parametrize("change", [{"closed_at": "now()"}, {"client_id": "polku-3"}])
def test_a_sign_in_that_was_under_way_ends_with_its_way_in(avis, sari, monkeypatch, change):
    """The provider answers while somebody closes the way in, or leads it elsewhere."""
    from services.identity.sign_in import oidc

    brought = avis.provider.sign_in(avis.begin()["url"], avis.employ("Mikael"))
    answered = oidc.claims_for

    def meanwhile(*told):
        claims = answered(*told)
        with acting_for(avis.id), sessions_of("identity").begin() as session:
            session.query(Connection).update(change)
        return claims

    monkeypatch.setattr(oidc, "claims_for", meanwhile)
    refused = avis.door.post("/sign-ins/callback", json=brought)
    assert (refused.status_code, refused.json["code"]) == (409, "no-longer-open")


def test_a_strangers_way_in_is_not_there(avis, kelas, sari):
    pekka = inside(kelas, kelas.sign_in(kelas.employ("Pekka", roles=["admin"])))
    theirs = ours(sari)
    assert pekka.put(f"/connections/{theirs.pop('id')}", json=theirs).status_code == 404


# a new way in claims people who have not come yet


@pytest.fixture
def evils_way(avis, sari, evil) -> dict:
    """A second way in to a provider of one's own, with the client's domain; Sari has not looked at her mail yet."""
    sari.post("/people-list", json={"people": [{"email": f"elina@{avis.domain}", "roles": ["admin"]}]})
    way = {
        "name": "Toinen",
        "issuer": evil.issuer,
        "client_id": "polku-2",
        "domains": [avis.domain],
        "secret": "theirs",
    }
    with trusted(evil):
        made = sari.post("/connections", json=way)
    assert made.status_code == 201 and not made.json["is_confirmed"]
    return made.json


def comes_by(avis, way, provider, name, **claims):
    """Somebody signs in by a certain way; the answer of the callback."""
    asked = {"redirect_uri": f"http://{avis.host}/sign-in/back", "connection_id": way["id"]}
    subject, address = f"{name.lower()}-there", f"{name.lower()}@{avis.domain}"
    provider.know(subject, **{"name": name, "email": address, "email_verified": True} | claims)
    with trusted(provider):
        begun = avis.door.post("/sign-ins", json=asked).json
        return avis.door.post("/sign-ins/callback", json=provider.sign_in(begun["url"], subject))


def test_an_unconfirmed_way_in_claims_nobody_who_is_listed(avis, evil, evils_way):
    refused = comes_by(avis, evils_way, evil, "Elina")
    assert (refused.status_code, refused.json["code"]) == (403, "not-confirmed")


def test_nor_anybody_who_has_signed_in_by_another(avis, evil, evils_way):
    refused = comes_by(avis, evils_way, evil, "Sari")
    assert (refused.status_code, refused.json["code"]) == (403, "not-confirmed")


def test_by_an_unconfirmed_way_in_newcomers_come_without_roles(avis, evil, evils_way):
    answer = comes_by(avis, evils_way, evil, "Uusi", roles=["admin", "coordinator"])
    assert answer.status_code == 201
    assert avis.current(answer.json["secret"]).json["roles"] == ["participant"]


def test_nor_does_anybody_give_them_roles_by_hand(avis, sari, evil, evils_way):
    uusi = avis.person(comes_by(avis, evils_way, evil, "Uusi").json["secret"])["id"]
    refused = sari.patch(f"/members/{uusi}", json={"roles": ["coordinator"]})
    assert (refused.status_code, refused.json["code"]) == (409, "came-unconfirmed")


def test_a_newcomer_does_not_take_a_listed_address_afterwards(avis, sari, evil, evils_way):
    comes_by(avis, evils_way, evil, "Uusi")
    secret = comes_by(avis, evils_way, evil, "Uusi", email=f"elina@{avis.domain}").json["secret"]
    assert avis.person(secret)["email"] == f"uusi@{avis.domain}"


def test_a_list_gives_no_role_to_an_unconfirmed_account_of_the_same_address(avis, sari, evil, evils_way):
    uusi = avis.person(comes_by(avis, evils_way, evil, "Uusi").json["secret"])["id"]
    listed = {"email": f"uusi@{avis.domain}", "roles": ["coordinator"]}
    assert sari.post("/people-list", json={"people": [listed]}).json["added"] == 1
    assert sari.get(f"/members/{uusi}").json["roles"] == ["participant"]


def test_once_confirmed_it_brings_listed_people_with_their_roles(avis, evil, evils_way):
    avis.confirm()
    elina = comes_by(avis, evils_way, evil, "Elina").json["secret"]
    assert avis.current(elina).json["roles"] == ["admin", "participant"]


@pytest.mark.parametrize(
    "change",
    [{"domains": ["avi.example", "muu.example"]}, {"claims": {"email": "nickname"}}, {"client_id": "x"}],
)
def test_what_was_confirmed_is_what_stands_there(avis, sari, evil, evils_way, change):
    """A way in confirmed in good faith is then turned into another."""
    avis.confirm()
    kept = {name: evils_way[name] for name in KEPT}
    with trusted(evil):
        turned = sari.put(f"/connections/{evils_way['id']}", json=kept | change)
    assert turned.status_code == 200 and not turned.json["is_confirmed"]


def test_what_brings_in_nobody_else_needs_no_new_confirmation(avis, sari, evils_way):
    avis.confirm()
    kept = {name: evils_way[name] for name in KEPT}
    changed = sari.put(f"/connections/{evils_way['id']}", json=kept | {"name": "Kolmas", "secret": "fresh"})
    assert changed.json["is_confirmed"]


# the link


def the_link(house) -> ConfirmationLink:
    with acting_for(house.id), sessions_of("identity")() as session:
        return session.scalars(select(ConfirmationLink)).one()


def follow(house, link, **asked):
    return house.door.post(f"/confirmation-links/{link.id}", json={"secret": link.secret} | asked)


def test_a_link_is_good_once(avis, evils_way):
    link = the_link(avis)
    assert follow(avis, link).json["domains"] == [avis.domain]
    assert follow(avis, link, confirm=True).status_code == 200
    for again in ({}, {"confirm": True}):
        refused = follow(avis, link, **again)
        assert (refused.status_code, refused.json["code"]) == (404, "link-is-over")


def test_another_organisations_link_confirms_nothing(avis, kelas, sari, evils_way):
    link = the_link(avis)
    assert follow(kelas, link, confirm=True).json["code"] == "link-is-over"
    assert not any(
        way["is_confirmed"] for way in sari.get("/connections").json if way["id"] == evils_way["id"]
    )


def test_a_guessed_secret_confirms_nothing(avis, evils_way):
    link = the_link(avis)
    wrong = {"secret": link.secret[:-1] + "!", "confirm": True}
    assert avis.door.post(f"/confirmation-links/{link.id}", json=wrong).json["code"] == "link-is-over"


def test_a_link_ends_after_a_week(avis, evils_way):
    link = the_link(avis)
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(update(ConfirmationLink).values(expires_at=now()))
    assert follow(avis, link, confirm=True).json["code"] == "link-is-over"


def test_a_link_confirms_nothing_that_was_changed_after_it_was_sent(avis, sari, evil, evils_way):
    link = the_link(avis)
    kept = {name: evils_way[name] for name in KEPT}
    with trusted(evil):
        sari.put(f"/connections/{evils_way['id']}", json=kept | {"client_id": "another"})
    assert follow(avis, link, confirm=True).json["code"] == "link-is-over"


def test_only_notification_learns_the_secret_of_a_link(avis, sari, evils_way):
    address = f"/confirmation-links/{the_link(avis).id}"
    assert avis.door.get(address).status_code == 403  # the portal
    assert sari.get(address).status_code == 403


def test_two_who_follow_one_link_at_once_confirm_it_once(avis, evils_way):
    link = the_link(avis)
    with ThreadPoolExecutor(2) as both:
        statuses = list(both.map(lambda _: follow(avis, link, confirm=True).status_code, range(2)))
    assert sorted(statuses) == [200, 404]


# the records


def test_records_of_all_domains_confirm_it(avis, sari, evils_way, zone):
    proof = f"/connections/{evils_way['id']}/proof"
    kept = {name: evils_way[name] for name in KEPT}
    both = sari.put(
        f"/connections/{evils_way['id']}", json=kept | {"domains": [avis.domain, "evil.example"]}
    ).json
    ours, evils = sorted(both["records"], key=lambda each: each["domain"] == "evil.example")
    zone.records[evils["record"]] = [evils["text"]]
    assert sari.post(proof).json["code"] == "not-proven"
    zone.records[ours["record"]] = ["v=spf1 -all", ours["text"]]
    assert sari.post(proof).json["is_confirmed"]


def test_a_record_for_another_way_in_proves_nothing(avis, sari, evils_way, zone):
    (record,) = evils_way["records"]
    zone.records[record["record"]] = [record["text"][:-1] + "x"]
    assert sari.post(f"/connections/{evils_way['id']}/proof").json["code"] == "not-proven"


def test_what_changes_while_dns_is_asked_is_not_confirmed(avis, sari, evils_way, monkeypatch):
    from services.identity.sign_in.api import confirming

    def meanwhile(_connection):
        with acting_for(avis.id), sessions_of("identity").begin() as session:
            mine = update(Connection).where(Connection.id == UUID(evils_way["id"]))
            session.execute(mine.values(domains=["another.example"]))
        return True

    monkeypatch.setattr(confirming, "all_proven", meanwhile)
    assert sari.post(f"/connections/{evils_way['id']}/proof").json["code"] == "not-proven"


def test_records_that_go_missing_later_are_warned_of_and_lock_nobody_out(avis, sari, evil, evils_way, zone):
    (record,) = evils_way["records"]
    zone.records[record["record"]] = [record["text"]]
    sari.post(f"/connections/{evils_way['id']}/proof")
    elina = avis.person(comes_by(avis, evils_way, evil, "Elina").json["secret"])["id"]
    zone.records.clear()
    with acting_for(avis.id):
        assert look_at_way_in(UUID(evils_way["id"])) is None
    (seen,) = [way for way in sari.get("/connections").json if way["id"] == evils_way["id"]]
    assert seen["missing_since"] and seen["is_confirmed"]
    answer = comes_by(avis, evils_way, evil, "Elina")
    assert avis.current(answer.json["secret"]).json["person"]["id"] == elina
    assert sari.get("/ways-in").json["changes"][0]["kind"] == "records_missing"


# whose they are


@pytest.fixture
def henna(avis, consultancy):
    """The lead, in the client's rooms under a grant."""
    secret = consultancy.sign_in(consultancy.employ("Henna", roles=["lead"]))
    grant(avis, consultancy, consultancy.person(secret)["id"], "lead")
    return inside(consultancy, secret, avis)


def acts_of(door, way) -> dict[str, int]:
    """What comes of everything that changes a way in, or looks at it in its owner's name."""
    one, kept = f"/connections/{way['id']}", {name: way[name] for name in KEPT}
    return {
        "make": door.post("/connections", json=kept | {"client_id": "mine"}).status_code,
        "edit": door.put(one, json=kept | {"secret": "mine"}).status_code,
        "test": door.post(f"{one}/test").status_code,
        "link": door.post(f"{one}/link").status_code,
        "proof": door.post(f"{one}/proof").status_code,
        "reopen": door.post(f"{one}/reopening").status_code,
        "close": door.delete(f"{one}?still_gets_in=Henna").status_code,
    }


def test_before_the_first_administrator_has_signed_in_the_lead_may_set_ways_in_up(henna):
    (way,) = henna.get("/connections").json
    way |= {"issuer": way["issuer"]}
    assert (
        henna.put(f"/connections/{way['id']}", json={n: way[n] for n in KEPT} | {"name": "Uusi"}).status_code
        == 200
    )


def test_after_that_the_lead_may_look_and_nothing_else(henna, sari):
    (way,) = henna.get("/connections").json
    assert not henna.get("/ways-in").json["may_change"] and sari.get("/ways-in").json["may_change"]
    assert set(acts_of(henna, way).values()) == {403}
    assert henna.get("/connections").json == [way]


def test_a_lead_makes_no_administrator_of_a_client_that_has_one(henna, sari, avis):
    """An administrator of the lead's own choice would change the ways in for the lead."""
    kaisa = avis.person(avis.sign_in(avis.employ("Kaisa")))["id"]
    assert henna.patch(f"/members/{kaisa}", json={"roles": ["admin"]}).json["code"] == "the-clients-own"
    listed = {"people": [{"email": f"puppet@{avis.domain}", "roles": ["admin"]}]}
    assert henna.post("/people-list", json=listed).json["code"] == "the-clients-own"
    sari.post("/people-list", json={"people": [{"email": f"elina@{avis.domain}", "roles": ["admin"]}]})
    (elina,) = sari.get("/members?words=elina").json["items"]
    assert henna.patch(f"/members/{elina['id']}", json={"roles": []}).json["code"] == "the-clients-own"
    assert henna.post(f"/members/{sari.who.subject}/leaving").json["code"] == "the-clients-own"
    assert henna.patch(f"/members/{kaisa}", json={"roles": ["coordinator"]}).status_code == 200


# the sessions and the log


def test_a_change_ends_the_sessions_of_that_way_in_alone(avis, sari, evil, evils_way):
    mine = avis.sign_in(avis.employ("Kaisa"))
    theirs = comes_by(avis, evils_way, evil, "Uusi").json["secret"]
    kept = {name: evils_way[name] for name in KEPT}
    sari.put(f"/connections/{evils_way['id']}", json=kept | {"name": "Kolmas"})
    assert (avis.current(mine).status_code, avis.current(theirs).status_code) == (200, 401)


def test_saving_what_stands_there_already_ends_nothing_and_logs_nothing(sari, avis):
    kaisa, logged = avis.sign_in(avis.employ("Kaisa")), len(sari.get("/ways-in").json["changes"])
    assert changed(sari).status_code == 200
    assert avis.current(kaisa).status_code == 200
    assert len(sari.get("/ways-in").json["changes"]) == logged


def test_every_change_is_logged_for_both_sides_with_who_made_it(avis, sari, henna, evils_way):
    kept = {name: evils_way[name] for name in KEPT}
    one = f"/connections/{evils_way['id']}"
    sari.put(one, json=kept | {"secret": "hidden"})
    sari.put(one, json=kept | {"name": "Kolmas"})
    avis.confirm()
    sari.delete(one)
    sari.post(f"{one}/reopening")
    ours = [
        change
        for change in sari.get("/ways-in").json["changes"]
        if change["connection_id"] == evils_way["id"]
    ]
    assert [change["kind"] for change in ours] == [
        "reopened", "closed", "confirmed", "edited", "secret_replaced", "made",
    ]  # fmt: skip
    assert {change["by_id"] for change in ours} == {str(sari.who.subject)}
    assert ours[3]["facts"] == {"name": ["Toinen", "Kolmas"]}
    seen = henna.get("/ways-in")
    assert seen.json["changes"][:6] == ours and "hidden" not in seen.text


def test_the_log_takes_nothing_back(avis, sari, evils_way):
    for forged in (update(WayInChange).values(kind="made"), delete(WayInChange)):
        with (
            acting_for(avis.id),
            sessions_of("identity")() as session,
            pytest.raises(ProgrammingError) as refused,
        ):
            session.execute(forged)
        assert "permission denied" in str(refused.value)
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        assert WayInChange.forget_ours(session) == 0  # nobody has erased this organisation
    assert sari.get("/ways-in").json["changes"]


def test_a_change_is_told_by_ids_alone(avis, sari, evils_way, told):
    happened = told("identity", WayInChanged, WayInConfirmationAsked, tenant=avis.id)
    assert [type(event) for event in happened][-2:] == [WayInChanged, WayInConfirmationAsked]
    assert happened[-1].member_id == sari.who.subject
    assert the_link(avis).secret not in str(happened)


# the last way in


def test_the_last_way_in_stays_open_unless_somebody_can_still_get_in(sari, avis):
    one = f"/connections/{ours(sari)['id']}"
    for named in ("", "?still_gets_in=Kaisa", f"?still_gets_in=sari@{avis.domain}"):
        refused = sari.delete(one + named)
        assert (refused.status_code, refused.json["code"]) == (422, "would-lock-out")
    avis.sign_in(avis.employ("Kaisa"))


def test_it_closes_by_naming_the_lead_who_may_then_reopen_it_unchanged(sari, henna, avis):
    one = f"/connections/{ours(sari)['id']}"
    assert sari.delete(f"{one}?still_gets_in=henna").json["closed_at"]
    assert henna.put(one, json={name: ours(henna)[name] for name in KEPT}).status_code == 403
    assert henna.post(f"{one}/reopening").status_code == 200
    avis.sign_in(avis.employ("Kaisa"))
    sari = inside(avis, avis.sign_in(avis.employ("Sari", roles=["admin"])))
    assert henna.post(f"{one}/reopening").status_code == 403  # once


def test_the_refusal_names_who_else_can_open_one(sari, avis):
    said = sari.delete(f"/connections/{ours(sari)['id']}").json["detail"]
    assert "python -m services.identity.lockout" in said and "two named people" in said


def test_an_unconfirmed_way_in_is_set_apart_and_never_the_first(avis, sari, evil, evils_way, browse):
    """Its name would come first by the alphabet, and say what it likes."""
    named = {name: evils_way[name] for name in KEPT} | {"name": "Aa: henkilöstön kirjautuminen"}
    with trusted(evil):
        assert sari.put(f"/connections/{evils_way['id']}", json=named).status_code == 200
    page = browse(avis).get("/sign-in").text
    usual, apart = page.split('id="unconfirmed-title"')
    assert "Aa: henkilöstön" not in usual and "Aa: henkilöstön" in apart and "Ei vielä vahvistettu" in apart
    assert 'class="button whole"' in usual and 'class="button whole"' not in apart
    assert avis.begin()["url"].startswith(avis.provider.issuer)
    avis.confirm()
    forget_hosts()
    assert "Ei vielä vahvistettu" not in browse(avis).get("/sign-in").text


def test_an_unconfirmed_way_in_does_not_count_as_another(sari, avis, evils_way):
    (first,) = [way for way in sari.get("/connections").json if way["id"] != evils_way["id"]]
    assert sari.delete(f"/connections/{first['id']}").json["code"] == "would-lock-out"


# domains


@pytest.mark.parametrize(
    ("domain", "code"),
    [
        ("gmail.com", "everybodys-domain"),
        ("@Mail.Gmail.com", "everybodys-domain"),
        ("outlook.com", "everybodys-domain"),
        ("luukku.com", "everybodys-domain"),
        ("co.uk", "everybodys-domain"),
        ("fi", "no-mail-domain"),
        ("avi.fi, gmail.com", "no-mail-domain"),
        ("", None),
        ("avi.fi", None),
    ],
)
def test_a_domain_where_anybody_has_an_address_is_claimed_by_nobody(sari, avis, domain, code):
    way = {"name": "Posti", "issuer": avis.provider.issuer, "client_id": "polku-2"}
    answer = sari.post("/connections", json=way | {"domains": [domain]})
    assert answer.json.get("code") == code and answer.status_code == (422 if code else 201)


# those from before


def test_a_way_in_from_before_works_until_its_day_and_locks_nobody_out_after_it(avis, sari):
    tuula = avis.employ("Tuula", roles=["coordinator"])
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(update(Connection).values(confirmed_on=None, confirmed_how=None, prove_by=today()))
    assert "coordinator" in avis.current(avis.sign_in(tuula)).json["roles"]
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(update(Connection).values(prove_by=today() - timedelta(days=1)))
    assert "coordinator" in avis.current(avis.sign_in(tuula)).json["roles"]  # who had it keeps it
    olli = avis.current(avis.sign_in(avis.employ("Olli", roles=["designer"]))).json
    assert olli["roles"] == ["participant"]  # who comes anew gets none


def test_a_confirmed_way_in_to_the_same_provider_keeps_peoples_accounts(avis, sari):
    """How a client id is replaced: a new way in beside the old one, confirmed, then the old one closed."""
    kaisa = avis.employ("Kaisa")
    before = avis.person(avis.sign_in(kaisa))["id"]
    way = {
        "name": "Uusi",
        "issuer": avis.provider.issuer,
        "client_id": "polku-9",
        "domains": [avis.domain],
        "secret": "new",
    }
    made = sari.post("/connections", json=way).json
    asked = {"redirect_uri": f"http://{avis.host}/sign-in/back", "connection_id": made["id"]}

    def by_the_new_one():
        begun = avis.door.post("/sign-ins", json=asked).json
        return avis.door.post("/sign-ins/callback", json=avis.provider.sign_in(begun["url"], kaisa))

    assert by_the_new_one().json["code"] == "not-confirmed"
    avis.confirm()
    assert avis.person(by_the_new_one().json["secret"])["id"] == before
