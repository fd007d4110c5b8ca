"""The tokens of directories: two at once, each with its last day, made by the organisation's own administrators."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from services.identity.base import today
from services.identity.listeners import listeners
from services.identity.models import Connection, ProvisioningToken, WayInChange
from services.identity.provisioning import api
from services.identity.provisioning.models.token import END_IS_NEAR, EnoughTokens, NoSuchLastDay
from services.portal.clients.base import app_of
from shared.contracts.identity import WayInChanged
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from shared.web.limits import Limit, Pace
from tests.identity.directory import directory as directory
from tests.identity.directory import kelas_directory as kelas_directory
from tests.portal.browser import whole as whole
from tests.ways import narrow


@pytest.fixture
def sari(avis):
    """She administers the organisation."""
    return avis.world.door("identity").of(avis.id).as_("admin")


def way_of(house) -> UUID:
    with acting_for(house.id), sessions_of("identity")() as session:
        return session.scalars(select(Connection.id)).one()


def make(door, house, days: int = 30):
    wish = {"ends_on": (today() + timedelta(days=days)).isoformat()}
    return door.post(f"/connections/{way_of(house)}/provisioning-tokens", json=wish)


def shown(door, house):
    return door.get(f"/connections/{way_of(house)}/provisioning").json


def test_a_token_is_shown_once_and_kept_as_a_hash(sari, avis):
    made = make(sari, avis)
    assert made.status_code == 201 and made.json["secret"].startswith("polku_scim_")
    (token,) = shown(sari, avis)["tokens"]
    assert "secret" not in token and token["used_on"] is None
    with acting_for(avis.id), sessions_of("identity")() as session:
        assert (
            made.json["secret"].encode() not in session.scalars(select(ProvisioningToken.secret_hash)).one()
        )


def test_two_at_once_are_good_and_a_third_is_refused(sari, avis, directory):
    second = make(sari, avis).json["secret"]
    assert make(sari, avis).json["code"] == "enough-tokens"
    for secret in (directory.token, second):
        directory.token = secret
        assert directory.get("/Users").status_code == 200
    tokens = shown(sari, avis)["tokens"]
    assert [token["used_on"] for token in tokens] == [today().isoformat()] * 2


def test_a_withdrawn_token_is_good_for_nothing_and_makes_room(sari, avis, directory, told):
    (token,) = shown(sari, avis)["tokens"]
    assert sari.delete(f"/provisioning-tokens/{token['id']}").status_code == 204
    assert directory.get("/Users").status_code == 401
    assert shown(sari, avis)["tokens"] == []
    with acting_for(avis.id), sessions_of("identity")() as session:
        kinds = [change.kind for change in session.scalars(select(WayInChange).order_by(WayInChange.at))]
    assert kinds[-2:] == ["token_made", "token_withdrawn"]
    assert [event.kind for event in told("identity", WayInChanged, tenant=avis.id)][-1] == "token_withdrawn"


def test_a_token_ends_with_its_last_day(directory, avis):
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.scalars(select(ProvisioningToken)).one().ends_on = today()
    assert directory.get("/Users").status_code == 200
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.scalars(select(ProvisioningToken)).one().ends_on = today() - timedelta(days=1)
    assert directory.get("/Users").status_code == 401


@pytest.mark.parametrize("days", [-1, 0, 367, 4_000])
def test_no_token_is_for_ever_or_over_already(sari, avis, days):
    assert make(sari, avis, days).json["code"] == "no-such-last-day"


def test_making_and_withdrawing_signs_nobody_out(sari, avis):
    secret = avis.let_in(avis.employ("Kaisa"))
    make(sari, avis)
    assert avis.current(secret).status_code == 200


def test_the_consultancy_makes_no_token_in_a_clients_rooms(sari, avis, directory):
    henna = avis.world.door("identity").of(avis.id).as_("lead", home=uuid4())
    assert make(henna, avis).json["code"] == "only-their-own"
    about = shown(henna, avis)
    assert not about["may_change"] and len(about["tokens"]) == 1
    assert henna.delete(f"/provisioning-tokens/{about['tokens'][0]['id']}").status_code == 403


@pytest.mark.parametrize("role", ["participant", "coordinator", "supervisor", "designer"])
def test_nobody_else_sees_or_makes_tokens(avis, role):
    door = avis.world.door("identity").of(avis.id).as_(role)
    assert make(door, avis).status_code == 403
    assert door.get(f"/connections/{way_of(avis)}/provisioning").status_code == 403


def test_another_organisations_tokens_are_not_there(sari, kelas, kelas_directory):
    with acting_for(kelas.id), sessions_of("identity")() as session:
        theirs = session.scalars(select(ProvisioningToken.id)).one()
    assert sari.delete(f"/provisioning-tokens/{theirs}").status_code == 404
    assert sari.get(f"/connections/{way_of(kelas)}/provisioning").status_code == 404


def test_who_guesses_is_counted_and_who_knows_is_not(directory, avis, monkeypatch):
    narrow(app_of("identity"), "scim", Limit(person=None, address=2, at_the_door=False), monkeypatch)
    good, directory.token = directory.token, "polku_scim_guessed"
    assert [directory.get("/Users").status_code for _ in range(3)] == [401, 401, 429]
    directory.token = good
    assert [directory.get("/Users").status_code for _ in range(3)] == [200, 200, 200]


def test_a_directory_that_asks_without_end_is_told_when_to_come_again(directory, monkeypatch):
    monkeypatch.setattr(api, "A_DIRECTORYS_PACE", Pace(burst=2, seconds=30))
    answers = [directory.get("/Users") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0 and answers[2].json["status"] == "429"


def test_rules_of_tokens(avis):
    with acting_for(avis.id), sessions_of("identity")() as session:
        way = session.scalars(select(Connection)).one()
        for _ in range(2):
            ProvisioningToken.make(way, today() + timedelta(days=1), uuid4(), session)
        with pytest.raises(EnoughTokens):
            ProvisioningToken.make(way, today() + timedelta(days=1), uuid4(), session)
        with pytest.raises(NoSuchLastDay):
            ProvisioningToken.make(way, today(), uuid4(), session)


def due(house, token_id) -> None:
    """The day has come on which its end is told."""
    with acting_for(house.id), sessions_of("identity").begin() as session:
        listeners.timers[END_IS_NEAR](token_id, session)


def ends_told(told, house) -> int:
    return [event.kind for event in told("identity", WayInChanged, tenant=house.id)].count("token_ends")


def test_the_end_of_a_token_is_told_a_month_and_a_week_before(avis):
    with acting_for(avis.id), sessions_of("identity")() as session:
        way = session.scalars(select(Connection)).one()
        for days, before in ((366, 30), (31, 30), (20, 7), (5, None)):
            token, _ = ProvisioningToken.make(way, today() + timedelta(days=days), uuid4(), session)
            at = token.timers.get(END_IS_NEAR)
            assert (at and (token.ends_on - at.date()).days) == before
            token.withdraw(uuid4(), session)


def test_administrators_hear_of_it_unless_another_token_lasts_longer(sari, avis, told):
    make(sari, avis, days=30)
    (token,) = shown(sari, avis)["tokens"]
    due(avis, UUID(token["id"]))
    assert ends_told(told, avis) == 1
    make(sari, avis, days=300)
    due(avis, UUID(token["id"]))
    assert ends_told(told, avis) == 1


def test_a_suspended_organisations_directory_announces_nobody(directory, avis):
    from datetime import UTC, datetime

    from services.identity.models import Organisation

    with acting_for(avis.id), sessions_of("identity").begin() as session:
        Organisation.ours(session).suspend(datetime.now(UTC))
    assert directory.ask("POST", "/Users", {"schemas": [], "userName": "x"}).status_code in (403, 404)


def test_a_request_that_is_too_large_or_no_text_is_refused_as_scim_says(directory):
    for body, status in ((b"x" * 262_145, 413), (b"\xff", 400), (b"{", 400)):
        answer = directory.client.open(
            "/scim/v2/Users",
            method="POST",
            base_url=f"http://{directory.house.host}",
            data=body,
            content_type="application/scim+json",
            headers={"Authorization": f"Bearer {directory.token}"},
        )
        assert answer.status_code == status and answer.json["status"] == str(status)
