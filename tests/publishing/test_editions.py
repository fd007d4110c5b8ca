"""Frozen editions, what is printed of them, and the minute of their launch (F71, F72)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.publishing import typesetting
from services.publishing.models import edition as editions
from services.publishing.typesetting import TooBigToPrint
from shared.contracts.publishing import EditionFrozen, PrincipleRevised, WorkbookLaunched, WorkbookWithdrawn
from shared.contracts.survey import ViewWithdrawn


@pytest.fixture
def written(begun):
    """A finished workbook: a quote, a principle and an idea card."""
    begun.view = uuid4()
    quote = begun.add("staff_voice", [begun.view], text="Etänä olevat unohtuvat.")
    begun.principle = begun.add("principle", title="Jokainen kuuluu mukaan", text="Yksi yhteinen tila.")
    begun.card = begun.add("idea_card", title="Kokoukseton perjantai", text="Kokeillaan.")
    begun.quote = quote
    begun.clear(quote)
    return begun


@pytest.fixture
def frozen(written):
    written.approve()
    written.edition = written.freeze()
    return written


@pytest.fixture
def launched(frozen, world):
    frozen.launch(frozen.edition)
    world.let_time_pass("publishing")
    return frozen


def test_a_draft_cannot_be_frozen(written):
    refused = written.sari.post(f"/runs/{written.run}/editions")
    assert refused.status_code == 409 and refused.get_json()["code"] == "not-approved"


def test_an_unfinished_passage_holds_the_edition_back(written):
    written.add("image")
    written.approve()
    refused = written.sari.post(f"/runs/{written.run}/editions")
    assert refused.get_json()["code"] == "not-finished"
    lacks = [lack["sentence"] for lack in written.workbook()["lacks"]]
    assert "A picture is missing its description. Say in words what it shows." in lacks


def test_editions_are_numbered_and_tell_their_passages(frozen, told):
    (event,) = told("publishing", EditionFrozen)
    assert frozen.edition["number"] == event.number == 1
    assert {frozen.quote["id"], frozen.principle["id"], frozen.card["id"]} <= {
        str(id) for id in event.passages
    }


def test_the_same_text_is_not_frozen_twice(frozen):
    again = frozen.sari.post(f"/runs/{frozen.run}/editions")
    assert again.status_code == 409 and again.get_json()["code"] == "nothing-new"


def test_what_is_written_later_is_not_in_the_frozen_edition(frozen):
    frozen.save(frozen.principle, title="Toisin")
    read = frozen.sari.get(f"/runs/{frozen.run}/reading?edition=1").get_json()
    titles = [passage.get("title") for chapter in read["chapters"] for passage in chapter["passages"]]
    assert "Jokainen kuuluu mukaan" in titles and "Toisin" not in titles


def test_nobody_deletes_an_edition(frozen, session_of):
    with pytest.raises(DBAPIError, match="never changes"), session_of("publishing") as session:
        session.execute(text("DELETE FROM rendering"))
        session.execute(text("DELETE FROM edition"))


def sheets(desk) -> dict[str, str]:
    (edition,) = desk.sari.get(f"/runs/{desk.run}/editions").get_json()
    return {rendering["sheet"]: rendering["state"] for rendering in edition["renderings"]}


def test_printing_waits_for_the_worker_and_is_then_made(frozen, world):
    assert sheets(frozen) == {"workbook": "waiting", "deck": "waiting"}
    early = frozen.sari.get(f"/editions/{frozen.edition['id']}/workbook.pdf")
    assert early.status_code == 409 and "still being made" in early.get_json()["detail"]
    world.let_time_pass("publishing")
    assert sheets(frozen) == {"workbook": "made", "deck": "made"}
    for sheet in ("workbook", "deck"):
        pdf = frozen.timo.get(f"/editions/{frozen.edition['id']}/{sheet}.pdf")
        assert pdf.mimetype == "application/pdf" and pdf.data.startswith(b"%PDF-1.7")


def test_a_failure_in_printing_is_a_sentence_and_can_be_repeated(frozen, world, monkeypatch):
    def broken(*arguments):
        raise TooBigToPrint

    with monkeypatch.context() as today:
        today.setattr(editions, "printed", broken)
        world.let_time_pass("publishing")
    (edition,) = frozen.sari.get(f"/runs/{frozen.run}/editions").get_json()
    assert {rendering["state"] for rendering in edition["renderings"]} == {"failed"}
    assert all("smaller pictures" in rendering["sentence"] for rendering in edition["renderings"])
    assert frozen.sari.post(f"/editions/{frozen.edition['id']}/prints").status_code == 202
    world.let_time_pass("publishing")
    assert sheets(frozen) == {"workbook": "made", "deck": "made"}


def test_an_edition_whose_press_stood_still_waits_and_is_printed_later(frozen, world, monkeypatch):
    """As when its worker was suspended, or the machine too busy: that is no failure of the workbook."""
    with monkeypatch.context() as today:
        today.setattr(typesetting, "PATIENCE_SECONDS", 0.01)
        world.let_time_pass("publishing")
    assert sheets(frozen) == {"workbook": "waiting", "deck": "waiting"}
    world.let_time_pass("publishing")
    assert sheets(frozen) == {"workbook": "made", "deck": "made"}


def test_a_workbook_without_idea_cards_has_no_deck(begun):
    begun.add(text="Vain tekstiä")
    begun.approve()
    begun.freeze()
    assert sheets(begun) == {"workbook": "waiting"}


def test_before_the_launch_employees_see_a_sentence(frozen):
    frozen.launch(frozen.edition)
    answer = frozen.read()
    assert answer.status_code == 404 and "opens here at the launch" in answer.get_json()["detail"]
    assert frozen.kaisa.get(f"/runs/{frozen.run}/reading?edition=1").status_code == 404


def test_at_the_minute_that_was_set_the_workbook_opens_to_all_staff(launched, told):
    read = launched.read().get_json()
    assert read["number"] == 1 and read["chapters"][1]["opening"]["title"] == "Kokouskäytännöt"
    assert read["standing"][launched.card["id"]] == 4
    (event,) = told("publishing", WorkbookLaunched)
    assert [str(id) for id in event.principles] == [launched.principle["id"]]
    assert [str(id) for id in event.idea_cards] == [launched.card["id"]]


def test_ringing_twice_launches_once(launched, told, session_of):
    launches = launched.workbook()["launches"]
    from services.publishing.listeners import launch_the_workbook

    with session_of("publishing") as session:
        launch_the_workbook(launches[0]["id"], session)
    assert len(told("publishing", WorkbookLaunched)) == 1


def test_pekka_reads_nothing_of_it(launched, pekka):
    assert launched.read(pekka("publishing")).status_code == 404
    assert pekka("publishing").get(f"/runs/{launched.run}/reading/workbook.pdf").status_code == 404


def test_readers_take_the_pdf_and_the_deck_along(launched):
    for sheet in ("workbook", "deck"):
        assert launched.kaisa.get(f"/runs/{launched.run}/reading/{sheet}.pdf").data.startswith(b"%PDF")


def test_a_launch_is_taken_back_and_made_again(launched, told, world):
    (launch,) = launched.workbook()["launches"]
    taken = launched.timo.post(f"/launches/{launch['id']}/withdrawal", json={"reason": "Virhe sivulla 3"})
    assert taken.get_json()["state"] == "withdrawn"
    assert launched.read().status_code == 404
    assert [event.number for event in told("publishing", WorkbookWithdrawn)] == [1]
    launched.launch(launched.edition)
    world.let_time_pass("publishing")
    assert launched.read().status_code == 200


def test_a_launch_is_taken_back_only_once(launched):
    (launch,) = launched.workbook()["launches"]
    address = f"/launches/{launch['id']}/withdrawal"
    assert launched.timo.post(address, json={}).status_code == 201
    assert launched.timo.post(address, json={}).status_code == 409


def test_a_planned_launch_is_moved_or_called_off(frozen, world, told):
    launch = frozen.launch(frozen.edition)
    assert (
        frozen.sari.post(f"/editions/{frozen.edition['id']}/launches", json={"at": launch["at"]}).status_code
        == 409
    )
    moved = frozen.sari.patch(f"/launches/{launch['id']}", json={"at": "2031-01-07T07:00:00+00:00"})
    assert moved.get_json()["at"].startswith("2031-01-07")
    frozen.timo.post(f"/launches/{launch['id']}/withdrawal", json={})
    world.let_time_pass("publishing")
    assert not told("publishing", WorkbookLaunched) and not told("publishing", WorkbookWithdrawn)
    assert frozen.workbook()["launches"][0]["state"] == "called_off"


@pytest.fixture
def second(launched, world):
    """A second edition with the principle reworded and the card gone."""
    launched.save(launched.principle, title="Jokainen kuuluu joukkoon")
    launched.sari.delete(f"/passages/{launched.card['id']}")
    launched.approve()
    launched.second = launched.freeze()
    launched.launch(launched.second)
    world.let_time_pass("publishing")
    return launched


def test_teams_hear_which_principle_reads_differently(second, told):
    (event,) = told("publishing", PrincipleRevised)
    assert str(event.passage_id) == second.principle["id"] and str(event.edition_id) == second.second["id"]


def test_the_first_launch_revises_no_principle(launched, told):
    assert told("publishing", PrincipleRevised) == []


def test_links_to_a_passage_never_die(second):
    where = second.kaisa.get(f"/runs/{second.run}/reading/passages/{second.card['id']}").get_json()
    assert (
        where["number"] == 1
        and not where["is_current"]
        and where["passage"]["title"] == "Kokoukseton perjantai"
    )
    where = second.kaisa.get(f"/runs/{second.run}/reading/passages/{second.principle['id']}").get_json()
    assert where["number"] == 2 and where["is_current"] and where["chapter"] == "Kokouskäytännöt"
    assert second.kaisa.get(f"/runs/{second.run}/reading?edition=1").status_code == 200


def test_taking_the_second_edition_back_shows_the_first_again(second, told):
    launch = next(each for each in second.workbook()["launches"] if each["number"] == 2)
    second.timo.post(f"/launches/{launch['id']}/withdrawal", json={})
    assert second.read().get_json()["number"] == 1
    launches = [(event.number, event.writes_to) for event in told("publishing", WorkbookLaunched)]
    assert launches == [(1, "not_told_yet"), (2, "not_told_yet"), (1, "nobody")]


@pytest.mark.parametrize("whom", ["not_told_yet", "everybody", "nobody"])
def test_whom_a_launch_writes_to_is_told_with_it(frozen, world, told, whom):
    planned = {"at": "2030-12-02T07:00:00+00:00", "writes_to": whom}
    address = f"/editions/{frozen.edition['id']}/launches"
    assert frozen.sari.post(address, json=planned | {"writes_to": "some"}).status_code == 422
    assert frozen.sari.post(address, json=planned).status_code == 201
    world.let_time_pass("publishing")
    assert [event.writes_to for event in told("publishing", WorkbookLaunched)] == [whom]


def test_teams_find_the_principles_and_cards_of_the_launched_edition(launched):
    pieces = launched.kaisa.get(f"/runs/{launched.run}/reading/pieces").get_json()
    assert {piece["kind"]: piece["title"] for piece in pieces["pieces"]} == {
        "principle": "Jokainen kuuluu mukaan",
        "idea_card": "Kokoukseton perjantai",
    }


def test_the_summary_says_what_there_is_to_read(launched):
    summary = launched.kaisa.get(f"/runs/{launched.run}/reading/summary").get_json()
    assert summary["title"] == "Työkirja" and summary["chapters"] == 2 and summary["cards"] == 1
    assert 10 < summary["words"] < 40


def test_a_quote_whose_author_withdraws_it_later_is_no_longer_read_or_printed(launched, hear, world):
    hear("publishing", ViewWithdrawn(run_id=launched.run, theme_id=launched.theme, view_id=launched.view))
    read = launched.read().get_json()
    assert launched.quote["id"] not in [p["id"] for chapter in read["chapters"] for p in chapter["passages"]]
    assert read["sheets"]["workbook"] == "waiting"
    world.let_time_pass("publishing")
    assert launched.read().get_json()["sheets"]["workbook"] == "made"


def test_a_coordinator_may_launch_and_an_editor_or_employee_may_not(frozen):
    address, minute = f"/editions/{frozen.edition['id']}/launches", {"at": "2030-01-01T07:00:00+00:00"}
    assert frozen.liisa.post(address, json=minute).status_code == 403
    assert frozen.kaisa.post(address, json=minute).status_code == 403
    assert frozen.timo.post(address, json=minute).status_code == 201


def test_a_time_without_a_zone_is_not_a_minute(frozen):
    answer = frozen.sari.post(
        f"/editions/{frozen.edition['id']}/launches", json={"at": "2030-01-01T07:00:00"}
    )
    assert answer.status_code == 422


def test_a_launch_in_the_past_is_refused_and_so_is_moving_it_there(frozen):
    past = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    address = f"/editions/{frozen.edition['id']}/launches"
    refused = frozen.sari.post(address, json={"at": past})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "moment-has-passed")
    launch = frozen.launch(frozen.edition)
    moved = frozen.sari.patch(f"/launches/{launch['id']}", json={"at": past})
    assert moved.status_code == 422 and frozen.workbook()["launches"][0]["at"] == launch["at"]


def test_opening_it_now_is_an_act_of_its_own(frozen, world):
    address = f"/editions/{frozen.edition['id']}/launches"
    assert [
        frozen.sari.post(address, json=plan).status_code
        for plan in ({}, {"now": False}, {"now": True, "at": "2030-12-02T07:00:00+00:00"})
    ] == [422] * 3
    assert frozen.sari.post(address, json={"now": True}).status_code == 201
    world.let_time_pass("publishing")
    assert frozen.read().status_code == 200
