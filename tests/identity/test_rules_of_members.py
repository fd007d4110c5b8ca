"""The rules of members, without a database: roles, leaving, coming back, and what others are told of it."""

from uuid import uuid4

import pytest

from services.identity.base import today
from services.identity.models import Connection, Member, Organisation
from services.identity.people.models.member import CameUnconfirmed, HasLeft, NoSuchRole
from shared.contracts.identity import MemberChanged, MemberJoined, MemberLeft


def a_member(**about) -> Member:
    return Member(name="Kaisa", email="kaisa@avi.example", **about)


def a_client() -> Organisation:
    return Organisation(slug="avi", name="Aluevirasto", kind="client", languages=["fi"])


def a_way_in(**about) -> Connection:
    return Connection(name="Avi", issuer="https://login.example", client_id="polku", **about)


def kinds(told) -> list[type]:
    return [type(event) for event in told]


def test_somebody_who_leaves_has_no_roles_and_the_workshops_free_the_place():
    kaisa = a_member(given_roles=["coordinator"], vouched_roles=["designer"])
    kaisa.leave()
    assert kaisa.left_at is not None and kaisa.roles == ["participant"]
    assert kinds(kaisa.told) == [MemberLeft] and kaisa.timers.keys() == {"free_places", "places_counted"}


def test_whoever_has_left_leaves_no_second_time():
    kaisa = a_member()
    kaisa.leave()
    left_at = kaisa.left_at
    kaisa.leave()
    assert kaisa.left_at == left_at and kinds(kaisa.told) == [MemberLeft]


def test_whoever_comes_back_is_told_of_as_somebody_who_joins():
    kaisa = a_member()
    kaisa.leave()
    kaisa.come_back()
    assert kaisa.left_at is None and kinds(kaisa.told) == [MemberLeft, MemberJoined]


def test_nobody_changes_somebody_who_has_left():
    kaisa = a_member()
    kaisa.has_to_be_here()
    kaisa.leave()
    with pytest.raises(HasLeft):
        kaisa.has_to_be_here()


def test_a_move_is_told_once_and_counted_soon():
    kaisa, unit = a_member(), uuid4()
    kaisa.move(unit, None)
    kaisa.move(unit, None)
    assert kinds(kaisa.told) == [MemberChanged] and kaisa.timers.keys() == {"places_counted"}


def test_a_clients_people_get_no_role_of_the_consultancy():
    kaisa = a_member()
    with pytest.raises(NoSuchRole):
        kaisa.give_roles(["lead"], a_client(), None)
    assert kaisa.given_roles == [] and not kaisa.told


def test_an_unconfirmed_way_in_brings_no_new_role_and_takes_none():
    kaisa = a_member(given_roles=["coordinator", "designer"])
    with pytest.raises(CameUnconfirmed):
        kaisa.give_roles(["admin"], a_client(), a_way_in())
    kaisa.give_roles(["designer"], a_client(), a_way_in())
    assert kaisa.given_roles == ["designer"]


def test_by_a_confirmed_way_in_roles_are_given():
    kaisa = a_member()
    kaisa.give_roles(["supervisor"], a_client(), a_way_in(confirmed_on=today()))
    assert kaisa.roles == ["participant", "supervisor"] and kinds(kaisa.told) == [MemberChanged]


def test_the_first_administrator_who_has_signed_in_takes_the_ways_in_over():
    avi, listed, came = a_client(), a_member(), a_member(subject="sari")
    listed.give_roles(["admin"], avi, None)
    assert avi.handed_over_on is None
    came.give_roles(["admin"], avi, a_way_in(confirmed_on=today()))
    assert avi.handed_over_on == today() and avi.first_administrator_id == came.id


def test_a_directory_goes_before_what_we_remembered_and_an_empty_name_does_not():
    kaisa = a_member(given_roles=["admin"])
    kaisa.follow(name="", given_name="", email="k@avi.example", vouched_roles=["designer"], is_vouched=True)
    assert (kaisa.name, kaisa.email, kaisa.is_vouched) == ("Kaisa", "k@avi.example", True)
    assert kaisa.roles == ["admin", "designer", "participant"]
