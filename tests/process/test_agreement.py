from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.process.agreement import DatesOutOfOrder, NotAPossiblePlan
from services.process.models.agreeing import AProposalIsWaiting, NothingChanges
from services.process.models.moving import NothingAgreedYet
from services.process.models.proposal import AlreadyAnswered, NotYours
from shared.contracts.process import PhaseMoved, PlanAgreed, PlanDeclined, PlanProposed, RunPlanned

CONSULTANT, COORDINATOR = uuid4(), uuid4()


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def views_until(days: int) -> list[dict]:
    return [{"key": "views", "closes_at": in_days(days)}, {"key": "priorities", "opens_at": in_days(days)}]


def test_a_run_copies_the_road_of_its_template(a_run, told):
    run = a_run()
    assert [phase.key for phase in run.phases][:4] == ["planning", "kickoff", "views", "priorities"]
    assert run.current.key == "planning"
    assert told("process", RunPlanned)[0].languages == ["fi", "sv"]


def test_the_path_does_not_go_on_before_both_have_signed(a_run, on_the_way):
    with on_the_way(a_run()) as run, pytest.raises(NothingAgreedYet):
        run.move_on("consultancy", CONSULTANT, reason="We are in a hurry.")


def test_a_plan_is_agreed_with_the_second_signature(a_run, on_the_way, told):
    run = a_run()
    with on_the_way(run) as mine:
        proposal = mine.propose([], "Our plan", "consultancy", CONSULTANT)
        assert (mine.version, proposal.waits_for) == (0, "client")
    with on_the_way(run) as mine:
        mine.waiting_proposal.sign("client", COORDINATOR)
        assert (mine.version, mine.agreed_proposal.state) == (1, "agreed")
    assert [type(event) for event in told("process", PlanProposed, PlanAgreed)] == [PlanProposed, PlanAgreed]


def test_nobody_signs_for_both_parties(a_run, on_the_way):
    with on_the_way(a_run()) as run:
        proposal = run.propose([], "Our plan", "consultancy", CONSULTANT)
        with pytest.raises(AlreadyAnswered):
            proposal.sign("consultancy", CONSULTANT)


def test_a_change_shows_its_difference_and_moves_nothing_before_both_accept(signed_run, on_the_way, told):
    run = signed_run()
    with on_the_way(run) as mine:
        agreed = mine.phases[2].closes_at
        proposal = mine.propose(views_until(60), "The holidays come between.", "client", COORDINATOR)
        assert [(change.phase, change.what) for change in proposal.changes] == [
            ("views", "closes_at"),
            ("priorities", "opens_at"),
        ]
        assert mine.phases[2].closes_at == agreed and not told("process", PhaseMoved)
        proposal.sign("consultancy", CONSULTANT)
        assert mine.phases[2].closes_at > agreed
    assert [moved.phase for moved in told("process", PhaseMoved)] == ["views", "priorities"]
    assert told("process", PlanAgreed)[-1].changed_phases == ["priorities", "views"]


def test_a_declined_change_leaves_the_agreed_path_as_it_was(signed_run, on_the_way, told):
    run = signed_run()
    with on_the_way(run) as mine:
        agreed = mine.phases[2].closes_at
        mine.propose(views_until(60), "", "client", COORDINATOR).decline(
            "consultancy", CONSULTANT, "Too late for us."
        )
        assert (mine.version, mine.phases[2].closes_at, mine.waiting_proposal) == (1, agreed, None)
    assert told("process", PlanDeclined)[0].version == 2


def test_an_answered_proposal_is_not_answered_again(signed_run, on_the_way):
    with on_the_way(signed_run()) as run:
        proposal = run.propose(views_until(60), "", "client", COORDINATOR)
        proposal.decline("consultancy", CONSULTANT, "No.")
        with pytest.raises(AlreadyAnswered):
            proposal.sign("consultancy", CONSULTANT)


def test_one_proposal_is_discussed_at_a_time(signed_run, on_the_way):
    with on_the_way(signed_run()) as run:
        run.propose(views_until(60), "", "client", COORDINATOR)
        with pytest.raises(AProposalIsWaiting):
            run.propose(views_until(62), "", "consultancy", CONSULTANT)


def test_only_its_maker_withdraws_a_proposal(signed_run, on_the_way):
    with on_the_way(signed_run()) as run:
        proposal = run.propose(views_until(60), "", "client", COORDINATOR)
        with pytest.raises(NotYours):
            proposal.withdraw("consultancy")
        proposal.withdraw("client")
        assert proposal.state == "withdrawn" and run.waiting_proposal is None


def test_a_proposal_says_something_new(signed_run, on_the_way):
    with on_the_way(signed_run()) as run, pytest.raises(NothingChanges):
        run.propose([], "", "client", COORDINATOR)


def test_a_phase_does_not_close_before_it_opens(signed_run, on_the_way):
    with on_the_way(signed_run()) as run, pytest.raises(DatesOutOfOrder):
        run.propose([{"key": "views", "closes_at": in_days(1)}], "", "client", COORDINATOR)


def test_a_phase_that_opens_by_itself_needs_a_date(signed_run, on_the_way):
    with on_the_way(signed_run()) as run, pytest.raises(NotAPossiblePlan):
        run.propose([{"key": "views", "opens_by": "date", "opens_at": None}], "", "client", COORDINATOR)


def test_what_has_happened_is_not_planned_anew(signed_run, moved_to, on_the_way):
    run = signed_run()
    moved_to(run, "views")
    with on_the_way(run) as mine, pytest.raises(NothingChanges):
        mine.propose([{"key": "planning", "closes_at": in_days(90)}], "", "client", COORDINATOR)
