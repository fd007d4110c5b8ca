"""A client's IT person sets a way in up by a link: opened once, good for 72 hours, and nobody gets in by it before it is confirmed."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from services.identity.models import Connection, Member, SetupLink, WayInChange
from services.identity.people.models.member import is_here
from services.identity.sign_in.models.in_use import now
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import grant
from tests.identity.test_clients import inside


@pytest.fixture
def sari(avis):
    """The client's administrator."""
    return inside(avis, avis.let_in(avis.employ("Sari", roles=["admin"])))


@pytest.fixture
def henna(avis, consultancy):
    """Leads the client's path, before its administrator has signed in."""
    secret = consultancy.let_in(consultancy.employ("Henna", roles=["lead"]))
    grant(avis, consultancy, consultancy.member(secret), "lead")
    return inside(consultancy, secret, avis)


def opened(house, made) -> dict[str, str]:
    answer = house.door.post(f"/setup-links/{made['id']}/opening", json={"secret": made["secret"]})
    assert answer.status_code == 201, answer.json
    return answer.json


def typed(house, holder, **changed):
    way = {"name": "Uusi", "issuer": house.provider.issuer, "client_id": "polku-9", "domains": [house.domain]}
    return holder | way | changed


def test_a_link_opens_once(avis, sari):
    made = sari.post("/setup-links").json
    opened(avis, made)
    again = avis.door.post(f"/setup-links/{made['id']}/opening", json={"secret": made["secret"]})
    assert (again.status_code, again.json["code"]) == (404, "setup-link-is-over")


def test_the_links_own_secret_is_not_the_browsers(avis, sari):
    made = sari.post("/setup-links").json
    opened(avis, made)
    asked = avis.door.post(f"/setup-links/{made['id']}/current", json={"holder": made["secret"]})
    assert asked.status_code == 404


def test_after_72_hours_it_is_over_also_for_who_holds_it(avis, sari):
    made = sari.post("/setup-links").json
    holder = opened(avis, made)
    assert avis.door.post(f"/setup-links/{made['id']}/current", json=holder).status_code == 200
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        (link,) = session.scalars(select(SetupLink))
        assert timedelta(hours=71) < link.expires_at - now() <= timedelta(hours=72)
        session.execute(update(SetupLink).values(expires_at=now()))
    assert avis.door.post(f"/setup-links/{made['id']}/current", json=holder).status_code == 404


def test_a_new_link_takes_the_place_of_the_earlier_one_and_goes_on_with_its_way_in(avis, sari):
    first = sari.post("/setup-links").json
    holder = opened(avis, first)
    way = avis.door.put(f"/setup-links/{first['id']}/way-in", json=typed(avis, holder)).json
    second = sari.post("/setup-links").json
    assert avis.door.post(f"/setup-links/{first['id']}/current", json=holder).status_code == 404
    stands = avis.door.post(f"/setup-links/{second['id']}/current", json=opened(avis, second)).json
    assert stands["way_id"] == stands["way"]["id"] == way["id"]


def test_what_is_set_up_lets_nobody_in_before_it_is_confirmed(avis, sari):
    made = sari.post("/setup-links").json
    way = avis.door.put(f"/setup-links/{made['id']}/way-in", json=typed(avis, opened(avis, made))).json
    assert way["for_tests_only"] and not way["is_confirmed"]
    assert "Uusi" not in {one["name"] for one in avis.door.get(f"/hosts/{avis.host}").json["ways_in"]}
    asked = {"redirect_uri": f"http://{avis.host}/sign-in/back", "connection_id": way["id"]}
    assert avis.door.post("/sign-ins", json=asked).status_code == 404
    avis.confirm()
    assert "Uusi" in {one["name"] for one in avis.door.get(f"/hosts/{avis.host}").json["ways_in"]}
    assert avis.door.post("/sign-ins", json=asked).status_code == 201


