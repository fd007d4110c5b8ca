"""The consultancy opens a client from a screen, and enters it under a grant that the client sees."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.identity.models import Assignment, Client
from services.identity.tenants.models.staff_access import today
from shared.contracts.identity import MemberJoined, StaffAccessEnded, StaffAccessGranted, TenantOpened
from shared.database import worker_engine_of, worker_sessions_of
from shared.messaging.events import envelope_for
from shared.tenancy.sessions import acting_for
from shared.web.tokens import verify
from tests.identity.houses import House, grant
from tests.waiting import until
from tests.ways import OVER_HTTP


@pytest.fixture
def henna(consultancy, way):
    """The lead, calling identity for the consultancy; each way is another person's, so that neither uses up the other's number of acts."""
    return staff(consultancy, "Henna" if way == OVER_HTTP else "Helvi", "lead")


def staff(consultancy, name, role, client=None):
    """Somebody of the consultancy; with a client, in the client's rooms."""
    secret = consultancy.let_in(consultancy.employ(name, roles=[role]))
    return inside(consultancy, secret, client)


def inside(house, secret, client=None):
    asked = {"as_participant": False} | ({"client": client.slug} if client else {})
    caller = verify(house.current(secret, **asked).json["tokens"]["identity"], "identity")
    door = house.door
    door.who = caller
    return door


def form(**changed):
    slug = f"c{uuid4().hex[:10]}"
    return {
        "slug": slug,
        "name": "Aluevirasto",
        "languages": ["sv", "fi"],
        "colour": "#7A1F3D",
        "issuer": "https://login.example/tenant",
        "client_id": "polku",
        "secret": "not to be read",
        "domains": ["@avi.example", "Avi.Example "],
        "admin_name": "Sari Lehto",
        "admin_email": "sari@avi.example",
        "reason": "Leads the path of hybrid work.",
        "ends_on": (today() + timedelta(days=200)).isoformat(),
    } | changed


def test_a_client_opened_on_a_screen_works_at_once(henna, consultancy, provider, world, told):
    new = form(issuer=provider.issuer)
    opened = henna.post(
        "/clients",
        json=new | {"domains": [f"{new['slug']}.example"], "admin_email": f"sari@{new['slug']}.example"},
    )
    assert opened.status_code == 201, opened.json
    client = House(UUID(opened.json["id"]), new["slug"], provider, world)
    seen = client.door.get(f"/hosts/{client.host}").json["organisation"]
    assert (seen["name"], seen["languages"], seen["theme"]) == (
        "Aluevirasto",
        ["fi", "sv"],
        {"brand": "#7a1f3d"},
    )
    client.confirm()
    sari = client.current(client.sign_in(client.employ("Sari"))).json
    assert sari["roles"] == ["admin", "coordinator", "participant"]
    assert told("identity", tenant=client.id)[0] == TenantOpened(
        kind="client", slug=new["slug"], languages=["fi", "sv"], consultancy_id=consultancy.id
    )


def test_the_first_administrator_is_one_person_before_and_after_signing_in(henna, provider, world, told):
    new = form(issuer=provider.issuer)
    opened = henna.post(
        "/clients",
        json=new | {"domains": [f"{new['slug']}.example"], "admin_email": f"sari@{new['slug']}.example"},
    )
    client = House(UUID(opened.json["id"]), new["slug"], provider, world)
    client.confirm()
    client.sign_in(client.employ("Sari"))
    assert len(told("identity", MemberJoined, tenant=client.id)) == 1


def test_the_one_who_opens_a_client_may_enter_it_and_sees_it_on_the_list(henna):
    opened = henna.post("/clients", json=form()).json
    assert opened["roles"] == ["editor", "facilitator", "lead"]
    assert opened["id"] in {client["id"] for client in henna.get("/clients").json}


