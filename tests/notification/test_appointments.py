from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from icalendar import Calendar

from shared.contracts.townhall import TownhallScheduled
from shared.contracts.workshop import WorkshopScheduled

RUN, HALL = uuid4(), uuid4()
TUESDAY = datetime(2027, 3, 2, 7, 0, tzinfo=UTC)


def kickoff(starts_at=TUESDAY) -> TownhallScheduled:
    ends_at = starts_at + timedelta(hours=1)
    return TownhallScheduled(
        run_id=RUN, hall_id=HALL, purpose="kickoff", starts_at=starts_at, ends_at=ends_at
    )


def session(day: int) -> WorkshopScheduled:
    starts_at = TUESDAY + timedelta(days=day)
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
    return WorkshopScheduled(run_id=RUN, session_id=uuid4(), round=1, places=30, **times)


def event_in(mail) -> Calendar:
    [attached] = mail.iter_attachments()
    [event] = Calendar.from_ical(attached.get_content()).walk("VEVENT")
    return event


def test_the_kickoff_comes_with_its_calendar_file(people, smtp, hear, time_passes, mails):
    hear("notification", kickoff())
    time_passes()
    event = event_in(mails()["kaisa"][0])
    assert event.decoded("dtstart") == TUESDAY
    assert event["uid"] == f"{HALL}@polku.localhost"
    assert event["sequence"] == 0
    assert (
        event["organizer"] == "mailto:polku@polku.localhost"
        and event["organizer"].params["CN"] == "Aluevirasto"
    )
    assert str(event["location"]).endswith(f"/runs/{RUN}/kickoff")


def test_times_are_said_as_the_reader_says_them(people, smtp, hear, time_passes, mails):
    hear("notification", kickoff())
    time_passes()
    assert "2. maaliskuuta 2027 klo 9.00" in mails()["kaisa"][0]["Subject"]
    assert "2 mars 2027 kl. 09:00" in mails()["mikael"][0]["Subject"]


def test_a_new_time_replaces_the_old_one_in_the_calendar(people, smtp, hear, time_passes, mails):
    hear("notification", kickoff())
    time_passes()
    hear("notification", kickoff(TUESDAY + timedelta(days=1)))
    time_passes()
    first, second = mails()["kaisa"]
    assert event_in(first)["uid"] == event_in(second)["uid"]
    assert event_in(second)["sequence"] == 1
    assert first["Subject"] != second["Subject"]


def test_a_newcomer_is_told_the_new_time_alone(people, smtp, hear, time_passes, mails, joins):
    later = datetime.now(UTC) + timedelta(days=9)
    hear("notification", kickoff(later), kickoff(later + timedelta(days=1)))
    time_passes()
    joins("Linnea", "sv")
    time_passes()
    [mail] = mails()["linnea"]
    assert event_in(mail)["sequence"] == 1


def test_many_sessions_are_offered_in_one_mail(people, smtp, hear, time_passes, mails):
    hear("notification", session(1), session(2), session(3))
    time_passes()
    [mail] = mails()["kaisa"]
    assert mail.get_content().count("\n- ") == 3


@pytest.fixture
def door(people, hear, http):
    hear("notification", kickoff(), session(1))
    return http("notification").as_("participant", subject=people["kaisa"], language="sv")


def test_the_dates_of_a_run_are_on_one_list(door):
    listed = door.get(f"/runs/{RUN}/appointments").json
    assert [each["kind"] for each in listed] == ["kickoff", "workshop_1"]
    assert listed[0]["title"] == "Startföreläsning"


def test_a_date_can_be_taken_into_a_calendar(door):
    answer = door.get(f"/appointments/{HALL}/calendar")
    assert answer.content_type.startswith("text/calendar")
    assert "Startföreläsning" in answer.text


def test_pekka_sees_no_dates_of_ours(door, pekka):
    assert pekka("notification").get(f"/runs/{RUN}/appointments").json == []
    assert pekka("notification").get(f"/appointments/{HALL}/calendar").status_code == 404
