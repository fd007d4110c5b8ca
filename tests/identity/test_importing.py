"""People come in from a file: nothing changes before it was looked at, and for a day all of it can be undone."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import UUID

import pytest
from sqlalchemy import event, select, update

from services.identity.listeners import lists
from services.identity.models import Member, PeopleImport, Site, Unit
from services.identity.people.models import people_import
from shared.contracts.identity import MemberChanged, MemberJoined, MemberLeft
from shared.database import sessions_of, worker_engine_of, worker_sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import grant
from tests.identity.sheets import csv_of, xlsx
from tests.identity.test_clients import inside

HEADINGS = ["Nimi", "Sähköposti", "Yksikkö", "Toimipaikka", "Kieli", "Puhelin"]


@pytest.fixture
def sari(avis):
    """The administrator."""
    return inside(avis, avis.let_in(avis.employ("Sari", roles=["admin"])))


@pytest.fixture
def tuula(avis):
    return inside(avis, avis.let_in(avis.employ("Tuula", roles=["coordinator"])))


def rows(avis, *names, unit="Työsuojelu", site="Oulu", language="suomi"):
    return [[name, f"{name.lower()}@{avis.domain}", unit, site, language, "040 123"] for name in names]


def read(door, people, headings=HEADINGS) -> dict:
    text = csv_of([headings, *people]).decode()
    answer = door.post("/lists-of-people/pasted", json={"text": text})
    assert answer.status_code == 201, answer.json
    return answer.json


def plan(door, this) -> dict:
    answer = door.get(f"/lists-of-people/{this['id']}/plan")
    assert answer.status_code == 200, answer.json
    return answer.json


def work() -> None:
    while lists.run_what_is_due(worker_sessions_of("identity")):
        pass


def take_in(door, this) -> dict:
    answer = door.post(f"/lists-of-people/{this['id']}/taking-in")
    assert answer.status_code == 200, answer.json
    work()
    return door.get(f"/lists-of-people/{this['id']}").json


def undo(door, this) -> dict:
    assert door.post(f"/lists-of-people/{this['id']}/undoing").status_code == 200
    work()
    return door.get(f"/lists-of-people/{this['id']}").json


def people_of(house) -> dict[str, tuple]:
    """Everybody who is here: name, unit, site, roles."""
    with acting_for(house.id), sessions_of("identity")() as session:
        units = {unit.id: unit.name for unit in session.scalars(select(Unit))}
        sites = {site.id: site.name for site in session.scalars(select(Site))}
        here = session.scalars(select(Member).where(Member.left_at.is_(None)))
        return {
            one.email.partition("@")[0]: (
                one.name,
                units.get(one.unit_id),
                sites.get(one.site_id),
                one.given_roles,
            )
            for one in here
        }


def units_of(house) -> set[str]:
    with acting_for(house.id), sessions_of("identity")() as session:
        return set(session.scalars(select(Unit.name)))


def test_a_file_is_read_and_its_columns_are_matched_and_nobody_is_changed(sari, avis):
    content = xlsx(Henkilöt=[["Luettelo"], HEADINGS, *rows(avis, "Kaisa", "Mikael")], Muut=[["x"]])
    sent = {"file": (io.BytesIO(content), "henkilöt.xls")}
    answer = avis.door.post(
        "/lists-of-people", data=sent, headers=sari.credentials(), content_type="multipart/form-data"
    )
    this = answer.json
    assert answer.status_code == 201, this
    assert (this["sheet"], this["not_read"], this["rows"], this["state"]) == ("Henkilöt", ["Muut"], 2, "read")
    assert [column["field"] for column in this["columns"]] == [
        "name",
        "email",
        "unit",
        "site",
        "language",
        None,
    ]
    assert this["columns"][5]["heading"] == "Puhelin" and this["columns"][0]["cells"] == ["Kaisa", "Mikael"]
    assert set(people_of(avis)) == {"sari"}


def test_the_plan_says_what_would_happen_and_changes_nothing(sari, avis):
    take_in(sari, read(sari, rows(avis, "Kaisa", "Mikael", "Olli")))
    list_of_people = [
        *rows(avis, "Kaisa", unit="Hallinto"),
        *rows(avis, "Mikael", unit="TYÖSUOJELU"),
        *rows(avis, "Aino", language="saame"),
        ["Nobody", "no address", "", "", "", ""],
        ["Olli", f"olli.uusi@{avis.domain}", "", "", "", ""],
    ]
    found = plan(sari, read(sari, list_of_people))
    assert found["counts"] == {
        "new": 2,
        "back": 0,
        "changed": 1,
        "unchanged": 1,
        "refused": 1,
        "gone": 2,
        "left_out": 0,
    }
    assert found["refused"] == [{"row": 5, "reason": "not_an_address", "said": "no address"}]
    assert found["changed"][0]["changes"] == [{"field": "unit", "was": "Työsuojelu", "becomes": "Hallinto"}]
    assert {one["name"] for one in found["gone"]} == {"Olli", "Sari"}
    assert found["places"] == [{"kind": "unit", "name": "Hallinto", "rows": 1}]
    assert [(one["said"], one["taken_as"]) for one in found["spellings"]] == [("TYÖSUOJELU", "Työsuojelu")]
    assert [one["row"] for one in found["looks_like"]] == [6]
    assert found["languages"] == [{"said": "saame", "rows": 1, "answer": ""}]
    assert people_of(avis)["kaisa"][1] == "Työsuojelu" and units_of(avis) == {"Työsuojelu"}


def test_good_rows_are_taken_in_without_the_bad_ones_which_are_counted(sari, avis, told):
    done = take_in(sari, read(sari, [*rows(avis, "Kaisa", "Mikael"), ["Nobody", "", "", "", "", ""]]))
    assert (done["state"], done["done"], done["total"]) == ("taken_in", 2, 2)
    assert done["counts"] == {"new": 2, "back": 0, "changed": 0, "unchanged": 0, "refused": 1}
    assert people_of(avis)["kaisa"] == ("Kaisa", "Työsuojelu", "Oulu", [])
    assert len(told("identity", MemberJoined, tenant=avis.id)) == 3


def test_columns_are_chosen_otherwise_and_what_is_wrong_with_them_is_said(sari, avis):
    this = read(sari, [["Kaisa", "Oulu", f"kaisa@{avis.domain}"]], headings=["A", "B", "C"])
    columns = f"/lists-of-people/{this['id']}/columns"
    assert sari.put(columns, json={"columns": {"name": 0}}).json["code"] == "no-column-of-addresses"
    assert sari.put(columns, json={"columns": {"email": 2, "name": 2}}).json["code"] == "one-column-twice"
    matched = sari.put(
        columns, json={"columns": {"email": 2, "name": 0, "site": 1, "nonsense": 1, "unit": 9}}
    )
    assert [column["field"] for column in matched.json["columns"]] == ["name", "site", "email"]
    take_in(sari, this)
    assert people_of(avis)["kaisa"] == ("Kaisa", None, "Oulu", [])


def test_an_unknown_language_has_to_be_answered_first(sari, avis):
    this = read(sari, rows(avis, "Kaisa", language="saame"))
    taking = f"/lists-of-people/{this['id']}/taking-in"
    assert sari.post(taking).json["code"] == "languages-are-asked"
    answered = {"languages": {"saame": "sv"}, "apart": [], "left_out": []}
    found = sari.put(f"/lists-of-people/{this['id']}/answers", json=answered).json
    assert found["languages"] == [{"said": "saame", "rows": 1, "answer": "sv"}]
    assert sari.post(taking).status_code == 200
    work()
    (kaisa,) = sari.get("/members", query_string={"words": "kaisa"}).json["items"]
    assert kaisa["language"] == "sv"


def test_a_unit_may_be_kept_apart_and_a_row_left_out(sari, avis):
    take_in(sari, read(sari, rows(avis, "Olli")))
    this = read(
        sari, [*rows(avis, "Kaisa", unit="TYÖSUOJELU"), ["Olli", f"uusi@{avis.domain}", "", "", "", ""]]
    )
    answered = {"languages": {}, "apart": ["unit:TYÖSUOJELU"], "left_out": [3]}
    found = sari.put(f"/lists-of-people/{this['id']}/answers", json=answered).json
    assert found["spellings"][0]["apart"] and found["looks_like"][0]["left_out"]
    assert found["counts"]["new"] == 1 and found["counts"]["left_out"] == 1
    take_in(sari, this)
    assert people_of(avis)["kaisa"][1] == "TYÖSUOJELU" and "uusi" not in people_of(avis)


def test_supervisors_come_from_an_administrators_list_and_not_from_a_coordinators(sari, tuula, avis):
    headings = ["Nimi", "Sähköposti", "Esihenkilö"]
    people = [["Kaisa", f"kaisa@{avis.domain}", "x"], ["Olli", f"olli@{avis.domain}", ""]]
    this = read(tuula, people, headings)
    assert not plan(tuula, this)["gives_roles"] and plan(sari, this)["gives_roles"]
    take_in(tuula, this)
    assert people_of(avis)["kaisa"][3] == []
    take_in(sari, read(sari, people, headings))
    assert people_of(avis)["kaisa"][3] == ["supervisor"] and people_of(avis)["olli"][3] == []


def test_a_list_is_undone_within_a_day_and_units_that_came_with_it_go(sari, avis, told):
    take_in(sari, read(sari, rows(avis, "Kaisa")))
    this = read(sari, [*rows(avis, "Kaisa", unit="Uusi"), *rows(avis, "Mikael", unit="Uusi")])
    take_in(sari, this)
    assert people_of(avis)["kaisa"][1] == "Uusi"
    done = undo(sari, this)
    assert (done["state"], done["counts"]["undone"], done["counts"]["stay"]) == ("undone", 2, 0)
    assert people_of(avis) == {"sari": ("Sari", None, None, []), "kaisa": ("Kaisa", "Työsuojelu", "Oulu", [])}
    assert units_of(avis) == {"Työsuojelu"}
    assert len(told("identity", MemberLeft, tenant=avis.id)) == 1
    assert told("identity", MemberChanged, tenant=avis.id)[-1].unit_id is not None
    assert sari.post(f"/lists-of-people/{this['id']}/undoing").json["code"] == "nothing-to-undo"


def test_who_has_come_since_stays_and_what_others_changed_stays(sari, avis):
    this = read(sari, rows(avis, "Kaisa", "Mikael", "Olli"))
    take_in(sari, this)
    avis.sign_in(avis.employ("Kaisa"))
    (mikael,) = sari.get("/members", query_string={"words": "mikael"}).json["items"]
    sari.patch(f"/members/{mikael['id']}", json={"unit_id": None})
    done = undo(sari, this)
    assert (done["counts"]["undone"], done["counts"]["stay"]) == (1, 2)
    assert set(people_of(avis)) == {"sari", "kaisa", "mikael"}


def test_who_came_back_by_a_list_is_gone_again(sari, avis):
    take_in(sari, read(sari, rows(avis, "Kaisa")))
    (kaisa,) = sari.get("/members", query_string={"words": "kaisa"}).json["items"]
    sari.post(f"/members/{kaisa['id']}/leaving")
    this = read(sari, rows(avis, "Kaisa"))
    assert plan(sari, this)["changed"][0]["comes_back"]
    assert take_in(sari, this)["counts"]["back"] == 1
    assert sari.get(f"/members/{kaisa['id']}").json["left_at"] is None
    assert undo(sari, this)["counts"]["undone"] == 1
    assert sari.get(f"/members/{kaisa['id']}").json["left_at"] and "kaisa" not in people_of(avis)


def test_what_was_read_is_sealed_and_nothing_of_a_list_is_left_after_its_day(sari, avis, world):
    this = read(sari, rows(avis, "Kaisa"))
    with acting_for(avis.id), sessions_of("identity")() as session:
        (row,) = session.scalars(select(PeopleImport))
        assert b"kaisa" not in (row.sealed_content or b"").lower() and b"Kaisa" not in row.sealed_content
    take_in(sari, this)
    with acting_for(avis.id), sessions_of("identity")() as session:
        (row,) = session.scalars(select(PeopleImport))
        assert row.sealed_content is None, "what was not taken of it goes at once"
    world.avi = avis.id
    with acting_for(avis.id):
        world.let_time_pass("identity")
        assert sari.get("/lists-of-people").json["items"], "its day is not over"
        with sessions_of("identity").begin() as session:
            session.execute(update(PeopleImport).values(erase_at=datetime.now(UTC) - timedelta(seconds=1)))
            PeopleImport.recent(session)[0].schedule(people_import.ERASE, datetime.now(UTC))
        world.let_time_pass("identity")
    assert sari.get("/lists-of-people").json["items"] == []
    assert people_of(avis)["kaisa"]


def test_a_list_is_thrown_away_when_asked(sari, avis):
    this = read(sari, rows(avis, "Kaisa"))
    assert sari.delete(f"/lists-of-people/{this['id']}").status_code == 204
    assert sari.get(f"/lists-of-people/{this['id']}").status_code == 404
    assert "kaisa" not in people_of(avis)


def test_a_list_is_taken_in_once(sari, avis):
    this = read(sari, rows(avis, "Kaisa"))
    assert sari.post(f"/lists-of-people/{this['id']}/taking-in").status_code == 200
    again = sari.post(f"/lists-of-people/{this['id']}/taking-in")
    assert again.json["code"] == "taken-in-already"
    assert sari.delete(f"/lists-of-people/{this['id']}").json["code"] == "taken-in-already"
    work()
    assert sari.get(f"/lists-of-people/{this['id']}/plan").json["code"] == "taken-in-already"


def test_pekka_and_employees_see_no_list(sari, avis, kelas):
    this = read(sari, rows(avis, "Kaisa"))
    pekka = inside(kelas, kelas.let_in(kelas.employ("Pekka", roles=["admin"])))
    kaisa = inside(avis, avis.let_in(avis.employ("Kaisa")))
    for path in ("", "/plan"):
        assert pekka.get(f"/lists-of-people/{this['id']}{path}").status_code == 404
        assert kaisa.get(f"/lists-of-people/{this['id']}{path}").status_code == 403
    assert pekka.post(f"/lists-of-people/{this['id']}/taking-in").status_code == 404
    assert pekka.get("/lists-of-people").json["items"] == []


def test_the_consultancys_lead_brings_people_in_and_its_facilitator_does_not(avis, consultancy):
    henna = consultancy.let_in(consultancy.employ("Henna", roles=["lead"]))
    jari = consultancy.let_in(consultancy.employ("Jari", roles=["facilitator"]))
    grant(avis, consultancy, consultancy.member(henna), "lead")
    grant(avis, consultancy, consultancy.member(jari), "facilitator")
    assert (
        take_in(lead := inside(consultancy, henna, avis), read(lead, rows(avis, "Kaisa")))["counts"]["new"]
        == 1
    )
    assert inside(consultancy, jari, avis).get("/lists-of-people").status_code == 403


def test_a_list_goes_on_where_a_killed_process_left_it(sari, avis, monkeypatch):
    from services.identity.people.importing import working

    monkeypatch.setattr(working, "AT_ONCE", 2)
    this = read(sari, rows(avis, *"ABCDE"))
    assert sari.post(f"/lists-of-people/{this['id']}/taking-in").status_code == 200
    monkeypatch.setattr(working, "SECONDS_A_ROUND", 0)
    with acting_for(avis.id):
        assert working.go_on(UUID(this["id"])) is not None
    half = sari.get(f"/lists-of-people/{this['id']}").json
    assert (half["state"], half["done"], half["total"]) == ("taking_in", 2, 5) and len(people_of(avis)) == 3
    monkeypatch.setattr(working, "SECONDS_A_ROUND", 45)
    with acting_for(avis.id):
        working.go_on(UUID(this["id"]))
    done = sari.get(f"/lists-of-people/{this['id']}").json
    assert (done["state"], done["counts"]["new"]) == ("taken_in", 5) and len(people_of(avis)) == 6


@contextmanager
def statements_of(engine) -> Iterator[list[str]]:
    said: list[str] = []

    def note(connection, cursor, statement, parameters, context, many):
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def test_five_thousand_people_are_taken_in_within_fifteen_seconds_by_few_statements(sari, avis):
    people = [
        [f"Nimi {n}", f"n{n}@{avis.domain}", f"Yksikkö {n % 60}", f"Paikka {n % 9}", "sv", ""]
        for n in range(5000)
    ]
    began = monotonic()
    this = read(sari, people)
    assert plan(sari, this)["counts"]["new"] == 5000
    looked = monotonic() - began
    with statements_of(worker_engine_of("identity")) as said:
        done = take_in(sari, this)
    took = monotonic() - began - looked
    assert done["counts"]["new"] == 5000 and done["state"] == "taken_in"
    assert len(said) < 300, f"{len(said)} statements for ten parts of a list"
    assert took < 15, f"{took:.1f} s to take in, {looked:.1f} s to read and look at"
    print(f"read and looked at in {looked:.2f} s, taken in in {took:.2f} s, {len(said)} statements")
    began = monotonic()
    assert undo(sari, this)["counts"]["undone"] == 5000 and len(people_of(avis)) == 1
    print(f"undone in {monotonic() - began:.2f} s")
