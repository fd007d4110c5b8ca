"""Sessions at the desk end earlier than employees': by minutes that the browser brings along, and that stand in no row."""

from uuid import UUID

import pytest

from services.identity.sign_in.limits import SECRET_LETTERS, held_from, used_at
from tests.identity.houses import grant
from tests.identity.test_sessions_in_use import NINE, rows
from tests.identity.test_sessions_in_use import clock as clock


def does_something(house, held: str, **asked) -> str | None:
    """What the browser holds afterwards; None where the session is over."""
    answer = house.current(held, is_act=True, **asked)
    assert answer.status_code in (200, 401)
    return answer.json.get("renewed", held) if answer.status_code == 200 else None


def test_an_administrators_session_ends_half_an_hour_after_the_last_act(avis, clock):
    clock(9, 10)
    tuula = avis.let_in(avis.employ("Tuula", roles=["admin"]))
    clock(9, 35)
    tuula = does_something(avis, tuula)
    assert does_something(avis, tuula) == tuula
    clock(10, 4)
    assert avis.current(tuula).status_code == 200
    clock(10, 6)
    assert does_something(avis, tuula) is None


def test_what_a_page_looks_up_by_itself_keeps_nobody_signed_in(avis, clock):
    clock(9, 10)
    tuula = avis.let_in(avis.employ("Tuula", roles=["coordinator"]))
    clock(9, 35)
    assert "renewed" not in avis.current(tuula).json
    clock(9, 45)
    assert does_something(avis, tuula) is None


def test_an_administrator_who_is_busy_all_day_signs_in_anew_after_eight_hours(avis, clock):
    clock(9)
    held = avis.let_in(avis.employ("Tuula", roles=["admin"]))
    for quarter in range(1, 4 * 8 + 1):
        clock(9, 15 * quarter)
        held = does_something(avis, held)
        assert held, quarter
    clock(17, 1)
    assert does_something(avis, held) is None


def test_an_employee_has_the_day_and_her_browser_is_told_nothing_new(avis, clock):
    clock(9, 10)
    kaisa = avis.let_in(avis.employ("Kaisa"))
    clock(14, 30)
    assert does_something(avis, kaisa) == kaisa


def test_no_minute_of_an_administrator_who_takes_part_stands_in_a_row(avis, clock):
    clock(9, 41)
    tuula = avis.let_in(avis.employ("Tuula", roles=["admin"]))
    before = rows(avis)
    for minute in (43, 50, 58):
        clock(9, minute)
        tuula = does_something(avis, tuula)
    assert rows(avis) == before
    assert [(seen_at, ends_at.minute) for seen_at, ends_at, _ in before.values()] == [(NINE, 0)]


def test_who_gets_a_role_is_bound_by_its_limit_from_then_on_and_who_loses_it_is_not(avis, clock):
    clock(9)
    subject = avis.employ("Mikael")
    held = avis.let_in(subject)
    avis.employ("Mikael", roles=["coordinator"])
    clock(9, 50)
    assert does_something(avis, held) == held
    avis.let_in(subject)  # by a second sign-in the directory has told us of the role
    assert does_something(avis, held) is None
    avis.employ("Mikael", roles=[])
    avis.let_in(subject)
    assert does_something(avis, held) == held


def test_all_of_the_consultancy_are_bound_and_in_a_clients_rooms_by_the_shorter_limit(
    avis, consultancy, clock
):
    clock(9)
    held = consultancy.let_in(consultancy.employ("Henna"))
    grant(avis, consultancy, consultancy.member(held), "lead")
    limit(avis, 10, 8)
    clock(9, 11)
    assert consultancy.current(held).status_code == 200
    assert consultancy.current(held, client=avis.slug, as_participant=False).status_code == 401
    held = does_something(consultancy, held)
    assert consultancy.current(held, client=avis.slug, as_participant=False).status_code == 200
    clock(9, 42)
    assert consultancy.current(held).status_code == 401


def limit(house, idle_minutes: int, session_hours: int):
    tuula = house.let_in(house.employ("Tuula", roles=["admin"]))
    return as_member(house, house.member(tuula), "admin").put(
        "/session-limits", json={"idle_minutes": idle_minutes, "session_hours": session_hours}
    )


def as_member(house, member: str, *roles: str, home: UUID | None = None):
    from dataclasses import replace

    from shared.web.tokens import Caller

    who = Caller(tenant=house.id, subject=UUID(member), roles=frozenset(roles), home=home or house.id)
    return replace(house.door, who=who)


def test_an_administrator_sets_the_limits_and_open_sessions_obey(avis, clock):
    clock(9)
    held = avis.let_in(avis.employ("Tuula", roles=["admin"]))
    clock(9, 12)
    assert avis.current(held).status_code == 200
    said = limit(avis, 10, 2)
    assert (said.json["idle_minutes"], said.json["session_hours"]) == (10, 2)
    assert avis.current(held).status_code == 401


@pytest.mark.parametrize(("minutes", "hours"), [(9, 8), (61, 8), (30, 1), (30, 13)])
def test_limits_have_bounds(avis, minutes, hours):
    refused = limit(avis, minutes, hours)
    assert (refused.status_code, refused.json["code"]) == (422, "too-short-or-too-long")


def test_a_guest_of_the_consultancy_does_not_set_a_clients_limits(avis, consultancy):
    henna = consultancy.member(consultancy.let_in(consultancy.employ("Henna")))
    guest = as_member(avis, henna, "lead", home=consultancy.id)
    refused = guest.put("/session-limits", json={"idle_minutes": 60, "session_hours": 12})
    assert (refused.status_code, refused.json["code"]) == (403, "their-own-hours")


@pytest.mark.parametrize("held", ["bare", "of another session", "made up"])
def test_a_minute_that_was_not_sealed_for_this_session_counts_for_nothing(avis, clock, held):
    clock(9)
    tuula = avis.let_in(avis.employ("Tuula", roles=["admin"]))
    sealed = {
        "bare": "",
        "of another session": held_from("x" * SECRET_LETTERS, NINE)[SECRET_LETTERS:],
        "made up": "A" * 43,
    }
    assert used_at(tuula) == NINE
    assert does_something(avis, tuula[:SECRET_LETTERS] + sealed[held]) is None
