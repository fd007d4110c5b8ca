"""A colleague's words reach print only when somebody has looked twice (F66)."""

from uuid import uuid4

import pytest

from shared.contracts.publishing import QuoteCleared
from shared.contracts.survey import ViewModerated, ViewWithdrawn


@pytest.fixture
def quote(begun):
    return begun.add("staff_voice", [uuid4()], text="Etänä olevat unohtuvat.")


def test_a_new_quote_is_not_cleared(begun, quote):
    assert begun.workbook()["uncleared"] == [quote["id"]]


def test_both_questions_have_to_be_answered(begun, quote, told):
    begun.clear(quote, "identifiability")
    assert begun.workbook()["uncleared"] == [quote["id"]] and not told("publishing", QuoteCleared)
    begun.clear(quote, "wording")
    assert begun.workbook()["uncleared"] == []
    assert [str(event.passage_id) for event in told("publishing", QuoteCleared)] == [quote["id"]]


def test_who_decided_when_and_why_is_kept(begun, quote):
    given = {"revision": 1, "question": "wording", "decision": "refused", "note": "Kaksi kokousta, ei kolme."}
    begun.timo.post(f"/passages/{quote['id']}/clearings", json=given)
    (clearing,) = begun.sari.get(f"/passages/{quote['id']}").get_json()["clearings"]
    assert (
        clearing["by"] == str(begun.timo.who.subject) and clearing["note"] == given["note"] and clearing["at"]
    )


def test_a_clearing_is_of_the_wording_that_was_read(begun, quote, told):
    begun.save(quote, text="Pomo sanoi aivan muuta.")
    for question in ("identifiability", "wording"):
        refused = begun.clear(quote, question)
        assert (refused.status_code, refused.json["code"]) == (409, "wording-changed")
    assert begun.workbook()["uncleared"] == [quote["id"]] and not told("publishing", QuoteCleared)


def test_a_refused_quote_holds_the_edition_back(begun, quote):
    begun.clear(quote)
    begun.clear(quote, "identifiability", decision="refused")
    begun.approve()
    refused = begun.sari.post(f"/runs/{begun.run}/editions")
    assert refused.status_code == 409 and refused.get_json()["code"] == "quotes-not-cleared"


def test_a_changed_quote_is_cleared_anew(begun, quote):
    begun.clear(quote)
    begun.save(quote, text="Etänä olevat unohtuvat usein.")
    assert begun.workbook()["uncleared"] == [quote["id"]]


def test_our_own_prose_needs_no_clearing(begun):
    passage = begun.add(text="Me")
    assert begun.clear(passage, "wording").status_code == 409
    assert begun.workbook()["uncleared"] == []


def test_an_experience_is_cleared_like_a_quote(begun):
    passage = begun.add("experience", text="Meillä kokeiltiin.")
    assert begun.workbook()["uncleared"] == [passage["id"]]


@pytest.mark.parametrize("gone", ["withdrawn", "rejected"])
def test_a_view_that_is_gone_takes_its_quotes_clearing_along(begun, quote, hear, gone):
    begun.clear(quote)
    view = {"run_id": begun.run, "theme_id": begun.theme, "view_id": quote["derived_from"][0]}
    hear(
        "publishing",
        ViewWithdrawn(**view) if gone == "withdrawn" else ViewModerated(**view, decision="rejected"),
    )
    assert begun.workbook()["uncleared"] == [quote["id"]]
    refused = begun.clear(quote, "wording")
    assert refused.status_code == 409 and "withdrawn" in refused.get_json()["detail"]


def test_an_accepted_view_changes_nothing(begun, quote, hear):
    begun.clear(quote)
    view = {"run_id": begun.run, "theme_id": begun.theme, "view_id": quote["derived_from"][0]}
    hear("publishing", ViewModerated(**view, decision="accepted"))
    assert begun.workbook()["uncleared"] == []


def test_a_view_withdrawn_before_it_was_quoted_is_never_cleared(begun, hear):
    view = uuid4()
    hear("publishing", ViewWithdrawn(run_id=begun.run, theme_id=begun.theme, view_id=view))
    late = begun.add("staff_voice", [view], text="Liian myöhään")
    assert begun.clear(late, "identifiability").status_code == 409


def test_employees_do_not_clear_quotes(begun, quote):
    given = {"revision": 1, "question": "wording", "decision": "cleared"}
    assert begun.kaisa.post(f"/passages/{quote['id']}/clearings", json=given).status_code == 403
