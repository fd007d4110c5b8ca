"""The plan as an agreement of two parties."""

from datetime import date

import pytest

from services.process.agreement import DatesOutOfOrder, NotAPossiblePlan, over_what_is_agreed
from services.process.models.agreeing import AProposalIsWaiting, NothingChanges
from services.process.models.moving import NothingAgreedYet
from services.process.models.proposal import AlreadyAnswered, NotYours
from shared.contracts.api.process import PlanAsShown, PlannedPhase
from shared.contracts.process import PhaseMoved, PlanAgreed, PlanDeclined, PlanProposed, RunPlanned
from shared.languages import ZONE
from shared.web.edit_conflicts import ChangedMeanwhile
from tests.process.runs import COORDINATOR, LEAD, a_run, agreed, in_days, moved_to, phase_of, signed_run, told


def day_of(run, phase: str) -> date:
    """The day on which it opens, where the people are: in Helsinki it is tomorrow before it is in UTC."""
    return phase_of(run, phase).opens_at.astimezone(ZONE).date()


def views_until(days: int) -> list[dict]:
    return [{"key": "views", "closes_at": in_days(days)}, {"key": "priorities", "opens_at": in_days(days)}]


def test_a_run_copies_the_road_of_its_template():
    run = a_run()
    assert [phase.key for phase in run.phases][:4] == ["planning", "kickoff", "views", "priorities"]
    assert run.current.key == "planning"
    [planned] = told(run, RunPlanned)
    assert (planned.run_id, planned.languages) == (run.id, ["fi", "sv"])


def test_the_path_does_not_go_on_before_both_have_signed():
    with pytest.raises(NothingAgreedYet):
        a_run().move_on("consultancy", LEAD, reason="We are in a hurry.")


def test_a_plan_is_agreed_with_the_second_signature():
    run = a_run()
    proposal = run.propose([], "Our plan", "consultancy", LEAD)
    assert (run.version, proposal.state, proposal.waits_for) == (0, "waiting", "client")
    proposal.sign("client", COORDINATOR)
    assert (run.version, run.agreed_proposal, proposal.state) == (1, proposal, "agreed")
    assert [type(event) for event in told(run, PlanProposed, PlanAgreed)] == [PlanProposed, PlanAgreed]


def test_nobody_signs_for_both_parties():
    proposal = a_run().propose([], "Our plan", "consultancy", LEAD)
    with pytest.raises(AlreadyAnswered):
        proposal.sign("consultancy", LEAD)


def test_a_change_shows_its_difference_and_moves_nothing_before_both_accept():
    run = signed_run()
    before = phase_of(run, "views").closes_at
    proposal = run.propose(views_until(60), "The holidays come between.", "client", COORDINATOR)
    shown = [(change.phase, change.what) for change in proposal.changes]
    assert shown == [("views", "closes_at"), ("priorities", "opens_at")]
    assert phase_of(run, "views").closes_at == before and not told(run, PhaseMoved)
    proposal.sign("consultancy", LEAD)
    assert phase_of(run, "views").closes_at > before
    assert [moved.phase for moved in told(run, PhaseMoved)] == ["views", "priorities"]
    assert told(run, PlanAgreed)[-1].changed_phases == ["priorities", "views"]


def test_a_declined_change_leaves_the_agreed_path_as_it_was():
    run = signed_run()
    before = phase_of(run, "views").closes_at
    proposal = run.propose(views_until(60), "", "client", COORDINATOR)
    proposal.decline("consultancy", LEAD, " Too late for us. ")
    assert (run.version, phase_of(run, "views").closes_at, run.waiting_proposal) == (1, before, None)
    assert proposal.told == [PlanDeclined(run_id=run.id, version=2, by_id=LEAD)]
    assert (proposal.state, proposal.answers[-1].reason) == ("declined", "Too late for us.")


def test_an_answered_proposal_is_not_answered_again():
    proposal = signed_run().propose(views_until(60), "", "client", COORDINATOR)
    proposal.decline("consultancy", LEAD, "No.")
    with pytest.raises(AlreadyAnswered):
        proposal.sign("consultancy", LEAD)


def test_one_proposal_is_discussed_at_a_time():
    run = signed_run()
    run.propose(views_until(60), "", "client", COORDINATOR)
    with pytest.raises(AProposalIsWaiting):
        run.propose(views_until(62), "", "consultancy", LEAD)


def test_only_its_maker_withdraws_a_proposal():
    run = signed_run()
    proposal = run.propose(views_until(60), "", "client", COORDINATOR)
    with pytest.raises(NotYours):
        proposal.withdraw("consultancy")
    proposal.withdraw("client")
    assert (proposal.state, proposal.waits_for, run.waiting_proposal) == ("withdrawn", None, None)


