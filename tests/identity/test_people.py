"""Who belongs to the organisation, where they work and what they may do."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from shared.contracts.identity import MemberChanged, MemberJoined, MemberLeft, UnitsChanged
from shared.tenancy.sessions import acting_for
from shared.web.tokens import service_token
from tests.identity.test_clients import inside


@pytest.fixture
def sari(avis):
    """The administrator."""
    return inside(avis, avis.let_in(avis.employ("Sari", roles=["admin"])))


@pytest.fixture
def tuula(avis):
    return inside(avis, avis.let_in(avis.employ("Tuula", roles=["coordinator"])))


def listed(avis, *names, **more):
    return {
        "people": [
            {"name": name, "email": f"{name}@{avis.domain}", "unit": "Työsuojelu", "site": "Oulu"} | more
            for name in names
        ]
    }


def members(door, **asked):
    return {member["name"]: member for member in door.get("/members", query_string=asked).json["items"]}


def test_a_list_of_people_makes_them_belong_before_they_sign_in(sari, avis, told):
    answer = sari.post("/people-list", json=listed(avis, "Kaisa", "Mikael"))
    assert answer.json == {"added": 2, "changed": 0, "unchanged": 0}
    assert not members(sari)["Kaisa"]["has_signed_in"]
    kaisa = avis.person(avis.sign_in(avis.employ("Kaisa")))
    assert kaisa["id"] == members(sari)["Kaisa"]["id"] and kaisa["unit"] == "Työsuojelu"
    assert len(told("identity", MemberJoined, tenant=avis.id)) == 3


def test_the_same_list_again_changes_nothing(sari, avis):
    sari.post("/people-list", json=listed(avis, "Kaisa", "Mikael"))
    assert sari.post("/people-list", json=listed(avis, "Kaisa", "Mikael")).json["unchanged"] == 2
    moved = sari.post("/people-list", json=listed(avis, "Kaisa", unit="Hallinto"))
    assert moved.json == {"added": 0, "changed": 1, "unchanged": 0}
    assert members(sari, words="kaisa")["Kaisa"]["email"] == f"kaisa@{avis.domain}"


def test_an_expected_address_of_a_foreign_domain_is_nobodys_by_signing_in(sari, avis, kelas):
    """Only an address that the connection answers for leads to a listed person."""
    sari.post(
        "/people-list",
        json={"people": [{"name": "Pekka", "email": f"pekka@{kelas.domain}", "roles": ["admin"]}]},
    )
    avis.provider.know("pekka-x", name="Pekka", email=f"pekka@{kelas.domain}", email_verified=True)
    brought = avis.provider.sign_in(avis.begin()["url"], "pekka-x")
    assert avis.door.post("/sign-ins/callback", json=brought).json["code"] == "not-your-domain"


def test_a_second_person_cannot_take_a_listed_place_that_is_taken(sari, avis):
    sari.post("/people-list", json=listed(avis, "Kaisa"))
    first = avis.person(avis.sign_in(avis.employ("Kaisa")))
    avis.provider.know("another", name="Another", email=f"kaisa@{avis.domain}", email_verified=True)
    assert avis.person(avis.sign_in("another"))["id"] != first["id"]


def test_a_coordinator_lists_people_but_gives_no_roles(tuula, avis):
    assert tuula.post("/people-list", json=listed(avis, "Kaisa")).status_code == 200
    assert tuula.post("/people-list", json=listed(avis, "Mikael", roles=["admin"])).status_code == 403


def test_people_are_found_by_name_unit_and_role_page_by_page(sari, avis):
    sari.post("/people-list", json=listed(avis, "Aino", "Kaisa", "Mikael"))
    sari.post("/people-list", json=listed(avis, "Olli", unit="Viestintä", roles=["designer"]))
    unit = next(unit for unit in sari.get("/units").json["items"] if unit["name"] == "Työsuojelu")
    assert unit["members"] == 3
    assert set(members(sari, unit_id=unit["id"])) == {"Aino", "Kaisa", "Mikael"}
    assert set(members(sari, role="designer")) == {"Olli"}
    assert set(members(sari, words="ai")) == {"Aino", "Kaisa"}
    assert set(members(sari, words="%")) == set()
    first = sari.get("/members", query_string={"limit": 2}).json
    second = sari.get("/members", query_string={"limit": 2, "after": first["next"]}).json
    assert [member["name"] for member in first["items"] + second["items"]] == [
        "Aino",
        "Kaisa",
        "Mikael",
        "Olli",
    ]


MIXED = ["Öberg", "åkerblom", "Zetterberg", "Åbo", "äijälä", "Ängfors", "aalto", "Ahola", "Östling", "Élise"]
IN_ORDER = [
    "aalto",
    "Ahola",
    "Élise",
    "Sari",
    "Zetterberg",
    "Åbo",
    "åkerblom",
    "äijälä",
    "Ängfors",
    "Öberg",
    "Östling",
]


def test_people_stand_in_the_order_of_the_finnish_and_swedish_alphabet_page_by_page(sari, avis):
    people = [{"name": name, "email": f"p{nr}@{avis.domain}"} for nr, name in enumerate(MIXED)]
    sari.post("/people-list", json={"people": people})
    found, after = [], None
    while after or not found:
        answer = sari.get("/members", query_string={"limit": 3} | ({"after": after} if after else {})).json
        found += [member["name"] for member in answer["items"]]
        after = answer["next"]
    assert found == IN_ORDER


def test_whoever_gets_another_name_stands_at_another_place(sari, avis):
    person = {"name": "Aino", "email": f"a@{avis.domain}"}
    sari.post("/people-list", json={"people": [person]})
    sari.post("/people-list", json={"people": [person | {"name": "Örn"}]})
    assert list(members(sari)) == ["Sari", "Örn"]


def test_units_and_sites_stand_in_the_order_of_the_alphabet(sari, avis):
    places = ["Öljyt", "ylläpito", "Åland", "Asiakkaat", "äänet", "Zon"]
    people = [
        {"name": f"P{nr}", "email": f"p{nr}@{avis.domain}", "unit": place, "site": place}
        for nr, place in enumerate(places)
    ]
    sari.post("/people-list", json={"people": people})
    in_order = ["Asiakkaat", "ylläpito", "Zon", "Åland", "äänet", "Öljyt"]
    for kind in ("units", "sites"):
        assert [place["name"] for place in sari.get(f"/{kind}").json["items"]] == in_order


def test_an_employee_sees_no_list_of_people(avis):
    kaisa = inside(avis, avis.let_in(avis.employ("Kaisa")))
    assert kaisa.get("/members").status_code == 403


def test_the_administrator_gives_roles_and_it_is_told(sari, avis, told):
    sari.post("/people-list", json=listed(avis, "Aino"))
    aino = members(sari)["Aino"]["id"]
    assert sari.patch(f"/members/{aino}", json={"roles": ["supervisor"]}).json["roles"] == [
        "participant",
        "supervisor",
    ]
    assert sari.patch(f"/members/{aino}", json={"roles": ["lead"]}).json["code"] == "no-such-role"
    (changed,) = told("identity", MemberChanged, tenant=avis.id)
    assert changed.roles == ["participant", "supervisor"]


def test_a_coordinator_moves_people_but_gives_no_roles(tuula, avis):
    tuula.post("/people-list", json=listed(avis, "Kaisa", "Aino"))
    kaisa, unit = members(tuula)["Kaisa"], tuula.get("/units").json["items"][0]
    assert tuula.patch(f"/members/{kaisa['id']}", json={"unit_id": None}).json["unit_id"] is None
    assert tuula.patch(f"/members/{kaisa['id']}", json={"unit_id": unit["id"]}).json["unit_id"] == unit["id"]
    assert tuula.patch(f"/members/{kaisa['id']}", json={"roles": ["admin"]}).status_code == 403


def test_two_administrators_who_each_give_a_role_at_the_same_moment_both_do(sari, avis):
    sari.post("/people-list", json=listed(avis, "Aino"))
    aino = members(sari)["Aino"]["id"]
    roles = ["designer", "supervisor"]
    for _ in range(10):
        sari.patch(f"/members/{aino}", json={"roles": []})
        with ThreadPoolExecutor() as both:
            given = both.map(lambda role: sari.post(f"/members/{aino}/roles", json={"role": role}), roles)
            assert {answer.status_code for answer in given} == {200}
        assert members(sari)["Aino"]["given_roles"] == roles
    assert sari.delete(f"/members/{aino}/roles/designer").json["given_roles"] == ["supervisor"]
    assert sari.delete(f"/members/{aino}/roles/designer").json["given_roles"] == ["supervisor"]
    assert sari.post(f"/members/{aino}/roles", json={"role": "lead"}).json["code"] == "no-such-role"


def test_one_role_is_given_and_taken_by_the_same_rules_as_a_list_of_them(sari, tuula, avis, kelas):
    me = str(sari.who.subject)
    assert tuula.post(f"/members/{me}/roles", json={"role": "designer"}).status_code == 403
    assert tuula.delete(f"/members/{me}/roles/admin").status_code == 403
    pekka = inside(kelas, kelas.let_in(kelas.employ("Pekka", roles=["admin"])))
    assert pekka.post(f"/members/{me}/roles", json={"role": "designer"}).status_code == 404
    assert pekka.delete(f"/members/{me}/roles/admin").status_code == 404


def test_the_last_administrator_keeps_the_role_when_it_is_taken_by_itself(sari, avis):
    avis.employ("Elina")
    sari.post("/people-list", json=listed(avis, "Elina", roles=["admin"]))
    elina = members(sari)["Elina"]["id"]
    as_elina = inside(avis, avis.let_in(avis.employ("Elina")))
    assert sari.post(f"/members/{sari.who.subject}/leaving").status_code == 200
    assert as_elina.delete(f"/members/{elina}/roles/admin").json["code"] == "nobody-left-to-decide"
    assert "admin" in as_elina.get(f"/members/{elina}").json["given_roles"]


def test_of_two_who_move_a_person_the_second_is_told_where_to(tuula, avis):
    tuula.post("/people-list", json=listed(avis, "Aino"))
    tuula.post("/people-list", json=listed(avis, "Kaisa", unit="Hallinto", site="Turku"))
    aino, kaisa = members(tuula)["Aino"], members(tuula)["Kaisa"]
    seen = {"was": {name: aino[name] for name in ("unit_id", "site_id")}}
    moved = {"unit_id": kaisa["unit_id"], "site_id": aino["site_id"]}
    assert tuula.patch(f"/members/{aino['id']}", json=moved | seen).status_code == 200
    also = {"unit_id": aino["unit_id"], "site_id": kaisa["site_id"]}
    assert tuula.patch(f"/members/{aino['id']}", json=also | seen).json["unit_id"] == kaisa["unit_id"]
    refused = tuula.patch(f"/members/{aino['id']}", json={"unit_id": None} | seen)
    assert (refused.status_code, refused.json["code"]) == (409, "changed-meanwhile")
    assert refused.json["stands"] == {"unit_id": kaisa["unit_id"]}


def test_the_last_administrator_cannot_lock_everybody_out(sari, avis):
    avis.employ("Elina")
    sari.post("/people-list", json=listed(avis, "Elina", roles=["admin"]))
    elina = members(sari)["Elina"]["id"]
    assert sari.patch(f"/members/{elina}", json={"roles": []}).status_code == 200
    sari.patch(f"/members/{elina}", json={"roles": ["admin"]})
    me = str(sari.who.subject)
    assert sari.post(f"/members/{me}/leaving").json["code"] == "nobody-left-to-decide"
    as_elina = inside(avis, avis.let_in(avis.employ("Elina")))
    assert sari.post(f"/members/{me}/leaving").status_code == 200
    assert as_elina.patch(f"/members/{elina}", json={"roles": []}).json["code"] == "nobody-left-to-decide"
    assert as_elina.post(f"/members/{elina}/leaving").json["code"] == "nobody-left-to-decide"


def test_who_leaves_is_signed_out_at_once(sari, avis, told):
    secret = avis.let_in(avis.employ("Kaisa"))
    kaisa = avis.person(secret)["id"]
    sari.post(f"/members/{kaisa}/leaving")
    assert avis.current(secret).status_code == 401
    assert [str(left.member_id) for left in told("identity", MemberLeft, tenant=avis.id)] == [kaisa]
    assert "Kaisa" not in members(sari)


def test_names_come_in_batches_and_only_of_our_own(sari, avis, kelas):
    kaisa = avis.person(avis.sign_in(avis.employ("Kaisa")))["id"]
    pekka = kelas.member(kelas.let_in(kelas.employ("Pekka")))
    assert sari.post("/names", json={"ids": [kaisa, pekka, str(uuid4())]}).json["names"] == {kaisa: "Kaisa"}


def test_addresses_are_for_notices_alone(sari, avis):
    kaisa = avis.member(avis.let_in(avis.employ("Kaisa")))
    notification = {"Authorization": f"Bearer {service_token('notification', 'identity', avis.id)}"}
    (found,) = avis.door.post("/addresses", json={"ids": [kaisa]}, headers=notification).json["addresses"]
    assert found == {"id": kaisa, "name": "Kaisa", "email": f"kaisa@{avis.domain}", "language": "fi"}
    for somebody_else in (avis.door, sari):
        assert somebody_else.post("/addresses", json={"ids": [kaisa]}).status_code == 403


def test_pekka_changes_and_sees_nobody_of_ours(avis, kelas):
    kaisa = avis.person(avis.let_in(avis.employ("Kaisa", unit="Työsuojelu")))
    pekka = inside(kelas, kelas.let_in(kelas.employ("Pekka", roles=["admin", "coordinator"])))
    assert pekka.get(f"/members/{kaisa['id']}").status_code == 404
    assert pekka.patch(f"/members/{kaisa['id']}", json={"roles": ["admin"]}).status_code == 404
    assert pekka.post(f"/members/{kaisa['id']}/leaving").status_code == 404
    assert pekka.get("/units").json["items"] == [] and set(members(pekka)) == {"Pekka"}
    own = str(pekka.who.subject)
    assert pekka.patch(f"/members/{own}", json={"unit_id": kaisa["unit_id"]}).status_code == 404


def test_how_many_belong_to_each_unit_is_told_once_for_many_changes(sari, avis, world, told):
    sari.post("/people-list", json=listed(avis, *"ABCDEF"))
    world.avi = avis.id
    with acting_for(avis.id):
        world.let_time_pass("identity")
    (counted,) = told("identity", UnitsChanged, tenant=avis.id)
    assert list(counted.units.values()) == [6]


def test_everybody_sees_and_takes_along_what_is_kept_about_them(avis):
    kaisa = inside(avis, avis.let_in(avis.employ("Kaisa", unit="Työsuojelu")))
    kept = kaisa.get("/me").json
    assert kept["member"]["email"] == f"kaisa@{avis.domain}" and "attended" not in kept
    assert kaisa.patch("/me", json={"language": "sv"}).json["language"] == "sv"


def test_who_wants_to_be_forgotten_is_forgotten(sari, avis, told):
    secret = avis.let_in(avis.employ("Kaisa", unit="Työsuojelu"))
    kaisa = inside(avis, secret)
    assert kaisa.delete("/me").status_code == 204
    assert avis.current(secret).status_code == 401
    assert sari.post("/names", json={"ids": [str(kaisa.who.subject)]}).json["names"] == {}
    left = sari.get(f"/members/{kaisa.who.subject}").json
    assert (left["name"], left["email"], left["unit_id"]) == ("", "", None)
    assert told("identity", MemberLeft, tenant=avis.id)
    assert avis.person(avis.sign_in(avis.employ("Kaisa")))["id"] != str(kaisa.who.subject)


def test_staff_in_a_clients_rooms_are_not_at_home_there(avis, consultancy):
    from tests.identity.houses import grant

    henna = consultancy.let_in(consultancy.employ("Henna", roles=["lead"]))
    grant(avis, consultancy, consultancy.person(henna)["id"], "lead")
    assert inside(consultancy, henna, avis).get("/me").status_code == 403


def test_colleagues_of_a_new_unit_sign_in_at_the_same_moment(avis):
    """The unit is new to us: each of them would make it, and only one does."""
    colleagues = [avis.employ(f"Uusi{nr}", unit="Uusi yksikkö", site="Uusi paikka") for nr in range(6)]
    with ThreadPoolExecutor(6) as hands:
        secrets = list(hands.map(avis.sign_in, colleagues))
    assert len({avis.person(secret)["unit_id"] for secret in secrets}) == 1


# in whose name mails go out


def mail_sender(house, by: str = "notification"):
    token = service_token(by, "identity", house.id)
    return house.door.get("/mail-sender", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize(
    "address", ["hybrid@avi.example", "hybridi+polku@väki.example", "o'hara@a.b.example"]
)
def test_an_administrator_says_where_answers_to_mails_go(sari, avis, kelas, address):
    assert sari.patch("/organisation", json={"reply_to": f" {address} "}).json["reply_to"] == address
    assert mail_sender(avis).json == {"name": "Aluevirasto", "reply_to": address}
    assert mail_sender(kelas).json["reply_to"] is None
    assert sari.patch("/organisation", json={"name": "Virasto"}).json["reply_to"] == address
    assert sari.patch("/organisation", json={"reply_to": ""}).json["reply_to"] is None


@pytest.mark.parametrize(
    "address",
    [
        "hybrid",
        "@avi.example",
        "hybrid@",
        "hybrid@localhost",
        "a@avi.example, b@avi.example",
        "Hybrid <hybrid@avi.example>",
        "hy brid@avi.example",
        "hybrid@avi.example\r\nBcc: b@avi.example",
        "päivi@avi.example",
        f"{'x' * 65}@avi.example",
        f"hybrid@{'x' * 64}.example",
    ],
)
def test_what_cannot_stand_in_a_mail_is_no_address_for_answers(sari, avis, address):
    refused = sari.patch("/organisation", json={"reply_to": address})
    assert (refused.status_code, refused.json["code"]) == (422, "not-a-reply-address")
    assert mail_sender(avis).json["reply_to"] is None


def test_in_whose_name_mails_go_out_is_asked_by_notification_alone(avis, tuula):
    assert mail_sender(avis, by="portal").status_code == 403
    assert tuula.get("/mail-sender").status_code == 403
    assert tuula.patch("/organisation", json={"reply_to": "a@avi.example"}).status_code == 403
