"""Who is there: asked at every page, so it is one statement; what it rests on is asked anew each time."""

from contextlib import contextmanager
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import event, func, update

from services.identity.models import Member, Organisation, PseudonymKey, StaffAccess
from shared.database import engine_of, sessions_of
from shared.tenancy.sessions import acting_for
from shared.web.tokens import verify
from tests.identity.houses import grant


@contextmanager
def statements():
    """Those that identity sends to its database, but for BEGIN."""
    seen = SimpleNamespace(count=0)

    def note(connection, cursor, statement, *rest):
        seen.count += not statement.startswith("BEGIN")

    event.listen(engine_of("identity"), "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine_of("identity"), "before_cursor_execute", note)


def asked(house, secret, **how):
    """Asks twice, because the first time of a day or an hour may write; returns the second answer and its statements."""
    house.current(secret, **how)
    with statements() as seen:
        answer = house.current(secret, **how)
    assert answer.status_code == 200, answer.json
    return answer.json, seen.count


@pytest.fixture
def kaisa(avis):
    return avis.sign_in(avis.employ("Kaisa", unit="Työsuojelu", site="Oulu", roles=["coordinator"]))


def test_who_is_there_is_one_statement(avis, kaisa):
    told, count = asked(avis, kaisa, audiences=[], run_id=str(uuid4()))
    assert count == 1
    assert (told["person"]["unit"], told["person"]["site"]) == ("Työsuojelu", "Oulu")
    assert told["home"]["slug"] == told["tenant"]["slug"] == avis.slug
    assert told["roles"] == ["coordinator", "participant"] and told["tokens"] == {}


def test_in_a_clients_rooms_it_is_one_at_home_and_one_at_the_client(avis, consultancy):
    secret = consultancy.sign_in(consultancy.employ("Henna", roles=["lead"]))
    grant(avis, consultancy, consultancy.person(secret)["id"], "lead", "facilitator")
    told, count = asked(consultancy, secret, audiences=[], client=avis.slug)
    assert count == 2
    assert told["tenant"]["slug"] == avis.slug and told["roles"] == ["facilitator", "lead"]


def test_a_strangers_secret_is_nobodys_here(avis, kelas, kaisa):
    pekka = kelas.sign_in(kelas.employ("Pekka"))
    with statements() as seen:
        assert avis.current(pekka).status_code == 401
    assert seen.count == 1


def test_who_has_left_is_nobody_here(avis, kaisa):
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(update(Member).values(left_at=func.now()))
    assert avis.current(kaisa).status_code == 401


def version(house, secret, **how) -> str:
    answer = house.current(secret, audiences=[], **how)
    assert answer.status_code == 200, answer.json
    return answer.json["version"]


def test_the_version_stays_while_nothing_changes_and_is_each_ones_own(avis, kaisa):
    mikael = avis.sign_in(avis.employ("Mikael"))
    assert version(avis, kaisa) == version(avis, kaisa) != version(avis, mikael)
    assert version(avis, kaisa) != version(avis, kaisa, as_participant=False)


@pytest.mark.parametrize("changed", ["a role", "a language", "a place", "where one only reads"])
def test_another_version_as_soon_as_tokens_would_say_something_else(avis, kaisa, changed):
    before, id = version(avis, kaisa), avis.person(kaisa)["id"]
    now = {
        "a role": {"given_roles": ["supervisor"]},
        "a language": {"language": "sv"},
        "a place": {"unit_id": None},
        "where one only reads": {"reads_along": [uuid4()]},
    }
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(update(Member).filter_by(id=id).values(**now[changed]))
    assert version(avis, kaisa) != before


def test_another_version_once_a_key_is_destroyed_but_not_at_another_organisation(avis, kelas, kaisa):
    pekka = kelas.sign_in(kelas.employ("Pekka"))
    avis.plans(run := uuid4())
    before, theirs = version(avis, kaisa), version(kelas, pekka)
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        PseudonymKey.of(run, "voting", session).destroy(session)
    assert version(avis, kaisa) != before and version(kelas, pekka) == theirs


def test_another_version_with_other_grants(avis, consultancy):
    secret = consultancy.sign_in(consultancy.employ("Henna", roles=["lead"]))
    henna = consultancy.person(secret)["id"]
    grant(avis, consultancy, henna, "lead", "editor")
    before = version(consultancy, secret, client=avis.slug)
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(update(StaffAccess).values(roles=["editor"]))
    assert version(consultancy, secret, client=avis.slug) != before


def test_a_client_whose_rooms_are_closed_lets_nobody_in(avis, consultancy):
    secret = consultancy.sign_in(consultancy.employ("Henna", roles=["lead"]))
    grant(avis, consultancy, consultancy.person(secret)["id"], "lead")
    assert consultancy.current(secret, client=avis.slug).status_code == 200
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(update(Organisation).values(suspended_at="2026-01-01"))
    assert consultancy.current(secret, client=avis.slug).json["code"] == "is-suspended"


def test_numbers_drawn_for_one_answer_are_for_one_request(avis, kaisa):
    avis.plans(run := uuid4())
    told = avis.current(kaisa, run_id=str(run)).json
    assert told["for_once"] == ["lineage"]
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        PseudonymKey.of(run, "voting", session).destroy(session)
    told = avis.current(kaisa, run_id=str(run)).json
    assert sorted(told["for_once"]) == ["lineage", "voting"]
    again = avis.current(kaisa, run_id=str(run)).json["tokens"]
    assert verify(told["tokens"]["voting"], "voting").subject != verify(again["voting"], "voting").subject


def test_who_reads_along_has_a_number_for_one_request(avis, kaisa):
    avis.plans(run := uuid4())
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(update(Member).values(reads_along=[run]))
    told = avis.current(kaisa, run_id=str(run)).json
    assert {"survey", "voting", "workshop", "lineage"} == set(told["for_once"])
