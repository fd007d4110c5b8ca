"""An organisation's administrators read their audit log, narrow it and take it along; nobody else does."""

import csv
import io
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from services.identity.audit.chain import Chain, heads_in
from services.identity.audit.export import harmless, read_again
from services.identity.audit.kinds import GROUPS
from services.identity.audit.models.entry import Actor, note
from services.identity.base import today
from services.identity.models import StaffAccess
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import grant
from tests.identity.test_clients import inside
from tests.identity.test_lockout import is_led_by


@pytest.fixture
def sari(avis):
    return inside(avis, avis.let_in(avis.employ("Sari", roles=["admin"])))


@pytest.fixture
def henna(avis, consultancy) -> str:
    secret = consultancy.let_in(consultancy.employ("Henna", roles=["lead"]))
    is_led_by(consultancy, avis)
    grant(avis, consultancy, consultancy.member(secret), "lead")
    assert consultancy.current(secret, client=avis.slug).status_code == 200
    return secret


def read(door, **asked):
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    answer = door.get(f"/audit-log?{query}")
    assert answer.status_code == 200, answer.json
    return answer.json


def test_an_administrator_reads_who_came_in_for_whom_and_why(avis, sari, henna, consultancy):
    log = read(sari, group="access")
    came, granted = log["items"]
    assert [came["kind"], granted["kind"]] == ["came_in", "access_granted"]
    assert log["names"][came["actor_id"]] == log["names"][granted["facts"]["whom"]] == "Henna"
    assert log["reasons"][came["about_id"]] == "Leads our path."
    whole = read(sari)
    assert (whole["entries"], whole["seal"]) == (whole["items"][0]["number"], whole["items"][0]["seal"])


def test_a_reason_that_was_changed_afterwards_is_said(avis, sari, henna):
    assert read(sari, group="access")["changed_reasons"] == []
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(update(StaffAccess).values(reason="Leads nothing."))
    log = read(sari, group="access")
    assert log["changed_reasons"] == [
        entry["number"] for entry in log["items"] if entry["kind"] == "access_granted"
    ]


def test_neither_an_employee_nor_the_consultancy_nor_a_stranger_reads_it(avis, henna, consultancy, kelas):
    kaisa = inside(avis, avis.let_in(avis.employ("Kaisa", roles=["coordinator"])))
    guest = inside(consultancy, henna, avis)
    pekka = inside(kelas, kelas.let_in(kelas.employ("Pekka", roles=["admin"])))
    for form in ("", "/export?form=csv", "/export?form=json"):
        assert kaisa.get(f"/audit-log{form}").status_code == 403
        refused = guest.get(f"/audit-log{form}")
        assert refused.status_code == 403 and "administrator" in refused.json["detail"]
    assert not {entry["about_id"] for entry in read(pekka)["items"]} & {
        entry["about_id"] for entry in read(sari_of(avis))["items"]
    } - {None}


def sari_of(avis):
    return inside(avis, avis.let_in(avis.employ("Sari", roles=["admin"])))


def test_the_consultancys_lead_reads_the_consultancys_own(consultancy):
    lead = inside(consultancy, consultancy.sign_in(consultancy.employ("Tuula", roles=["lead"])))
    assert read(lead, group="sign_ins")["items"][0]["kind"] == "signed_in"


def test_pages_go_on_by_the_number_and_nothing_is_read_twice(avis, sari):
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        for _ in range(5):
            note(session, "roles_changed", Actor("own", UUID(int=1)))
    numbers, after = [], ""
    while after is not None:
        asked = {"limit": 2, "person_id": UUID(int=1)} | ({"after": after} if after else {})
        part = read(sari, **asked)
        numbers += [entry["number"] for entry in part["items"]]
        after = part["next"]
    assert len(numbers) == 5 and numbers == sorted(numbers, reverse=True)


def test_it_is_narrowed_to_a_person_also_to_one_who_was_let_in(avis, sari, henna, consultancy):
    whose = consultancy.member(henna)
    assert [entry["kind"] for entry in read(sari, person_id=whose)["items"]] == ["came_in", "access_granted"]
    assert read(sari, person_id=UUID(int=9))["items"] == []


def test_it_is_narrowed_to_days(avis, sari):
    yesterday, tomorrow = today() - timedelta(days=1), today() + timedelta(days=1)
    assert read(sari, since=yesterday, until=tomorrow)["items"] == read(sari)["items"] != []
    assert read(sari, until=yesterday)["items"] == read(sari, since=tomorrow)["items"] == []


def test_who_was_erased_has_no_name_any_more_and_the_chain_holds(avis, sari):
    kaisa = inside(avis, avis.let_in(avis.employ("Kaisa")))
    assert sari.post(f"/members/{kaisa.who.subject}/roles", json={"role": "designer"}).status_code == 200
    assert read(sari, group="people")["names"][str(kaisa.who.subject)] == "Kaisa"
    assert kaisa.delete("/me").status_code == 204
    log = read(sari, group="people", person_id=kaisa.who.subject)
    assert [entry["kind"] for entry in log["items"]] == ["person_erased", "roles_changed"]
    assert log["names"][str(kaisa.who.subject)] == ""
    organisation, entries = read_again(sari.get("/audit-log/export?form=json").data)
    assert Chain(organisation, {}).first_break(entries) is None


def test_the_json_that_is_taken_along_is_checked_without_us(avis, sari, henna):
    head = read(sari)
    export = sari.get("/audit-log/export?form=json")
    organisation, entries = read_again(export.data)
    heads = heads_in(f"{head['entries']}:{head['seal']}")
    assert organisation == avis.id and Chain(organisation, heads).first_break(entries) is None
    assert b"Henna" not in export.data and "attachment" in export.headers["Content-Disposition"]
    forged, again = read_again(export.data.replace(b'\\"lead\\"', b'\\"editor\\"'))
    assert forged == organisation and Chain(organisation, heads).first_break(again).why == "changed"
    assert read(sari, group="log")["items"][0]["facts"] == {"form": "json"}


def test_the_table_that_is_taken_along_has_names_and_reasons(avis, sari, henna):
    text = sari.get("/audit-log/export?form=csv").data.decode("utf-8-sig")
    (came,) = [row for row in csv.DictReader(io.StringIO(text)) if row["kind"] == "came_in"]
    assert (came["actor"], came["side"], came["reason"]) == ("Henna", "guest", "Leads our path.")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_name_is_reckoned_by_a_spreadsheet(cell):
    assert harmless(cell) == f"'{cell}" and harmless("Kaisa") == "Kaisa"


def test_what_is_no_export_is_refused():
    for content in (
        b"",
        b"{}",
        b'{"organisation_id": 3}',
        b'{"organisation_id":"%s","entries":[{"hash":1}]}' % bytes(36),
    ):
        with pytest.raises(Exception, match=".") as refused:
            read_again(content)
        assert type(refused.value).__module__.startswith("msgspec")


def test_no_kind_stands_in_two_groups_and_no_unknown_one_is_noted(avis):
    kinds = [kind for group in GROUPS.values() for kind in group]
    assert len(kinds) == len(set(kinds))
    with acting_for(avis.id), sessions_of("identity")() as session, pytest.raises(KeyError):
        note(session, "something_else")
