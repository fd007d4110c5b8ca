"""A list beside those who are here: what would happen, and what is asked, without a database."""

from time import monotonic
from uuid import uuid4

import pytest

from services.identity.people.importing.comparing import Answers, Comparison, Known
from services.identity.people.importing.languages import language_called
from services.identity.people.importing.persons import Listed, Refused

SAARA = Known(uuid4(), "Saara Aho", "saara@avi.example", "Tuki", "Oulu", "fi", has_signed_in=True)
BO = Known(uuid4(), "Bo Ek", "bo@avi.example", "Tuki", "Vasa", "sv")
LEFT = Known(uuid4(), "Liisa Lehto", "liisa@avi.example", "Tuki", "Oulu", has_left=True)
KNOWN, UNITS, SITES = [SAARA, BO, LEFT], ["Tuki", "Talous"], ["Oulu", "Vasa"]


def listed(row: int, address: str, name: str = "Aino Aalto", **more: str) -> Listed:
    return Listed(row, f"{address}@avi.example", name, **more)


def planned(*read: Listed | Refused, known=KNOWN, **answers):
    return Comparison(read, known, UNITS, SITES, Answers(**answers)).plan()


def kinds(plan) -> dict[int, str]:
    return {entry.row: entry.kind for entry in plan.entries}


def test_people_are_new_changed_unchanged_or_come_back():
    plan = planned(
        listed(2, "aino", unit="Talous"),
        listed(3, "saara", "Saara Aho", unit="Talous"),
        listed(4, "bo", "Bo Ek", unit="Tuki"),
        listed(5, "liisa", "Liisa Lehto"),
    )
    assert kinds(plan) == {2: "new", 3: "changed", 4: "unchanged", 5: "back"}
    assert plan.entries[1].changes == {"unit": ("Tuki", "Talous")}


def test_what_a_list_does_not_say_stays_as_it_is():
    (entry,) = planned(listed(2, "bo", "Bo Ek")).entries
    assert (entry.unit, entry.site, entry.language, entry.kind) == ("Tuki", "Vasa", "sv", "unchanged")


def test_the_name_of_somebody_who_has_signed_in_is_her_directorys_business():
    saara, bo = planned(listed(2, "saara", "Sara A"), listed(3, "bo", "Bo Eklund")).entries
    assert saara.kind == "unchanged" and saara.name == "Saara Aho"
    assert bo.changes == {"name": ("Bo Ek", "Bo Eklund")}


def test_whoever_is_not_on_the_list_is_named_and_who_has_left_is_not():
    assert planned(listed(2, "saara")).gone == [BO]


def test_an_address_that_stands_twice_is_refused_with_the_row_of_the_first():
    plan = planned(listed(2, "aino", unit="Tuki"), listed(9, "aino", unit="Talous"), Refused(4, "no_address"))
    assert kinds(plan) == {2: "new"}
    assert plan.refused == [Refused(4, "no_address"), Refused(9, "twice", "2")]


@pytest.mark.parametrize("said", ["TUKI", " Tu ki", "Tu\u200bki", "\uff34\uff55\uff4b\uff49"])
def test_a_unit_in_another_spelling_is_the_one_it_looks_like_and_that_is_said(said):
    plan = planned(listed(2, "aino", unit=said))
    (spelling,) = plan.written_otherwise
    assert (plan.entries[0].unit, plan.new_units) == ("Tuki", {})
    assert (spelling.kind, spelling.said, spelling.taken_as, spelling.rows) == ("unit", said, "Tuki", 1)


def test_it_is_another_unit_where_that_was_said():
    plan = planned(listed(2, "aino", unit="TUKI"), kept_apart={"unit:TUKI"})
    assert plan.new_units == {"TUKI": 1} and plan.written_otherwise == []


def test_a_new_unit_that_a_list_spells_in_two_ways_is_one_as_most_rows_have_it():
    plan = planned(
        *(listed(row, f"a{row}", unit=unit) for row, unit in enumerate(["HALLINTO", "Hallinto", "Hallinto"]))
    )
    assert plan.new_units == {"Hallinto": 3} and [one.said for one in plan.written_otherwise] == ["HALLINTO"]


