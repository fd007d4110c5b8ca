"""What the consultancy is told of a run, and what needs a person."""

from uuid import uuid4

import pytest

from services.process.models import Phase, Run, Standing
from shared.contracts.process import RunMoved
from shared.tenancy.sessions import acting_for
from tests.process.runs import COORDINATOR, LEAD, a_run, moved_to, signed_run, told


def test_a_plan_that_nobody_has_proposed_is_waited_for():
    assert a_run().waiting == ["propose_plan"]


def test_the_party_whose_signature_is_missing_is_waited_for():
    run = a_run()
    run.propose([], "Our plan", "client", COORDINATOR)
    assert run.waiting == ["consultancy_answers"]


def test_people_move_on_when_a_goal_is_reached():
    run = moved_to("views")
    assert run.waiting == []
    run.reach("turnout_reached")
    assert run.waiting == ["move_on"]


def test_of_the_last_phase_nobody_moves_on():
    run = moved_to("aftercare")
    assert run.current.may_end_well and run.waiting == []


def test_a_run_that_no_consultancy_leads_tells_none():
    assert told(signed_run(), RunMoved) == []


def test_every_change_is_told_to_the_consultancy_that_leads_the_run():
    avi, consultancy = uuid4(), uuid4()
    with acting_for(avi):
        run = signed_run(consultancy_id=consultancy)
    last = told(run, RunMoved)[-1]
    assert (last.client_id, last.consultancy_id) == (avi, consultancy)
    assert (last.phase, last.next_phase, last.next_at) == ("planning", "kickoff", run.phases[1].opens_at)
    assert last.waiting == ["move_on"] and not last.completed


ACTS = {
    "plan": lambda run: None,
    "propose": lambda run: run.propose([], "Our plan", "consultancy", LEAD),
    "decline": lambda run: run.waiting_proposal.decline("client", COORDINATOR, "Not so."),
    "propose again": lambda run: run.propose([], "Our plan", "consultancy", LEAD),
    "withdraw": lambda run: run.waiting_proposal.withdraw("consultancy"),
    "propose once more": lambda run: run.propose([], "Our plan", "consultancy", LEAD),
    "sign": lambda run: run.waiting_proposal.sign("client", COORDINATOR),
    "move on": lambda run: run.move_on("consultancy", LEAD, "All are here.", "views"),
    "count": lambda run: run.count_turnout("give_views", 3, 100),
    "notice": lambda run: run.look_at(run.current),
}


def test_after_each_of_these_the_cockpit_is_told_where_the_run_stands():
    with acting_for(uuid4()):
        run = a_run(consultancy_id=uuid4())
        known = 0
        for name, act in ACTS.items():
            act(run)
            rows = told(run, RunMoved)
            assert len(rows) > known, name
            known = len(rows)
            assert rows[-1].waiting == run.waiting and rows[-1].took_part == run.took_part, name
            assert rows[-1].drift == [drift.kind for drift in run.drifting], name


def test_the_end_of_the_path_is_told_too():
    with acting_for(uuid4()):
        run = signed_run(consultancy_id=uuid4())
        run.move_on("consultancy", LEAD, reason="On we go.", to="aftercare")
        run.move_on("consultancy", LEAD)
    last = told(run, RunMoved)[-1]
    assert (last.phase, last.next_phase, last.completed) == ("aftercare", None, True)
    assert last.next_at == run.phases[-1].closes_at


def standing(**more: object) -> Standing:
    return Standing(run_id=uuid4(), client_id=uuid4(), template="hybrid-work", **({"phase": "views"} | more))


@pytest.mark.parametrize(
    ("known", "needs"),
    [
        ({}, False),
        ({"waiting": ["move_on"]}, True),
        ({"drift": ["late"]}, True),
        ({"waiting": ["move_on"], "completed": True}, False),
    ],
)
def test_a_run_needs_a_person_while_something_waits_or_drifts(known, needs):
    assert standing(**known).needs_a_person is needs


def test_a_run_stands_at_the_step_of_its_phase():
    assert (standing(phase="priorities").step, standing(phase="deepen").step) == ("views", "workshops")
    assert standing(phase="views").steps[-1] == "in_use"


def test_a_phase_that_our_road_does_not_know_is_a_step_of_its_own():
    own = standing(phase="siesta")
    assert own.step == "siesta" and own.steps[-1] == "siesta"


def test_a_phase_without_dates_takes_a_day():
    assert Phase(position=1, key="planning", step="planning", activities=[]).days == 1


def test_everything_about_a_run_begins_with_its_first_phase():
    run: Run = a_run()
    assert [phase.state for phase in run.phases] == ["current"] + ["coming"] * 8