def test_once_it_is_confirmed_the_link_changes_nothing(avis, sari):
    made = sari.post("/setup-links").json
    holder = opened(avis, made)
    avis.door.put(f"/setup-links/{made['id']}/way-in", json=typed(avis, holder))
    avis.confirm()
    refused = avis.door.put(
        f"/setup-links/{made['id']}/way-in", json=typed(avis, holder, client_id="another")
    )
    assert (refused.status_code, refused.json["code"]) == (409, "is-confirmed-already")


def test_a_refusal_does_not_lose_the_secret_and_it_is_nowhere_in_the_clear(avis, sari):
    made = sari.post("/setup-links").json
    holder, link = opened(avis, made), f"/setup-links/{made['id']}"
    assert avis.door.put(f"{link}/secret", json=holder | {"secret": "fetched once"}).status_code == 204
    refused = avis.door.put(f"{link}/way-in", json=typed(avis, holder, issuer="http://elsewhere.example"))
    assert refused.status_code == 422
    stands = avis.door.post(f"{link}/current", json=holder)
    assert stands.json["has_typed_secret"] and "fetched once" not in stands.text
    with acting_for(avis.id), sessions_of("identity")() as session:
        assert b"fetched once" not in session.scalars(select(SetupLink.sealed_secret)).one()
    assert avis.door.put(f"{link}/way-in", json=typed(avis, holder)).json["has_secret"]
    assert not avis.door.post(f"{link}/current", json=holder).json["has_typed_secret"]
    with acting_for(avis.id), sessions_of("identity")() as session:
        assert session.scalars(select(Connection).filter_by(name="Uusi")).one().secret == "fetched once"


def test_the_log_says_who_made_the_link_and_that_the_way_in_came_by_it(avis, sari):
    made = sari.post("/setup-links").json
    avis.door.put(f"/setup-links/{made['id']}/way-in", json=typed(avis, opened(avis, made)))
    log = sari.get("/ways-in").json["changes"]
    assert {"link_made", "link_opened", "made"} <= {change["kind"] for change in log}
    by = {change["kind"]: change["by_id"] for change in log}
    assert by["link_made"] == str(sari.who.subject) and by["link_opened"] is None
    assert next(change for change in log if change["kind"] == "made")["facts"]["by_link"]


def test_a_link_made_by_the_consultancy_is_over_when_the_client_takes_over(avis, henna):
    made = henna.post("/setup-links").json
    holder = opened(avis, made)
    assert avis.door.post(f"/setup-links/{made['id']}/current", json=holder).status_code == 200
    avis.let_in(avis.employ("Sari", roles=["admin"]))
    assert avis.door.post(f"/setup-links/{made['id']}/current", json=holder).status_code == 404
    assert henna.post("/setup-links").status_code == 403


def test_a_link_ends_with_the_role_of_who_made_it(avis, sari):
    made = sari.post("/setup-links").json
    holder = opened(avis, made)
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(update(Member).values(vouched_roles=[], given_roles=[]))
    assert avis.door.post(f"/setup-links/{made['id']}/current", json=holder).status_code == 404


def test_a_stranger_has_no_use_for_it(avis, kelas, sari):
    made = sari.post("/setup-links").json
    asked = {"secret": made["secret"]}
    assert kelas.door.post(f"/setup-links/{made['id']}/opening", json=asked).status_code == 404
    kaisa = inside(avis, avis.let_in(avis.employ("Kaisa", roles=["coordinator"])))
    assert kaisa.post("/setup-links").status_code == 403


def test_setting_up_makes_nobody_a_member(avis, sari):
    made = sari.post("/setup-links").json
    avis.door.put(f"/setup-links/{made['id']}/way-in", json=typed(avis, opened(avis, made)))
    with acting_for(avis.id), sessions_of("identity")() as session:
        assert [member.name for member in session.scalars(select(Member).where(is_here()))] == ["Sari"]
        assert session.scalars(select(WayInChange).filter_by(kind="made", by_id=None)).first()
