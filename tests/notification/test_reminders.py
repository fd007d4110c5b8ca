from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.notification.models import Attendance, Phase
from shared.contracts.identity import AttendanceKnown
from shared.contracts.process import PhaseClosed, PhaseMoved, PhaseOpened

RUN = uuid4()
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def phase(closes_at, opened_at=NOW) -> Phase:
    return Phase(
        run_id=RUN, name="views", activities=["give_views"], opened_at=opened_at, closes_at=closes_at
    )


def test_a_reminder_comes_two_days_before_the_end():
    assert phase(NOW + 14 * DAY).reminder_at == NOW + 12 * DAY


def test_in_a_short_phase_it_comes_half_way():
    assert phase(NOW + DAY).reminder_at == NOW + DAY / 2


def test_without_an_end_there_is_nothing_to_remind_of():
    assert phase(None).reminder_at is None
    assert phase(NOW - DAY).reminder_at is None


@pytest.fixture
def views_open(people, smtp, hear):
    hear("notification", opened())


def opened() -> PhaseOpened:
    return PhaseOpened(run_id=RUN, phase="views", activities=["give_views"], closes_at=NOW + 14 * DAY)


def reminders(mails) -> set[str]:
    return {name for name, letters in mails().items() if len(letters) > 1}


def test_only_those_who_have_not_taken_part_are_reminded(views_open, people, hear, time_passes, mails):
    hear("notification", AttendanceKnown(run_id=RUN, activity="give_views", members=[people["kaisa"]]))
    time_passes()
    assert reminders(mails) == {"mikael", "tuula"}


def test_nobody_is_reminded_twice_when_the_end_moves(views_open, hear, time_passes, mails):
    time_passes()
    assert {len(letters) for letters in mails().values()} == {2}
    hear("notification", PhaseMoved(run_id=RUN, phase="views", closes_at=NOW + 21 * DAY))
    time_passes()
    assert {len(letters) for letters in mails().values()} == {3}  # the new date, and no second reminder


def test_after_closing_nobody_is_reminded_and_who_took_part_is_forgotten(
    views_open, people, hear, time_passes, mails, session_of
):
    hear("notification", AttendanceKnown(run_id=RUN, activity="give_views", members=[people["kaisa"]]))
    hear("notification", PhaseClosed(run_id=RUN, phase="views", activities=["give_views"]))
    time_passes()
    assert reminders(mails) == set()
    with session_of("notification") as session:
        assert session.query(Attendance).count() == 0


def test_who_wishes_no_reminders_gets_none(views_open, people, http, time_passes, mails):
    mine = http("notification").as_("participant", subject=people["kaisa"])
    assert mine.put("/wishes", json={"reminders": False}).status_code == 200
    time_passes()
    assert reminders(mails) == {"mikael", "tuula"}
