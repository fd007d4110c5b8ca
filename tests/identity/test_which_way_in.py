"""By her address at work somebody is led to her organisation's way in, and nothing is told of who is known; and who gets an account."""

import pytest
from sqlalchemy import event, select

from services.identity.models import Connection
from shared.database import engine_of, sessions_of
from shared.tenancy.sessions import acting_for


def another_way_in(house, domain: str, confirmed: bool = True, **described) -> str:
    """A partner's provider, beside the organisation's own."""
    with acting_for(house.id), sessions_of("identity").begin() as session:
        way_in = {"issuer": house.provider.issuer, "client_id": "partner", "secret": "a secret"} | described
        way = Connection.set_up(session, name="Partner", domains=[domain], **way_in)
        if confirmed:
            way.confirm("dns", None, session)
        return str(way.id)


def found(house, address: str) -> list[str]:
    answer = house.door.post("/sign-ins/discovery", json={"address": address})
    assert answer.status_code == 200, answer.json
    return [way["id"] for way in answer.json]


def test_an_address_leads_to_the_way_in_of_its_domain(avis):
    partner = another_way_in(avis, "partner.example")
    assert found(avis, " Kaisa@Partner.Example ") == [partner]
    [own] = found(avis, f"kaisa@{avis.domain}")
    assert own != partner


@pytest.mark.parametrize("address", ["kaisa@elsewhere.example", "kaisa@", "kaisa", "", "@", "a@b@c"])
def test_what_belongs_nowhere_leads_nowhere(avis, address):
    assert found(avis, address) == []


def test_neither_a_part_of_a_domain_nor_an_unconfirmed_or_closed_way_in_is_led_to(avis, kelas):
    another_way_in(avis, "partner.example", confirmed=False)
    assert found(avis, "kaisa@partner.example") == found(avis, f"kaisa@sub.{avis.domain}") == []
    assert found(avis, f"pekka@{kelas.domain}") == []
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        for way in session.scalars(select(Connection)):
            way.close(None, None, session)
    assert found(avis, f"kaisa@{avis.domain}") == []


def test_known_and_unknown_people_are_answered_alike_by_the_same_statements(avis):
    avis.let_in(avis.employ("Kaisa"))
    asked: list[list[str]] = []

    def note(_connection, _cursor, statement, *_):
        asked[-1].append(statement)

    event.listen(engine_of("identity"), "before_cursor_execute", note)
    try:
        answers = []
        for address in (f"kaisa@{avis.domain}", f"nobody@{avis.domain}"):
            asked.append([])
            answers.append(avis.door.post("/sign-ins/discovery", json={"address": address}).json)
    finally:
        event.remove(engine_of("identity"), "before_cursor_execute", note)
    assert answers[0] == answers[1] and answers[0]
    assert asked[0] == asked[1] and not any("member" in statement for statement in asked[0])


def only_listed(house) -> None:
    with acting_for(house.id), sessions_of("identity").begin() as session:
        for way in session.scalars(select(Connection)):
            way.admits = "listed"


def test_where_only_the_list_counts_nobody_else_gets_an_account_and_is_told_what_to_do(avis, http):
    only_listed(avis)
    kaisa = avis.employ("Kaisa")
    brought = avis.provider.sign_in(avis.begin()["url"], kaisa)
    refused = avis.door.post("/sign-ins/callback", json=brought)
    assert (refused.status_code, refused.json["code"]) == (403, "not-on-the-list")
    sari = http("identity").of(avis.id).as_("admin")
    listed = {"people": [{"name": "Kaisa", "email": f"kaisa@{avis.domain}"}]}
    assert sari.post("/people-list", json=listed).json["added"] == 1
    assert avis.current(avis.sign_in(kaisa)).status_code == 200


def test_who_has_an_account_keeps_it_when_only_the_list_counts(avis):
    kaisa = avis.employ("Kaisa")
    avis.sign_in(kaisa)
    only_listed(avis)
    assert avis.current(avis.sign_in(kaisa)).status_code == 200


def test_a_listed_guest_of_a_partner_gets_in_by_the_partners_own_way_and_a_colleague_of_hers_does_not(
    avis, http
):
    partner = another_way_in(avis, "partner.example", admits="listed")
    sari = http("identity").of(avis.id).as_("admin")
    sari.post("/people-list", json={"people": [{"name": "Guest", "email": "guest@partner.example"}]})
    came = {}
    for name in ("guest", "colleague"):
        avis.provider.know(
            f"{name}-{avis.slug}", name=name, email=f"{name}@partner.example", email_verified=True
        )
        wish = {"redirect_uri": f"http://{avis.host}/sign-in/back", "connection_id": partner}
        begun = avis.door.post("/sign-ins", json=wish).json
        brought = avis.provider.sign_in(begun["url"], f"{name}-{avis.slug}")
        came[name] = avis.door.post("/sign-ins/callback", json=brought)
    assert avis.person(came["guest"].json["secret"])["email"] == "guest@partner.example"
    assert came["colleague"].json["code"] == "not-on-the-list"