def test_units_and_sites_of_one_name_are_two_things():
    plan = planned(listed(2, "aino", unit="Oulu", site="oulu"))
    assert plan.new_units == {"Oulu": 1} and plan.new_sites == {} and plan.entries[0].site == "Oulu"


@pytest.mark.parametrize("name", ["Bo Ek", "bo  ek", "BO EK", "Bo\u00a0E\u200bk"])
def test_somebody_new_who_looks_like_somebody_gone_is_named(name):
    (alike,) = planned(listed(2, "bo.ek", name)).looks_like
    assert alike.known == BO and alike.row == 2


def test_two_of_one_name_who_are_both_on_the_list_do_not_look_alike():
    assert planned(listed(2, "bo", "Bo Ek"), listed(3, "bo2", "Bo Ek")).looks_like == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("suomi", "fi"),
        ("Svenska", "sv"),
        ("EN", "en"),
        ("sv-FI", "sv"),
        ("fi_FI", "fi"),
        ("swe", "sv"),
        ("Finska", "fi"),
    ],
)
def test_languages_are_known_by_name_and_by_code(said, code):
    assert language_called(said) == code


def test_a_language_that_is_not_known_is_asked_and_taken_as_answered():
    read = (
        listed(2, "aino", language="saame"),
        listed(3, "bo2", language="saame"),
        listed(4, "cia", language="ruotsi"),
    )
    assert planned(*read).languages_asked == {"saame": 2}
    answered = planned(*read, languages={"saame": "sv"})
    assert answered.languages_asked == {} and [entry.language for entry in answered.entries] == [
        "sv",
        "sv",
        "sv",
    ]


def test_a_language_that_the_organisation_does_not_speak_becomes_its_first():
    assert planned(listed(2, "aino", language="en"), spoken=("sv", "fi")).entries[0].language == "sv"


def test_the_language_of_somebody_who_has_signed_in_is_her_own_choice():
    assert planned(listed(2, "saara", "Saara Aho", language="sv")).entries[0].kind == "unchanged"


def test_supervisors_are_those_with_a_yes_beside_them_and_those_who_are_named():
    plan = planned(
        listed(2, "aino", "Aino Aalto", supervisor="Ek, Bo"),
        listed(3, "bo", "Bo Ek", supervisor="saara@avi.example"),
        listed(4, "cia", "Cia Dahl", supervisor="x"),
        listed(5, "dan", "Dan Dahl", supervisor="ei"),
        listed(6, "eva", "Eva Dahl", supervisor="Nobody Known"),
        gives_roles=True,
    )
    assert {entry.row for entry in plan.entries if "supervisor" in entry.roles} == {3, 4}
    assert plan.unknown_supervisors == ["saara@avi.example", "Nobody Known"]
    assert plan.entries[1].kind == "changed"


def test_somebody_who_is_named_as_supervisor_and_known_but_not_on_the_list_is_said():
    """She keeps what she has: a list changes nobody who is not on it."""
    plan = planned(listed(2, "aino", supervisor="saara@avi.example"), gives_roles=True)
    assert plan.unknown_supervisors == ["saara@avi.example"]


def test_who_may_give_no_roles_gives_none_by_a_list():
    assert planned(listed(2, "aino", supervisor="x")).entries[0].roles == frozenset()


def test_five_thousand_people_are_compared_within_a_second():
    known = [Known(uuid4(), f"Nimi {n}", f"n{n}@avi.example", f"Yksikkö {n % 40}") for n in range(5000)]
    read = [listed(n, f"n{n}", f"Nimi {n}", unit=f"YKSIKKÖ {n % 50}") for n in range(2500, 7500)]
    began = monotonic()
    plan = planned(*read, known=known)
    assert (plan.counted["new"], len(plan.gone)) == (2500, 2500) and monotonic() - began < 2
