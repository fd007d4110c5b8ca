"""Sessions: places, the waiting list, groups, and the facilitator's way through the steps."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.workshop.models import Workshop
from shared.contracts.process import PhaseClosed
from shared.contracts.workshop import (
    GroupsFormed,
    RoundEnded,
    RoundStarted,
    WorkshopScheduled,
)
from shared.database import worker_engine_of
from tests.workshop.conftest import TOMORROW


def test_a_scheduled_session_is_told_with_its_time_and_places(run, told):
    workshop = run.schedule(places=30)
    [scheduled] = told("workshop", WorkshopScheduled)
    assert (scheduled.session_id, scheduled.places, scheduled.starts_at) == (
        UUID(workshop["id"]),
        30,
        TOMORROW,
    )


def test_a_session_does_not_end_before_it_starts(run):
    planned = {"round": 1, "title": "Työpaja", "starts_at": TOMORROW.isoformat(), "places": 5}
    planned |= {"ends_at": (TOMORROW - timedelta(hours=1)).isoformat()}
    assert run.anna.post(f"/runs/{run.id}/workshops", json=planned).json["code"] == "ends-before-it-starts"


def test_the_waiting_list_moves_up_in_order_when_somebody_leaves(run):
    workshop, people = run.schedule(places=2), run.people(4)
    run.sign_up(people, workshop)
    path = f"/workshops/{workshop['id']}"
    assert [person.get(path).json["mine"]["number_in_line"] for person in people] == [0, 0, 1, 2]
    people[0].delete(f"{path}/place")
    mine = [person.get(path).json["mine"] for person in people]
    assert mine[0] is None
    assert [place["is_waiting"] for place in mine[1:]] == [False, False, True]


def test_more_places_let_the_waiting_in(run):
    workshop, people = run.schedule(places=1), run.people(3)
    run.sign_up(people, workshop)
    kept = ("title", "starts_at", "ends_at", "link")
    planned = {name: workshop[name] for name in kept} | {"places": 3}
    planned |= {"starts_at": TOMORROW.isoformat(), "ends_at": (TOMORROW + timedelta(hours=1)).isoformat()}
    assert run.anna.put(f"/workshops/{workshop['id']}", json=planned).json["waiting"] == 0


def test_signing_up_twice_gives_one_place(run):
    workshop, kaisa = run.schedule(places=5), run.person()
    run.sign_up([kaisa, kaisa], workshop)
    assert kaisa.get(f"/workshops/{workshop['id']}").json["places_left"] == 4


def test_one_place_a_person_and_round(run):
    first, second, later = run.schedule(), run.schedule(), run.schedule(round=2)
    kaisa = run.person()
    run.sign_up([kaisa], first)
    assert kaisa.put(f"/workshops/{second['id']}/place").json["code"] == "place-elsewhere"
    assert kaisa.put(f"/workshops/{later['id']}/place").status_code == 200


def test_nobody_signs_up_for_what_was_called_off(run):
    workshop = run.schedule()
    assert run.anna.delete(f"/workshops/{workshop['id']}").json["state"] == "cancelled"
    assert run.person().put(f"/workshops/{workshop['id']}/place").json["code"] == "sign-up-is-over"


def test_groups_hold_everybody_who_has_a_place_and_nobody_who_waits(run, told):
    questions, workshop, people = run.tabled(), run.schedule(places=10), run.people(12)
    run.sign_up(people, workshop)
    formed = run.form_groups(workshop, questions, size=5)
    assert [group["people"] for group in formed["groups"]] == [5, 5]
    assert [group["question_id"] for group in formed["groups"]] == [question["id"] for question in questions]
    assert [event.groups for event in told("workshop", GroupsFormed)] == [2]


def test_forming_groups_again_before_the_start_begins_afresh(run):
    questions, workshop = run.tabled(), run.schedule()
    run.sign_up(run.people(8), workshop)
    run.form_groups(workshop, questions, size=2)
    assert len(run.form_groups(workshop, questions, size=4)["groups"]) == 2


def test_staff_see_numbers_and_places_never_pseudonyms(run):
    questions, workshop, people = run.tabled(), run.schedule(), run.people(4)
    run.sign_up(people, workshop)
    formed = run.form_groups(workshop, questions)
    [group] = formed["groups"]
    assert [place["turn"] for place in group["places"]] == [1, 2, 3, 4]
    assert group["places"][0]["unit"] == "Lappi"
    assert not any(str(person.who.subject) in str(formed) for person in people)


def test_no_groups_without_people_or_questions(run):
    [question, _], workshop = run.tabled(), run.schedule()
    path = f"/workshops/{workshop['id']}/groups"
    assert run.anna.post(path, json={"questions": [question["id"]]}).json["code"] == "nobody-to-divide"
    run.sign_up(run.people(3), workshop)
    assert run.anna.post(path, json={"questions": []}).json["code"] == "no-question-for-groups"


def test_only_questions_on_the_table_come_to_groups(run):
    run.release_ranking()
    workshop = run.schedule()
    run.sign_up(run.people(3), workshop)
    proposed = {"questions": [run.questions()[0]["id"]]}
    assert (
        run.anna.post(f"/workshops/{workshop['id']}/groups", json=proposed).json["code"] == "not-on-the-table"
    )


def test_a_session_starts_only_when_the_path_has_opened_its_round(run, told):
    questions, workshop = run.tabled(), run.schedule()
    run.sign_up(run.people(3), workshop)
    run.form_groups(workshop, questions)
    start = f"/workshops/{workshop['id']}/start"
    assert run.anna.post(start).json["code"] == "round-is-not-open"
    run.open_round()
    assert run.anna.post(start).json["state"] == "running"
    assert [event.round for event in told("workshop", RoundStarted)] == [1]


def test_the_round_starts_once_with_its_first_session(run, told):
    run.running(run.people(2))
    run.running(run.people(2))
    assert len(told("workshop", RoundStarted)) == 1


def test_the_facilitator_moves_everybody_forward_and_back(run):
    kaisa, *_ = people = run.people(3)
    workshop = run.running(people, step="dig_deeper")
    assert kaisa.get(f"/boards/{kaisa.board}").json["step"]["key"] == "dig_deeper"
    run.go_to(workshop, "write_alone")
    shown = kaisa.get(f"/boards/{kaisa.board}").json
    assert shown["step"]["key"] == "write_alone"
    left = datetime.fromisoformat(shown["timer_ends_at"]) - datetime.fromisoformat(shown["now"])
    assert timedelta(minutes=7) < left <= timedelta(minutes=8)


def test_there_is_no_step_after_the_last(run):
    workshop = run.running(run.people(2))
    refused = run.anna.put(f"/workshops/{workshop['id']}/step", json={"number": 7})
    assert refused.json["code"] == "no-further-step"


def test_only_who_leads_moves_the_session_until_it_is_handed_over(run):
    workshop, bertil = run.running(run.people(2)), run.bertil
    path = f"/workshops/{workshop['id']}"
    assert bertil.put(f"{path}/timer", json={"seconds": 60}).json["code"] == "somebody-else-leads"
    assert bertil.put(f"{path}/facilitator", json={}).json["facilitator"] == str(bertil.who.subject)
    assert bertil.put(f"{path}/timer", json={"seconds": 60}).status_code == 200
    assert run.anna.put(f"{path}/step", json={"number": 1}).json["code"] == "somebody-else-leads"


def test_a_late_joiner_lands_in_the_smallest_group_at_the_current_step(run):
    workshop = run.running(run.people(5), size=3, step="dig_deeper")
    late = run.person()
    board = run.arrive(late, workshop)
    groups = run.anna.get(f"/workshops/{workshop['id']}/groups").json["groups"]
    assert sorted(group["people"] for group in groups) == [3, 3]
    assert late.get(f"/boards/{board}").json["step"]["key"] == "dig_deeper"


def test_somebody_waiting_gets_in_late_only_when_a_place_is_free(run):
    questions, workshop, people = run.tabled(), run.schedule(places=2), run.people(3)
    run.open_round()
    run.sign_up(people, workshop)
    run.form_groups(workshop, questions)
    run.start(workshop)
    path = f"/workshops/{workshop['id']}"
    assert people[2].post(f"{path}/arrival").json["code"] == "all-places-taken"
    people[0].delete(f"{path}/place")
    assert run.arrive(people[2], workshop)


def test_groups_get_even_when_people_stay_away(run):
    questions, workshop, people = run.tabled(), run.schedule(), run.people(12)
    run.open_round()
    run.sign_up(people, workshop)
    formed = run.form_groups(workshop, questions, size=4)
    run.start(workshop)
    empty = formed["groups"][0]["number"]
    for person in people:
        mine = person.get(f"/workshops/{workshop['id']}").json["mine"]
        if mine["group"] != empty:
            run.arrive(person, workshop)
    assert run.anna.post(f"/workshops/{workshop['id']}/groups/evening-out").json == {"moved": 2}
    groups = run.anna.get(f"/workshops/{workshop['id']}/groups").json["groups"]
    assert sorted(group["here"] for group in groups) == [2, 3, 3]


def test_the_facilitator_moves_a_person_and_gives_a_group_another_question(run):
    questions, workshop, people = run.tabled(), run.schedule(), run.people(6)
    run.open_round()
    run.sign_up(people, workshop)
    one, other = run.form_groups(workshop, questions[:1], size=3)["groups"]
    path = f"/workshops/{workshop['id']}/places/{one['places'][0]['id']}/group"
    moved = run.anna.put(path, json={"group_id": other["id"]}).json
    assert [group["people"] for group in moved["groups"]] == [2, 4]
    given = run.anna.put(f"/groups/{one['id']}/question", json={"question_id": questions[1]["id"]}).json
    assert [group["question_id"] for group in given["groups"]] == [questions[1]["id"], questions[0]["id"]]


def test_a_person_does_not_move_to_another_session(run):
    workshop = run.running(run.people(2))
    other = run.running(run.people(2))
    place = run.anna.get(f"/workshops/{workshop['id']}/groups").json["groups"][0]["places"][0]["id"]
    group = run.anna.get(f"/workshops/{other['id']}/groups").json["groups"][0]["id"]
    refused = run.anna.put(f"/workshops/{workshop['id']}/places/{place}/group", json={"group_id": group})
    assert refused.json["code"] == "not-from-here"


def test_a_group_that_asks_for_help_is_seen_until_it_is_helped(run):
    kaisa, *_ = people = run.people(2)
    workshop = run.running(people)
    kaisa.put(f"/boards/{kaisa.board}/help", json={"asks": True})
    [group] = run.anna.get(f"/workshops/{workshop['id']}/groups").json["groups"]
    assert group["asks_for_help"]
    [group] = run.anna.put(f"/groups/{group['id']}/help", json={"asks": False}).json["groups"]
    assert not group["asks_for_help"]


def test_ready_is_for_one_visit_of_a_step(run):
    kaisa, *_ = people = run.people(2)
    workshop = run.running(people)
    kaisa.put(f"/boards/{kaisa.board}/ready", json={"ready": True})
    ready = [group["ready"] for group in run.anna.get(f"/workshops/{workshop['id']}/groups").json["groups"]]
    assert ready == [1]
    [group] = run.go_to(workshop, "mark_what_matters")["groups"]
    assert group["ready"] == 0


def test_a_sentence_to_all_reaches_every_board(run):
    people = run.people(6)
    workshop = run.running(people, size=3)
    run.anna.put(f"/workshops/{workshop['id']}/broadcast", json={"text": "Viisi minuuttia jäljellä"})
    assert {person.get(f"/boards/{person.board}").json["broadcast"] for person in people} == {
        "Viisi minuuttia jäljellä"
    }


def test_the_end_forgets_traits_and_keeps_who_came(run):
    people = run.people(3)
    workshop = run.running(people)
    run.sign_up([run.person()], workshop)
    run.anna.post(f"/workshops/{workshop['id']}/end")
    [group] = run.anna.get(f"/workshops/{workshop['id']}/groups").json["groups"]
    kept = {(place["unit"], place["site"], place["language"], place["is_here"]) for place in group["places"]}
    assert kept == {(None, None, "", False)}
    assert [place["turn"] for place in group["places"]] == [1, 2, 3]
    assert run.anna.get(f"/workshops/{workshop['id']}/minutes").json["attended"] == 3


def test_closing_the_phase_ends_the_round_with_its_sessions(run, told):
    workshop = run.running(run.people(2))
    closed = PhaseClosed(run_id=run.id, phase="deepen", activities=["workshop_1"])
    run.hear("workshop", closed)
    assert run.anna.get(f"/workshops/{workshop['id']}").json["state"] == "ended"
    assert [(event.round, event.groups, event.outcomes) for event in told("workshop", RoundEnded)] == [
        (1, 1, 0)
    ]


def test_people_end_a_round_once(run, told):
    run.running(run.people(2))
    for _ in range(2):
        assert run.anna.post(f"/runs/{run.id}/rounds/1/end").json["state"] == "ended"
    assert len(told("workshop", RoundEnded)) == 1


@pytest.mark.parametrize("path", ["start", "end", "groups/evening-out"])
def test_participants_do_not_lead(run, path):
    workshop = run.schedule()
    assert run.person().post(f"/workshops/{workshop['id']}/{path}").status_code == 403


def test_the_stranger_finds_no_session(run, pekka):
    workshop = run.schedule()
    assert pekka("workshop").get(f"/workshops/{workshop['id']}").status_code == 404
    assert pekka("workshop").put(f"/workshops/{workshop['id']}/place").status_code == 404
    assert pekka("workshop").get(f"/runs/{run.id}/workshops").json == []


def test_a_pseudonym_of_another_run_finds_no_session(run):
    workshop = run.schedule()
    elsewhere = run.door.as_("participant", run_id=uuid4())
    assert elsewhere.put(f"/workshops/{workshop['id']}/place").status_code == 404


def test_no_event_says_who_was_there(run, world):
    """Neither daily nor at the end; identity asks when it needs it."""
    people = run.people(3)
    workshop = run.running(people)
    world.let_time_pass("workshop")
    run.anna.post(f"/workshops/{workshop['id']}/end")
    with worker_engine_of("workshop").connect() as connection:
        told = "".join(connection.scalars(text("SELECT convert_from(value, 'UTF8') FROM outbox")))
    assert str(run.id) in told and not [person for person in people if str(person.who.subject) in told]


def test_whoever_is_let_in_while_the_page_is_made_has_it_all_the_same(run, monkeypatch):
    workshop, [kaisa, matti] = run.schedule(places=1), run.people(2)
    run.sign_up([kaisa, matti], workshop)
    number_in_line = Workshop.number_in_line

    def just_then(self, place):
        assert kaisa.delete(f"/workshops/{workshop['id']}/place").status_code == 200
        return number_in_line(self, place)

    monkeypatch.setattr(Workshop, "number_in_line", just_then)
    shown = matti.get(f"/workshops/{workshop['id']}")
    assert (shown.status_code, shown.json["mine"]["number_in_line"]) == (200, 0)


def test_staff_see_the_groups_while_somebody_gives_the_place_away(run, monkeypatch):
    workshop, [kaisa, matti] = run.schedule(), run.people(2)
    run.sign_up([kaisa, matti], workshop)
    run.form_groups(workshop, run.tabled())
    people = Workshop.people

    def just_then(self, **which):
        monkeypatch.setattr(Workshop, "people", people)
        assert kaisa.delete(f"/workshops/{workshop['id']}/place").status_code == 200
        return people(self, **which)

    monkeypatch.setattr(Workshop, "people", just_then)
    shown = run.anna.get(f"/workshops/{workshop['id']}/groups")
    assert shown.status_code == 200
    assert [len(group["places"]) for group in shown.json["groups"]] == [1]
