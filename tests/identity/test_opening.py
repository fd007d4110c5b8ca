"""The operator's opening takes two named people and a reason, and is written down before it answers, for the one that was asked."""

import json
import os
from uuid import UUID, uuid4

import pytest

from infra.keys import opening as command
from infra.keys.files import log_of_openings
from infra.keys.opening import main
from services.identity.models import PseudonymKey
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for

RUN = UUID("44444444-4444-4444-8444-444444444444")
TWO = ("Anna Aalto", "Bo Berg")


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("POLKU_KEYS", str(tmp_path / "keys"))


@pytest.fixture
def kaisa(avis) -> dict:
    avis.plans(RUN)
    return avis.person(avis.sign_in(avis.employ("Kaisa")))


def number_of(house, person, purpose="survey") -> UUID:
    with acting_for(house.id), sessions_of("identity")() as session:
        return PseudonymKey.of(RUN, purpose, session).pseudonym(UUID(person["id"]))


def typing(*names):
    typed = iter(names)
    return lambda question: next(typed)


def asked(house, number, people=TWO, because="A court order of 12 November.", purpose="survey"):
    act = ["open", house.slug, str(RUN), purpose, str(number)]
    return [*act, "--people", *people, "--because", because]


def openings(service="identity") -> list[dict]:
    log = log_of_openings(service)
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def test_two_people_with_a_reason_learn_whose_number_it_is(avis, kaisa, capsys):
    avis.sign_in(avis.employ("Mikael"))
    number = number_of(avis, kaisa)
    assert main(asked(avis, number), typing(*TWO)) == 0
    told = capsys.readouterr().out
    assert kaisa["id"] in told and "Kaisa" in told and "Mikael" not in told
    (opening,) = openings()
    assert (opening["people"], opening["because"]) == (list(TWO), "A court order of 12 November.")
    assert (opening["organisation"], opening["run"]) == (str(avis.id), str(RUN))
    assert (opening["purpose"], opening["number"]) == ("survey", str(number))
    assert "Kaisa" not in str(opening) and kaisa["id"] not in str(opening)
    assert log_of_openings("identity").stat().st_mode & 0o077 == 0


def test_it_is_on_the_disk_before_anything_is_looked_for(avis, kaisa, monkeypatch):
    monkeypatch.setattr(os, "fsync", cut_off)
    looked = []
    monkeypatch.setattr(command, "whose", lambda *about: looked.append(about))
    with pytest.raises(OSError, match="full"):
        main(asked(avis, number_of(avis, kaisa)), typing(*TWO))
    assert looked == []


def cut_off(file) -> None:
    raise OSError("the disk is full")


def test_each_opening_is_added_and_none_written_over(avis, kaisa):
    numbers = [number_of(avis, kaisa), uuid4()]
    for number in numbers:
        assert main(asked(avis, number), typing(*TWO)) == 0
    assert [opening["number"] for opening in openings()] == [str(number) for number in numbers]


@pytest.mark.parametrize(
    ("people", "typed"),
    [
        (TWO, ("Anna Aalto", "Anna Aalto")),
        (TWO, ("Anna Aalto", "")),
        (("Anna Aalto", "anna  aalto"), ("Anna Aalto", "anna  aalto")),
        (("Anna Aalto", "root"), ("Anna Aalto", "root")),
    ],
)
def test_one_person_alone_opens_nothing(avis, kaisa, capsys, people, typed):
    assert main(asked(avis, number_of(avis, kaisa), people=people), typing(*typed)) == 1
    said = capsys.readouterr()
    assert "two people" in said.err and "Kaisa" not in said.out + said.err and openings() == []


def test_nothing_is_opened_without_a_reason_an_organisation_or_a_run(avis, kelas, kaisa, capsys):
    number = number_of(avis, kaisa)
    refused = [asked(avis, number, because=" \u00ad"), asked(kelas, number)]
    refused += [["open", "nowhere", *asked(avis, number)[2:]]]
    assert [main(act, typing(*TWO)) for act in refused] == [1, 1, 1]
    assert openings() == [] and "Kaisa" not in capsys.readouterr().out


def test_a_number_of_another_purpose_or_organisation_is_nobodys(avis, kelas, kaisa, capsys):
    kelas.plans(RUN)
    number = number_of(avis, kaisa)
    for act in (asked(avis, number, purpose="voting"), asked(kelas, number)):
        assert main(act, typing(*TWO)) == 0
    assert capsys.readouterr().out.splitlines() == [command.NOBODY] * 2


def test_after_the_keys_day_nobody_learns_it(avis, kaisa, capsys):
    number = number_of(avis, kaisa)
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        PseudonymKey.of(RUN, "survey", session).destroy(session)
    assert main(asked(avis, number), typing(*TWO)) == 0
    assert capsys.readouterr().out.strip() == command.DEAD and len(openings()) == 1
