"""What a phase that opens or closes means for an activity: said once, for everybody who hears of it."""

from uuid import uuid4

from shared.contracts.process import PhaseClosed, PhaseOpened


def test_a_phase_opens_its_activities():
    opened = PhaseOpened(run_id=uuid4(), phase="views", activities=["give_views"])
    assert opened.opens("give_views") and not opened.opens("prioritise")


def test_what_goes_on_in_the_next_phase_does_not_end():
    both = ["give_views", "prioritise"]
    closed = PhaseClosed(run_id=uuid4(), phase="views", activities=both, goes_on=["prioritise"])
    assert closed.ends("give_views")
    assert not closed.ends("prioritise") and not closed.ends("launch")