def test_what_was_withdrawn_is_not_withdrawn_again_and_not_counted_again():
    run = signed_run()
    proposal = run.propose(views_until(60), "", "client", COORDINATOR)
    proposal.withdraw("client")
    with pytest.raises(AlreadyAnswered):
        proposal.withdraw("client")
    assert run.propose(views_until(60), "", "client", COORDINATOR).version == proposal.version + 1


def test_a_proposal_says_something_new():
    with pytest.raises(NothingChanges):
        signed_run().propose([], "", "client", COORDINATOR)


def test_a_phase_does_not_close_before_it_opens():
    with pytest.raises(DatesOutOfOrder):
        signed_run().propose([{"key": "views", "closes_at": in_days(1)}], "", "client", COORDINATOR)


def test_a_phase_that_closes_in_the_minute_it_opens_is_none():
    run, noon = signed_run(), in_days(400)
    with pytest.raises(DatesOutOfOrder):
        run.propose([{"key": "aftercare", "opens_at": noon, "closes_at": noon}], "", "client", COORDINATOR)


def test_two_phases_may_open_at_the_same_moment():
    run = signed_run()
    views = phase_of(run, "views").opens_at.isoformat()
    agreed(run, {"key": "kickoff", "opens_at": views, "closes_at": in_days(60)})
    assert day_of(run, "kickoff") == day_of(run, "views")


def test_no_phase_opens_before_the_one_ahead_of_it():
    with pytest.raises(DatesOutOfOrder):
        signed_run().propose([{"key": "views", "opens_at": in_days(1)}], "", "client", COORDINATOR)


@pytest.mark.parametrize(
    "impossible",
    [
        {"key": "views", "opens_by": "date", "opens_at": None},
        {"key": "views", "opens_by": "magic"},
        {"key": "views", "activities": ["dance"]},
        {"key": "siesta"},
    ],
)
def test_a_plan_that_cannot_be_is_refused(impossible):
    with pytest.raises(NotAPossiblePlan):
        signed_run().propose([impossible], "", "client", COORDINATOR)


def test_what_has_happened_is_not_planned_anew():
    run = moved_to("views")
    with pytest.raises(NothingChanges):
        run.propose([{"key": "planning", "closes_at": in_days(90)}], "", "client", COORDINATOR)


def test_of_the_phase_that_goes_on_only_its_end_is_planned_anew():
    run = moved_to("views")
    day = day_of(run, "views")
    agreed(run, {"key": "views", "opens_at": in_days(1), "activities": [], "closes_at": in_days(50)})
    views = phase_of(run, "views")
    assert (day_of(run, "views"), views.activities) == (day, ["give_views"])
    assert told(run, PhaseMoved)[-1].closes_at == views.closes_at


def test_a_phase_with_no_date_is_put_in_no_order():
    run = signed_run()
    agreed(run, {"key": "kickoff", "opens_by": "hand", "opens_at": None, "closes_at": None})
    assert phase_of(run, "kickoff").opens_at is None


def as_shown(run, **other: object) -> PlanAsShown:
    """What the page showed of the workshops' first phase, which somebody has open."""
    deepen = phase_of(run, "deepen")
    said = {"opens_at": deepen.opens_at, "closes_at": deepen.closes_at, "opens_by": deepen.opens_by} | other
    return PlanAsShown(phases={"deepen": PlannedPhase(key="deepen", **said)})


def test_what_a_page_left_as_it_was_follows_what_was_agreed_meanwhile():
    run = signed_run()
    shown = as_shown(run)
    agreed(run, {"key": "deepen", "opens_by": "goal"})
    proposed = [PlannedPhase(key="deepen", closes_at=in_days(70), opens_by="hand")]
    [deepen] = over_what_is_agreed(proposed, shown, run.phases)
    assert deepen["opens_by"] == "goal" and deepen["closes_at"][:10] == in_days(70)[:10]


def test_what_both_have_changed_is_shown_to_whoever_comes_second():
    run = signed_run()
    shown = as_shown(run)
    agreed(run, {"key": "deepen", "opens_by": "goal"})
    proposed = [PlannedPhase(key="deepen", opens_by="date")]
    with pytest.raises(ChangedMeanwhile):
        over_what_is_agreed(proposed, shown, run.phases)


def test_whoever_saw_no_page_proposes_what_they_say():
    run = signed_run()
    [deepen] = over_what_is_agreed([PlannedPhase(key="deepen", opens_by="goal")], None, run.phases)
    assert deepen == {"key": "deepen", "opens_by": "goal"}
