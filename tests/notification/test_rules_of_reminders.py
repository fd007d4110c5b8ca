"""The day before, whoever has a place is reminded of the session: asked of the nouns, without a database."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from services.notification.listeners import set_the_reminder
from services.notification.models import Appointment, Phase

NEXT_WEEK = datetime.now(UTC) + timedelta(days=7)


def a_session(starts_at: datetime) -> Appointment:
    ends_at = starts_at + timedelta(hours=2)
    return Appointment(id=uuid4(), run_id=uuid4(), kind="workshop_1", starts_at=starts_at, ends_at=ends_at)


def test_a_session_has_its_reminder_on_the_day_before():
    session = a_session(NEXT_WEEK)
    session.set_the_reminder()
    assert session.timers == {"remind_of_session": NEXT_WEEK - timedelta(days=1)}


def test_nobody_is_reminded_of_a_session_that_is_off_or_begins_today():
    off, soon = a_session(NEXT_WEEK), a_session(datetime.now(UTC) + timedelta(hours=3))
    off.is_called_off()
    for session in (off, soon):
        session.set_the_reminder()
        assert session.timers == {"remind_of_session": None}


def a_phase(*activities: str) -> Phase:
    opened = NEXT_WEEK - timedelta(days=14)
    phase = Phase(run_id=uuid4(), name="views", activities=list(activities), opened_at=opened)
    phase.is_open, phase.closes_at = True, NEXT_WEEK
    return phase


def test_a_phase_reminds_two_days_before_it_closes_of_what_one_can_still_do():
    views, plan = a_phase("give_views"), a_phase("plan")
    set_the_reminder(views)
    set_the_reminder(plan)
    assert (views.timers, plan.timers) == ({"remind": NEXT_WEEK - timedelta(days=2)}, {"remind": None})


def test_a_closed_phase_reminds_nobody():
    phase = a_phase("prioritise")
    phase.close()
    set_the_reminder(phase)
    assert phase.timers == {"remind": None}
