"""Under which number a view was written: two named people and a reason, written down before it is looked for, while the key lives."""

import json
from uuid import uuid4

import pytest

from infra.keys import opening as command
from infra.keys.files import log_of_openings
from infra.keys.opening import main
from shared.contracts.identity import KeyDestroyed

TWO = ("Anna Aalto", "Bo Berg")
WHY = "A court order of 12 November."


@pytest.fixture(autouse=True)
def is_open(run):
    run.opens()


def typing(*names):
    typed = iter(names)
    return lambda question: next(typed)


def asked(tenant, run, view_id, people=TWO, because=WHY):
    return ["author", str(tenant), str(run.id), str(view_id), "--people", *people, "--because", because]


def openings(tenant) -> list[dict]:
    """Those of this organisation."""
    log = log_of_openings("survey")
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    return [line for line in lines if line["organisation"] == str(tenant)]


@pytest.mark.parametrize("has_left", [True, False])
def test_two_people_with_a_reason_learn_under_which_number_a_view_was_written(
    run, avi, kaisa, matti, capsys, has_left
):
    matti.has_given()
    view = kaisa.has_given() if has_left else kaisa.gives().json["view"]
    assert main(asked(avi, run, view["id"]), typing(*TWO)) == 0
    said = capsys.readouterr().out
    assert str(kaisa.door.who.subject) in said and str(matti.door.who.subject) not in said
    (opening,) = openings(avi)
    assert (opening["people"], opening["because"], opening["view"]) == (list(TWO), WHY, view["id"])
    assert str(kaisa.door.who.subject) not in str(opening)


def test_one_person_alone_or_without_a_reason_learns_nothing(run, avi, kaisa, capsys):
    view = kaisa.has_given()["id"]
    assert main(asked(avi, run, view), typing("Anna Aalto", "Anna Aalto")) == 1
    assert main(asked(avi, run, view, because=" "), typing(*TWO)) == 1
    assert openings(avi) == [] and str(kaisa.door.who.subject) not in capsys.readouterr().out


def test_a_view_of_another_run_or_organisation_is_nobodys(run, avi, kela, kaisa, capsys):
    view = kaisa.has_given()["id"]
    assert main(asked(kela, run, view), typing(*TWO)) == 1
    assert main(asked(avi, run, uuid4()), typing(*TWO)) == 0
    assert capsys.readouterr().out.strip() == command.NO_AUTHOR and openings(kela) == []


def test_after_the_keys_day_nobody_learns_it(run, avi, hear, kaisa, capsys):
    view = kaisa.has_given()["id"]
    hear("survey", KeyDestroyed(run_id=run.id, purpose="survey"))
    assert main(asked(avi, run, view), typing(*TWO)) == 0
    assert capsys.readouterr().out.strip() == command.DEAD and len(openings(avi)) == 1
