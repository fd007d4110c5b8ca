"""A second factor at the desk: shown to the provider, counted by its words, asked for after some days, locking nobody out."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from services.identity import lockout
from services.identity.base import today
from services.identity.models import Connection, Organisation
from services.identity.sign_in.second_factor import was_shown
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.test_how_long_sessions_last import as_member


@pytest.mark.parametrize(
    ("claims", "counts"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"amr": "mfa"}, True),
        ({"acr": "urn:high"}, True),
        ({"acr": "mfa-not"}, False),
        ({"amr": ["pwd"]}, False),
        ({"amr": [["mfa"], {"mfa": 1}, 2]}, False),
        ({"acr": 1, "amr": None}, False),
        ({}, False),
    ],
)
def test_a_word_counts_that_the_way_in_names(claims, counts):
    assert was_shown(SimpleNamespace(factors=["mfa", "urn:high"]), claims) is counts
    assert not was_shown(SimpleNamespace(factors=[]), claims)


def counting(house, *factors: str) -> None:
    with acting_for(house.id), sessions_of("identity").begin() as session:
        for way in session.scalars(select(Connection)):
            way.factors = list(factors)


def is_asked(house, in_days: int) -> None:
    with acting_for(house.id), sessions_of("identity").begin() as session:
        Organisation.ours(session).second_factor_from = today() + timedelta(days=in_days)


def at_the_desk(house, held: str):
    return house.current(held, as_participant=False)


@pytest.fixture
def tuula(avis) -> str:
    counting(avis, "mfa")
    return avis.employ("Tuula", roles=["admin"])


def ask(house, held: str, days: int | None = 14):
    return as_member(house, house.member(held), "admin").put("/second-factor", json={"days": days})


def test_from_the_day_on_nobody_works_at_the_desk_without_it_and_everybody_takes_part(avis, tuula):
    held = avis.sign_in(tuula)
    is_asked(avis, in_days=1)
    assert at_the_desk(avis, held).json["second_factor_from"] == str(today() + timedelta(days=1))
    is_asked(avis, in_days=0)
    refused = at_the_desk(avis, held)
    assert (refused.status_code, refused.json["code"]) == (403, "second-factor-needed")
    assert avis.current(held).json["roles"] == ["participant"]


def test_who_has_shown_it_and_who_does_not_work_at_the_desk_is_not_asked(avis, tuula):
    is_asked(avis, in_days=0)
    avis.employ("Tuula", roles=["admin"], amr=["pwd", "mfa"])
    shown = at_the_desk(avis, avis.sign_in(tuula)).json
    assert ("admin" in shown["roles"], shown["second_factor_from"]) == (True, None)
    kaisa = avis.sign_in(avis.employ("Kaisa"))
    assert avis.current(kaisa).json["second_factor_from"] is None


def test_the_consultancys_people_are_bound_by_their_own_organisation(consultancy):
    held = consultancy.sign_in(consultancy.employ("Henna"))
    is_asked(consultancy, in_days=0)
    refused = at_the_desk(consultancy, held).status_code
    is_asked(consultancy, in_days=100)
    assert (refused, at_the_desk(consultancy, held).status_code) == (403, 200)


def test_only_who_has_shown_it_switches_it_on_and_not_at_once(avis, tuula):
    held = avis.sign_in(tuula)
    refused = ask(avis, held)
    assert (refused.status_code, refused.json["code"]) == (409, "show-it-first")
    avis.employ("Tuula", roles=["admin"], amr=["mfa"])
    held = avis.sign_in(tuula)
    assert ask(avis, held, days=0).json["code"] == "not-that-grace"
    assert ask(avis, held).json["second_factor_from"] == str(today() + timedelta(days=14))
    assert ask(avis, held, days=None).json["second_factor_from"] is None


def test_a_guest_of_the_consultancy_does_not_switch_it(avis, tuula, consultancy):
    guest = as_member(avis, avis.member(avis.sign_in(tuula)), "lead", home=consultancy.id)
    assert guest.put("/second-factor", json={"days": None}).status_code == 403


def test_where_no_provider_says_the_word_any_more_two_operators_lift_it(avis, tuula):
    held = avis.sign_in(tuula)
    is_asked(avis, in_days=0)
    assert at_the_desk(avis, held).status_code == 403
    lockout.lift(avis.slug, ("Aino Aalto", "Kalle Koski"), "The provider says no amr.")
    assert "admin" in at_the_desk(avis, avis.sign_in(tuula)).json["roles"]