def test_a_colleague_sees_only_the_clients_she_may_enter(henna, consultancy):
    opened = henna.post("/clients", json=form()).json
    eeva = staff(consultancy, "Eeva", "editor")
    assert opened["id"] not in {client["id"] for client in eeva.get("/clients").json}
    assert eeva.post("/clients", json=form()).status_code == 403


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"slug": "console"}, 422, "not-an-address"),
        ({"slug": "Ävi"}, 422, "not-an-address"),
        ({"slug": "-avi"}, 422, "not-an-address"),
        ({"languages": ["fi", "de"]}, 422, "no-such-language"),
        ({"languages": []}, 422, "no-such-language"),
        ({"colour": "red"}, 422, "no-colour"),
        ({"issuer": "http://login.example"}, 422, "unsafe-address"),
        ({"issuer": "file:///etc/passwd"}, 422, "unsafe-address"),
        ({"reason": " "}, 422, "reason-needed"),
        ({"ends_on": "2020-01-01"}, 422, "ends-too-late-or-too-early"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_and_nothing_is_left_behind(henna, changed, status, code):
    new = form() | changed
    answer = henna.post("/clients", json=new)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert henna.get(f"/hosts/{new['slug']}.polku.localhost").status_code == 403
    with worker_engine_of("identity").connect() as connection:
        count = text("SELECT count(*) FROM host WHERE name = :name AND name <> 'console'")
        assert connection.scalar(count, {"name": new["slug"]}) == 0


def test_two_clients_cannot_have_the_same_address(henna):
    first = form()
    assert henna.post("/clients", json=first).status_code == 201
    again = henna.post("/clients", json=form(slug=first["slug"]))
    assert again.status_code == 409 and again.json["code"] == "name-is-taken"


def test_a_clients_own_people_open_no_clients(avis):
    sari = inside(avis, avis.let_in(avis.employ("Sari", roles=["admin", "lead"])))
    assert sari.post("/clients", json=form()).status_code == 403
    assert sari.get("/clients").status_code == 403


def test_in_a_clients_rooms_there_is_no_list_of_clients(avis, consultancy):
    henna = consultancy.let_in(consultancy.employ("Henna", roles=["lead"]))
    grant(avis, consultancy, consultancy.person(henna)["id"], "lead")
    assert inside(consultancy, henna, avis).get("/clients").status_code == 403


@pytest.fixture
def in_avi(avis, consultancy):
    """Henna, who leads, in the client's rooms."""
    secret = consultancy.let_in(consultancy.employ("Henna", roles=["lead"]))
    grant(avis, consultancy, consultancy.person(secret)["id"], "lead")
    return inside(consultancy, secret, avis)


def granting(consultancy, **changed):
    jari = consultancy.member(consultancy.let_in(consultancy.employ("Jari", roles=["facilitator"])))
    ends_on = (today() + timedelta(days=20)).isoformat()
    return {
        "staff_id": jari,
        "roles": ["facilitator"],
        "reason": "Runs the workshops.",
        "ends_on": ends_on,
    } | changed


def test_the_client_sees_who_has_access_why_and_until_when_and_can_end_it(in_avi, avis, consultancy):
    granted = in_avi.post("/staff-access", json=granting(consultancy))
    assert granted.status_code == 201
    tuula = inside(avis, avis.let_in(avis.employ("Tuula", roles=["coordinator"])))
    seen = {access["staff_name"]: access for access in tuula.get("/staff-access").json}
    assert seen["Jari"]["reason"] == "Runs the workshops." and seen["Jari"]["granted_by"] == "Henna"
    ended = tuula.post(f"/staff-access/{granted.json['id']}/end").json
    assert ended["ended_by"] == "Tuula" and not ended["is_valid"]
    jari = consultancy.let_in(consultancy.employ("Jari", roles=["facilitator"]))
    assert consultancy.current(jari, client=avis.slug).status_code == 403


def test_granting_and_ending_are_told_with_ids_and_roles(in_avi, avis, consultancy, told):
    granted = in_avi.post("/staff-access", json=granting(consultancy)).json
    in_avi.post(f"/staff-access/{granted['id']}/end")
    in_avi.post(f"/staff-access/{granted['id']}/end")
    kinds = [type(event) for event in told("identity", StaffAccessGranted, StaffAccessEnded, tenant=avis.id)]
    assert kinds == [StaffAccessGranted, StaffAccessGranted, StaffAccessEnded]


def test_only_people_of_the_consultancy_get_access(in_avi, avis, consultancy):
    kaisa = avis.member(avis.let_in(avis.employ("Kaisa")))
    assert in_avi.post("/staff-access", json=granting(consultancy, staff_id=kaisa)).status_code == 404
    assert (
        in_avi.post("/staff-access", json=granting(consultancy, roles=["admin"])).json["code"]
        == "no-such-role"
    )


def test_a_facilitator_lets_nobody_in(avis, consultancy):
    jari = consultancy.let_in(consultancy.employ("Jari", roles=["lead"]))
    grant(avis, consultancy, consultancy.person(jari)["id"], "facilitator")
    assert (
        inside(consultancy, jari, avis).post("/staff-access", json=granting(consultancy)).status_code == 403
    )


def test_pekka_sees_and_ends_nothing_of_ours(in_avi, kelas, consultancy):
    granted = in_avi.post("/staff-access", json=granting(consultancy)).json
    pekka = inside(kelas, kelas.let_in(kelas.employ("Pekka", roles=["admin", "coordinator"])))
    assert pekka.get("/staff-access").json == []
    assert pekka.post(f"/staff-access/{granted['id']}/end").status_code == 404


def test_access_ends_by_itself_after_its_last_day(in_avi, avis, consultancy, world, told):
    granted = in_avi.post("/staff-access", json=granting(consultancy)).json
    world.avi = avis.id
    with acting_for(avis.id):
        world.let_time_pass("identity")
    assert UUID(granted["id"]) in {
        event.grant_id for event in told("identity", StaffAccessEnded, tenant=avis.id)
    }
    seen = {access["id"]: access for access in in_avi.get("/staff-access").json}
    assert seen[granted["id"]]["ended_at"] and seen[granted["id"]]["ended_by"] is None


def test_a_list_that_missed_a_grant_is_put_right_by_the_event(avis, consultancy, world, told):
    """The screen was cut off between the client's rows and the consultancy's."""
    jari = consultancy.member(consultancy.let_in(consultancy.employ("Jari")))
    grant(avis, consultancy, jari, "facilitator")
    (granted,) = told("identity", StaffAccessGranted, tenant=avis.id)
    with acting_for(avis.id):
        world.hear("identity", granted)
    assert list_of(consultancy, Assignment, grant_id=granted.grant_id) == [False]
    assert len(list_of(consultancy, Client, client_id=avis.id)) == 1
    with acting_for(avis.id):
        ended = StaffAccessEnded(
            grant_id=granted.grant_id, staff_id=granted.staff_id, consultancy_id=consultancy.id
        )
        world.hear("identity", ended)
        assert envelope_for(ended, "identity").tenant == avis.id
    assert list_of(consultancy, Assignment, grant_id=granted.grant_id) == [True]


def test_screen_and_listener_put_a_client_on_the_list_at_the_same_moment(consultancy):
    """Whoever comes second waits for the first and finds it done; the screen would say that somebody was faster."""
    client_id, grant_id = uuid4(), uuid4()
    with (
        acting_for(consultancy.id),
        worker_sessions_of("identity")() as listener,
        ThreadPoolExecutor(1) as elsewhere,
    ):
        note_on_the_list(listener, consultancy, client_id, grant_id)
        screen = elsewhere.submit(open_on_the_screen, consultancy, client_id, grant_id)
        until(lambda: screen.done() or somebody_waits_for_a_lock())
        listener.commit()
        assert screen.result(30) == client_id
    assert list_of(consultancy, Assignment, grant_id=grant_id) == [False]


def note_on_the_list(session, house, client_id, grant_id):
    about = {"staff_id": uuid4(), "roles": ["lead"], "ends_on": today()}
    with acting_for(house.id):
        client = Client.note(session, client_id, slug=f"c{client_id.hex[:10]}", name="Kela", colour="#123456")
        Assignment.note(session, grant_id, client_id=client_id, **about)
        session.flush()
    return client.client_id


def open_on_the_screen(house, client_id, grant_id):
    with acting_for(house.id), worker_sessions_of("identity").begin() as session:
        return note_on_the_list(session, house, client_id, grant_id)


def somebody_waits_for_a_lock():
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with worker_engine_of("identity").connect() as connection:
        return connection.scalar(text(waits))


def list_of(house, kind, **which):
    with acting_for(house.id), worker_sessions_of("identity")() as session:
        return [getattr(found, "ended", None) for found in session.query(kind).filter_by(**which)]
