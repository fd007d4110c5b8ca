"""A client's directory says who belongs here, and nobody is there twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from services.identity.base import today
from services.identity.models import Connection, Member, ProvisioningToken, SignInSession, WayInChange
from services.identity.people.models.member import YouHaveLeft
from services.identity.provisioning.resources import ENTERPRISE
from shared.contracts.identity import MemberChanged, MemberJoined, MemberLeft
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.directory import Directory, joins_by, token_for
from tests.identity.directory import directory as directory
from tests.identity.directory import kelas_directory as kelas_directory
from tests.portal.browser import whole as whole

AS_TEXT = {"op": "Replace", "path": "active", "value": "False"}
BACK = {"op": "Replace", "path": "active", "value": "True"}


def of_work(address: str) -> list[dict]:
    return [{"value": address, "type": "work", "primary": True}]


def changed(house, **what) -> None:
    with acting_for(house.id), sessions_of("identity").begin() as session:
        way = session.scalars(select(Connection)).one()
        for name, value in what.items():
            setattr(way, name, value)


def listed(house, name: str, address: str, roles: tuple = ()) -> UUID:
    with acting_for(house.id), sessions_of("identity").begin() as session:
        member = Member(name=name, email=address, given_roles=list(roles)).join(session)
        return member.id


# who comes


def test_whoever_is_announced_is_a_member_with_place_and_language(directory, avis, told):
    place = {ENTERPRISE: {"department": "Työsuojelu"}, "addresses": [{"type": "work", "locality": "Oulu"}]}
    kaisa = directory.announce(
        "kaisa@avi.example",
        displayName="Kaisa Niemi",
        preferredLanguage="sv-FI",
        emails=of_work("k@a.fi"),
        **place,
    )
    member = directory.member(kaisa["id"])
    assert (member.name, member.email, member.language) == ("Kaisa Niemi", "k@a.fi", "sv")
    (joined,) = told("identity", MemberJoined, tenant=avis.id)
    assert joined.member_id == member.id and joined.unit_id and joined.site_id
    assert joined.roles == ["participant"]


def test_a_person_without_an_address_belongs_here_too(directory):
    member = directory.member(
        directory.announce("kaisa", name={"givenName": "Kaisa", "familyName": "Niemi"})["id"]
    )
    assert (member.name, member.email) == ("Kaisa Niemi", "")


def test_what_polku_does_not_use_is_dropped_where_it_arrives(directory):
    kaisa = directory.announce(
        "kaisa", phoneNumbers=[{"value": "040"}], title="Boss", password="secret", roles=[{"value": "admin"}]
    )
    assert not {"phoneNumbers", "title", "password", "roles"} & set(
        directory.get(f"/Users/{kaisa['id']}").json
    )
    assert directory.member(kaisa["id"]).roles == ["participant"]


def test_two_of_one_user_name_are_refused(directory):
    directory.announce("Kaisa@avi.example")
    answer = directory.ask("POST", "/Users", {"schemas": [], "userName": "kaisa@AVI.example"})
    assert answer.status_code == 409 and answer.json["scimType"] == "uniqueness"
    assert len(directory.members()) == 1


def test_two_who_announce_the_same_person_at_once_make_one(directory):
    said = {"schemas": [], "userName": "kaisa", "externalId": "4711", "emails": of_work("kaisa@a.fi")}
    with ThreadPoolExecutor(4) as at_once:
        answers = list(at_once.map(lambda _: directory.ask("POST", "/Users", said).status_code, range(4)))
    assert sorted(answers) == [201, 409, 409, 409]
    assert len(directory.members()) == 1


def test_texts_are_of_one_line_and_not_endless(directory):
    kaisa = directory.announce("kaisa", displayName="Kaisa\u202e\n  Niemi")
    assert directory.member(kaisa["id"]).name == "Kaisa Niemi"
    answer = directory.ask("POST", "/Users", {"schemas": [], "userName": "x" * 201})
    assert answer.status_code == 400 and answer.json["scimType"] == "invalidValue"


# who is who


@pytest.mark.parametrize(
    ("claim", "claims"), [("oid", {"oid": "4711"}), ("sub", {}), ("upn", {"upn": "4711"})]
)
def test_who_was_announced_and_signs_in_with_the_joining_value_is_one_member(directory, avis, claim, claims):
    joins_by(avis, claim)
    subject = avis.employ("Kaisa", email="", **claims)
    kaisa = directory.announce("kaisa", externalId=claims.get(claim, subject))
    assert avis.member(avis.let_in(subject)) == str(directory.member(kaisa["id"]).id)
    assert len(directory.members()) == 1


def test_who_signed_in_first_and_is_announced_then_is_one_member(directory, avis):
    joins_by(avis, "oid")
    signed_in = avis.member(avis.let_in(avis.employ("Kaisa", oid="4711")))
    kaisa = directory.announce("k.niemi", externalId="4711", displayName="Kaisa Niemi")
    assert str(directory.member(kaisa["id"]).id) == signed_in
    assert [member.name for member in directory.members()] == ["Kaisa Niemi"]


def test_somebody_on_a_list_is_joined_by_an_address_of_the_ways_domain(directory, avis):
    on_list = listed(avis, "Kaisa", f"kaisa@{avis.domain}", ("coordinator",))
    kaisa = directory.announce("kaisa", emails=of_work(f"Kaisa@{avis.domain}"))
    member = directory.member(kaisa["id"])
    assert member.id == on_list and "coordinator" in member.roles


def test_a_guests_address_joins_nobody_and_makes_nobody(directory, avis):
    listed(avis, "Guest", "guest@partner.example", ("coordinator",))
    said = {"schemas": [], "userName": "guest", "emails": of_work("guest@partner.example")}
    answer = directory.ask("POST", "/Users", said)
    assert answer.status_code == 409 and "kirjautumistapa takaa osoitetta" in answer.json["detail"]
    assert len(directory.members()) == 1


def test_an_account_by_an_unconfirmed_way_in_is_nobody_to_a_directory(directory, avis):
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        way = {"name": "Hostile", "issuer": "https://hostile.example", "client_id": "x"}
        hostile = Connection.set_up(session, domains=["hostile.example"], **way)
        session.flush()
        account = {"connection_id": hostile.id, "issuer": hostile.issuer, "subject": "me"}
        session.add(liar := Member(name="Liar", email=f"kaisa@{avis.domain}", **account))
        liar_id = liar.id
    kaisa = directory.announce("kaisa", emails=of_work(f"kaisa@{avis.domain}"))
    assert directory.member(kaisa["id"]).id != liar_id


def test_an_administrator_with_another_way_in_is_taken_over_by_no_directory(directory, avis):
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        way = {"name": "Old", "issuer": "https://old.example", "client_id": "x"}
        old = Connection.set_up(session, domains=[], **way)
        old.confirm("dns", None, session)
        session.flush()
        account = {"connection_id": old.id, "issuer": old.issuer, "subject": "me", "is_vouched": True}
        session.add(Member(name="Boss", email=f"boss@{avis.domain}", given_roles=["admin"], **account))
    said = {"schemas": [], "userName": "boss", "emails": of_work(f"boss@{avis.domain}")}
    assert directory.ask("POST", "/Users", said).status_code == 409


def test_a_successor_of_the_name_gets_no_account_of_the_predecessor(directory, avis):
    joins_by(avis, "upn")
    first = avis.member(avis.let_in(avis.employ("Kaisa", upn="kaisa")))
    directory.announce("kaisa", externalId="kaisa")
    avis.people["another"] = {"name": "Kaisa B", "email": f"kb@{avis.domain}", "upn": "kaisa"}
    assert avis.member(avis.let_in("another")) != first


def test_a_colleague_who_inherits_an_address_is_somebody_else(directory, avis):
    joins_by(avis, "oid")
    first = avis.member(avis.let_in(avis.employ("Kaisa", oid="1")))
    kaisa = directory.announce("kaisa", externalId="2", emails=of_work(f"kaisa@{avis.domain}"))
    assert str(directory.member(kaisa["id"]).id) != first


def test_whoever_was_never_active_gets_no_account_by_signing_in(directory, avis):
    joins_by(avis, "oid")
    directory.announce("kaisa", externalId="4711", active=False)
    with pytest.raises(YouHaveLeft):
        avis.let_in(avis.employ("Kaisa", oid="4711"))
    assert directory.members() == []


# who goes


def test_deactivation_ends_membership_and_sessions_and_comes_back(directory, avis, told):
    joins_by(avis, "oid")
    kaisa = directory.announce("kaisa", externalId="4711")
    secret = avis.let_in(avis.employ("Kaisa", oid="4711"))
    assert avis.current(secret).status_code == 200
    directory.change(f"/Users/{kaisa['id']}", AS_TEXT)
    assert avis.current(secret).status_code == 401
    with acting_for(avis.id), sessions_of("identity")() as session:
        assert session.scalars(select(SignInSession)).all() == []  # streams rest on them
    assert told("identity", MemberLeft, tenant=avis.id)
    directory.change(f"/Users/{kaisa['id']}", BACK)
    assert directory.member(kaisa["id"]).left_at is None
    assert avis.member(avis.let_in("kaisa-" + avis.slug)) == str(directory.member(kaisa["id"]).id)


def test_deleting_ends_the_membership_and_forgets_the_description(directory, avis):
    kaisa = directory.announce("kaisa", externalId="4711")
    group = directory.group("Staff", kaisa["id"])
    assert directory.ask("DELETE", f"/Users/{kaisa['id']}").status_code == 204
    assert "members" not in directory.get(f"/Groups/{group['id']}").json
    assert directory.get(f"/Users/{kaisa['id']}").status_code == 404
    (member,) = directory.members()
    assert member.left_at
    again = directory.announce("kaisa", externalId="4711")
    assert directory.member(again["id"]).id == member.id


def test_the_last_administrator_stays_and_has_no_session_left(directory, avis):
    joins_by(avis, "oid")
    boss = directory.announce("boss", externalId="1")
    secret = avis.let_in(avis.employ("Boss", oid="1", roles=["admin"]))
    answer = directory.patch(f"/Users/{boss['id']}", AS_TEXT)
    assert answer.status_code == 409 and answer.json["schemas"][0].endswith("2.0:Error")
    assert avis.current(secret).status_code == 401
    assert "admin" in directory.member(boss["id"]).roles


def test_who_erases_herself_is_erased_from_the_description_too(directory, avis):
    kaisa = directory.announce("kaisa", externalId="4711")
    directory.group("All", kaisa["id"])
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.scalars(select(Member)).one().be_forgotten(session)
    assert directory.get(f"/Users/{kaisa['id']}").status_code == 404
    assert directory.get("/Users").json["totalResults"] == 0


# groups and roles


def test_a_group_gives_a_role_only_where_the_administrators_table_names_it(directory, avis, told):
    changed(avis, role_names={"Polku coordinators": "coordinator", "Staff": "lead"})
    kaisa = directory.announce("kaisa")
    group = directory.group("Polku coordinators", kaisa["id"])
    directory.group("admin", kaisa["id"])
    directory.group("Staff", kaisa["id"])
    assert directory.member(kaisa["id"]).roles == ["coordinator", "participant"]
    assert told("identity", MemberChanged, tenant=avis.id)
    shown = directory.get(f"/Users/{kaisa['id']}").json["groups"]
    assert {one["display"] for one in shown} == {"Polku coordinators", "admin", "Staff"}
    removed = {"op": "Remove", "path": "members", "value": [{"value": kaisa["id"]}]}
    directory.change(f"/Groups/{group['id']}", removed)
    assert directory.member(kaisa["id"]).roles == ["participant"]


def test_a_renamed_or_deleted_group_takes_its_role_along(directory, avis):
    changed(avis, role_names={"Coordinators": "coordinator", "Designers": "designer"})
    kaisa = directory.announce("kaisa")
    group = directory.group("Coordinators", kaisa["id"])
    directory.change(f"/Groups/{group['id']}", {"op": "replace", "path": "displayName", "value": "Designers"})
    assert directory.member(kaisa["id"]).roles == ["designer", "participant"]
    assert directory.ask("DELETE", f"/Groups/{group['id']}").status_code == 204
    assert directory.member(kaisa["id"]).roles == ["participant"]


def test_signing_in_keeps_the_roles_of_groups(directory, avis):
    changed(avis, role_names={"Coordinators": "coordinator"}, claims={"joining": "oid"})
    kaisa = directory.announce("kaisa", externalId="4711")
    directory.group("Coordinators", kaisa["id"])
    avis.let_in(avis.employ("Kaisa", oid="4711"))
    assert directory.member(kaisa["id"]).roles == ["coordinator", "participant"]


def test_no_group_reaches_a_role_of_the_consultancy(whole, consultancy):
    ours = Directory(consultancy, whole.test_client(), token_for(consultancy))
    name = f"henna-{UUID(int=7).hex}"
    for one in ours.get("/Users").json.get("Resources", []):
        ours.ask("DELETE", f"/Users/{one['id']}")
    ours.client = whole.test_client()
    henna = Directory.announce(ours, name)
    for role in ("lead", "facilitator", "editor", "admin"):
        ours.group(role, henna["id"])
    assert ours.member(henna["id"]).roles == ["participant"]


def test_a_group_holds_only_people_of_its_own_directory(directory, kelas_directory):
    pekka = kelas_directory.announce("pekka")
    said = {"schemas": [], "displayName": "Spies", "members": [{"value": pekka["id"]}]}
    answer = directory.ask("POST", "/Groups", said)
    assert answer.status_code == 400 and answer.json["scimType"] == "invalidValue"
    assert directory.get("/Groups").json["totalResults"] == 0


# strangers


def test_another_organisations_people_are_not_there(directory, kelas_directory):
    pekka = kelas_directory.announce("pekka", externalId="1")
    assert directory.get("/Users").json["totalResults"] == 0
    assert directory.get(f"/Users/{pekka['id']}").status_code == 404
    assert directory.patch(f"/Users/{pekka['id']}", AS_TEXT).status_code == 404
    assert directory.ask("DELETE", f"/Users/{pekka['id']}").status_code == 404
    assert directory.get("/Users", filter='externalId eq "1"').json["totalResults"] == 0


def test_two_directories_of_one_organisation_do_not_see_each_others_people(directory, avis):
    kaisa = directory.announce("kaisa")
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        way = Connection.set_up(
            session, name="Other", issuer="https://other.example", client_id="x", domains=[]
        )
        way.confirm("dns", None, session)
        session.flush()
        other = ProvisioningToken.make(way, today() + timedelta(days=9), uuid4(), session)[1]
    directory.token = other
    assert directory.get("/Users").json["totalResults"] == 0
    assert directory.get(f"/Users/{kaisa['id']}").status_code == 404


def test_a_token_is_good_at_its_own_organisations_host_alone(directory, kelas_directory):
    directory.token = kelas_directory.token
    answer = directory.get("/Users")
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json["status"] == "401" and answer.content_type == "application/scim+json"


def test_an_unconfirmed_or_closed_way_in_announces_nobody(directory, avis):
    changed(avis, confirmed_on=None)
    assert directory.get("/Users").status_code == 409
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.scalars(select(Connection)).one().confirm("dns", None, session)
    assert directory.get("/Users").status_code == 200
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.scalars(select(Connection)).one().close(None, None, session)
    assert directory.ask("POST", "/Users", {"schemas": [], "userName": "x"}).status_code == 409


# pages


def test_a_page_is_found_by_index_and_by_cursor(directory):
    made = [directory.announce(f"p{number}")["id"] for number in range(7)]
    pages = [directory.get("/Users", startIndex=start, count=3).json for start in (1, 4, 7)]
    assert [one["id"] for page in pages for one in page["Resources"]] == made
    assert {page["totalResults"] for page in pages} == {7}
    found, cursor = [], ""
    while cursor is not None:
        page = directory.get("/Users", cursor=cursor, count=3).json
        found += [one["id"] for one in page["Resources"]]
        cursor = page.get("nextCursor")
    assert found == made


def test_a_cursor_of_another_organisation_leads_nowhere(directory, kelas_directory):
    for number in range(3):
        directory.announce(f"p{number}"), kelas_directory.announce(f"p{number}")
    cursor = directory.get("/Users", cursor="", count=1).json["nextCursor"]
    answer = kelas_directory.get("/Users", cursor=cursor, count=1)
    assert answer.status_code == 400 and answer.json["scimType"] == "invalidCursor"


FILTERS = [
    ('userName eq "KAISA@avi.example"', 1),
    ('externalId eq "4711"', 1),
    ('externalId eq "4711" and active eq true', 1),
    ("active eq false", 0),
    ('emails[type eq "work"].value eq "K@a.fi"', 1),
    ('emails.value eq "k@a.fi"', 1),
    ('displayName co "niemi"', 1),
    ("not (displayName pr)", 1),
    ('name.givenName sw "k" or userName eq "aino"', 2),
    ('meta.lastModified gt "2020-01-01T00:00:00Z"', 2),
    (f'{ENTERPRISE}:department eq "oulu"', 1),
    ('id eq "nobody"', 0),
]


@pytest.mark.parametrize(("asked", "many"), FILTERS)
def test_directories_find_people_by_what_they_know(directory, asked, many):
    kaisa = {
        "externalId": "4711",
        "displayName": "Kaisa Niemi",
        "emails": of_work("k@a.fi"),
        "name": {"givenName": "Kaisa"},
    }
    directory.announce("kaisa@avi.example", **kaisa, **{ENTERPRISE: {"department": "Oulu"}})
    directory.announce("aino")
    assert directory.get("/Users", filter=asked).json["totalResults"] == many


@pytest.mark.parametrize("asked", ['title eq "x"', 'emails.type eq "work"', "userName", "active gt true"])
def test_what_cannot_be_asked_is_refused_and_not_ignored(directory, asked):
    answer = directory.get("/Users", filter=asked)
    assert answer.status_code == 400 and answer.json["scimType"] == "invalidFilter"


@pytest.mark.parametrize("sign", ["\\u0000", "\\ud800", "%", "_", "\\\\", "'"])
def test_signs_that_no_database_keeps_find_nobody(directory, sign):
    directory.announce("kaisa")
    for attribute in ("userName eq", "externalId co", "emails.value eq"):
        answer = directory.get("/Users", filter=f'{attribute} "x{sign}"')
        assert answer.status_code == 200 and answer.json["totalResults"] == 0


@pytest.mark.parametrize("beyond", [8, 10**30])
def test_a_page_beyond_the_last_one_is_empty(directory, beyond):
    directory.announce("kaisa")
    answer = directory.get("/Users", startIndex=beyond)
    assert answer.status_code == 200 and answer.json["totalResults"] == 1


def test_groups_are_found_by_name_and_by_who_is_in_them(directory):
    kaisa = directory.announce("kaisa")
    group = directory.group("Staff", kaisa["id"])
    asked = f'id eq "{group["id"]}" and members eq "{kaisa["id"]}"'
    assert directory.get("/Groups", filter=asked).json["totalResults"] == 1
    lean = directory.get("/Groups", filter='displayName eq "staff"', excludedAttributes="members").json
    assert "members" not in lean["Resources"][0]
    assert [one["value"] for one in directory.get(f"/Groups/{group['id']}").json["members"]] == [kaisa["id"]]


# nothing is lost, nothing is written for nothing


def test_somebody_elses_change_meanwhile_is_not_written_over(directory):
    kaisa = directory.announce("kaisa")
    stale = {"If-Match": kaisa["meta"]["version"]}
    directory.change(f"/Users/{kaisa['id']}", {"op": "replace", "path": "displayName", "value": "Kaisa"})
    said = {"schemas": [], "userName": "kaisa", "displayName": "Other"}
    assert directory.ask("PUT", f"/Users/{kaisa['id']}", said, headers=stale).status_code == 412


def test_a_language_that_the_person_chose_stays(directory, avis):
    kaisa = directory.announce("kaisa", preferredLanguage="fi")
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.scalars(select(Member)).one().speak("sv")
    directory.change(f"/Users/{kaisa['id']}", {"op": "replace", "path": "displayName", "value": "Kaisa"})
    assert directory.member(kaisa["id"]).language == "sv"


def test_tokens_and_sessions_stand_in_the_log_and_nowhere_else(directory, avis):
    with acting_for(avis.id), sessions_of("identity")() as session:
        kinds = [change.kind for change in session.scalars(select(WayInChange))]
        assert kinds.count("token_made") == 1
        facts = [
            change.facts for change in session.scalars(select(WayInChange)) if change.kind == "token_made"
        ]
        assert list(facts[0]) == ["ends_on"]
        assert session.scalars(select(SignInSession)).all() == []
