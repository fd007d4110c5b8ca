"""The launch on the desk: set, moved, gone on with knowingly, taken back."""

from services.portal.clients.notification import notification
from services.portal.clients.publishing import publishing
from shared.contracts.api.notification import Readers
from shared.contracts.api.publishing import LaunchToPlan
from tests.process.paths import path_at
from tests.publishing.pages.forms import action, set_a_launch


def test_a_launch_without_a_minute_is_refused_in_a_sentence(tuula, approved, desk):
    tuula.post(action(tuula.get(f"{desk}/editions"), "freeze"))
    refused = set_a_launch(tuula, desk, at="huomenna")
    assert (
        refused.status_code == 422 and 'id="refusal"' in refused.text and 'value="huomenna"' in refused.text
    )


def test_a_launch_in_an_hour_that_does_not_exist_or_far_off_is_asked_back(tuula, approved, desk):
    tuula.post(action(tuula.get(f"{desk}/editions"), "freeze"))
    gap = set_a_launch(tuula, desk, at="2027-03-28T03:30")
    assert gap.status_code == 422 and "Tällaista aikaa ei ole" in gap.text
    far = set_a_launch(tuula, desk, at="2036-03-28T09:00")
    assert far.status_code == 422 and 'name="at.meant" value="2036-03-28T09:00"' in far.text
    assert (
        set_a_launch(tuula, desk, at="2036-03-28T09:00", **{"at.meant": "2036-03-28T09:00"}).status_code
        == 303
    )


def test_the_launch_is_taken_back_from_the_desk(tuula, kaisa, launched, desk, book):
    page = tuula.get(f"{desk}/editions")
    assert "avoinna koko henkilöstölle" in page.text
    tuula.post(action(page, "withdraw-1"), data={"reason": "Virhe."})
    assert "Työkirjaa kirjoitetaan" in kaisa.get(book).text
    assert "Virhe." in tuula.get(f"{desk}/editions").text


def test_a_launch_outside_its_phase_says_so_and_goes_on_knowingly(tuula, approved, desk, ours, kaisa, book):
    tuula.post(action(tuula.get(f"{desk}/editions"), "freeze"))
    page = tuula.get(f"{desk}/editions").text
    assert 'id="outside"' in page and "se ei ole julkistuksen vaihe" in page
    assert "/plan/ahead?to=launch" in page and 'name="knowingly"' in page
    for form in ({"at": "2026-12-02T09:00"}, {"now": "yes"}):
        refused = tuula.post(action(tuula.get(f"{desk}/editions"), "launch-edition-1"), data=form)
        assert refused.status_code == 422 and "vaiheensa ulkopuolella" in refused.text
    assert 'value="2026-12-02T09:00"' in set_a_launch(tuula, desk, at="2026-12-02T09:00", knowingly="").text
    ours.let_time_pass("publishing")
    assert "Työkirjaa kirjoitetaan" in kaisa.get(book).text
    assert set_a_launch(tuula, desk, now="yes").status_code == 303


def test_a_launch_in_its_phase_asks_nothing(tuula, approved, desk, monkeypatch):
    tuula.post(action(tuula.get(f"{desk}/editions"), "freeze"))
    run = path_at("read_workbook")
    monkeypatch.setattr("services.portal.areas.workbook.editions.run_of", lambda run_id: run)
    page = tuula.get(f"{desk}/editions").text
    assert 'id="outside"' not in page and 'name="knowingly"' not in page
    assert (
        tuula.post(action(tuula.get(f"{desk}/editions"), "launch-edition-1"), data={"now": "yes"}).status_code
        == 303
    )


def test_after_a_launch_was_taken_back_the_lead_chooses_whom_to_write_to(
    tuula, launched, desk, told, monkeypatch
):
    assert 'name="writes_to"' not in tuula.get(f"{desk}/editions").text
    tuula.post(action(tuula.get(f"{desk}/editions"), "withdraw-1"), data={"reason": "Virhe."})
    numbers = Readers(people=90, not_told=3, told=87)
    monkeypatch.setattr(notification, "readers", lambda edition_id: numbers)
    page = tuula.get(f"{desk}/editions").text
    assert (
        "87 henkilölle on kirjoitettu tästä painoksesta." in page
        and "saaneet viestiä tästä painoksesta: 3 henkilöä" in page
    )
    planned = []
    monkeypatch.setattr(publishing, "plan_launch", lambda edition_id, plan: planned.append(plan))
    answer = set_a_launch(tuula, desk, now="yes", writes_to="nobody")
    assert planned == [LaunchToPlan(now=True, writes_to="nobody")] and answer.status_code == 303


def test_of_two_who_move_a_launch_the_second_sees_where_to(tuula, approved, desk):
    tuula.post(action(tuula.get(f"{desk}/editions"), "freeze"))
    set_a_launch(tuula, desk, at="2027-12-02T09:00")
    first, second = tuula.get(f"{desk}/editions"), tuula.get(f"{desk}/editions")
    assert tuula.submit(first, "move-launch", at="2027-12-03T09:00").status_code == 303
    refused = tuula.submit(second, "move-launch", at="2027-12-04T09:00")
    assert refused.status_code == 409 and 'value="2027-12-04T09:00"' in refused.text
    assert "3.12.2027" in refused.text.partition('id="move-at-meanwhile"')[2][:400]
