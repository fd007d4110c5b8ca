"""Launches in memory: set for a minute, moved, opened, taken back."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.publishing.models.edition import Edition
from services.publishing.models.launch import (
    Launch,
    LaunchHasHappened,
    LaunchIsOver,
    LaunchIsPlanned,
    MomentHasPassed,
)
from shared.contracts.publishing import WorkbookLaunched, WorkbookWithdrawn

TOMORROW, MOMENT, LEAD = datetime.now(UTC) + timedelta(days=1), timedelta(minutes=1), uuid4()
EMPTY = {"title": "Työkirja", "subtitle": "", "publisher": "", "language": "fi", "chapters": []}


def an_edition(number: int = 1) -> Edition:
    about = {"workbook_id": uuid4(), "run_id": uuid4(), "of_version": 1, "frozen_by": LEAD}
    content = EMPTY | {"number": number}
    return Edition(**about, number=number, content=content, tokens={}, frozen_at=datetime.now(UTC))


def planned(at: datetime | None = TOMORROW, *known: Launch) -> Launch:
    edition = an_edition()
    launch = Launch.plan(edition, at, LEAD, known=known)
    launch.edition = edition
    return launch


def opened(before: Launch | None = None) -> Launch:
    launch = planned()
    launch.open(before)
    return launch


def test_the_worker_opens_the_workbook_at_the_minute_that_was_set():
    launch = planned()
    assert (launch.state, launch.at) == ("planned", TOMORROW)
    assert launch.timers == {"launch_workbook": TOMORROW}


def test_without_a_minute_it_is_now():
    assert abs(planned(None).timers["launch_workbook"] - datetime.now(UTC)) < MOMENT


def test_a_minute_that_has_passed_is_none():
    with pytest.raises(MomentHasPassed):
        planned(datetime.now(UTC) - timedelta(days=1))


def test_one_launch_is_planned_at_a_time():
    with pytest.raises(LaunchIsPlanned):
        planned(TOMORROW, planned())
    assert planned(TOMORROW, opened()).state == "planned"


def test_a_planned_launch_is_moved():
    launch, later = planned(), TOMORROW + timedelta(days=1)
    launch.move(later)
    assert launch.at == launch.timers["launch_workbook"] == later


def test_what_has_happened_or_was_called_off_is_not_moved():
    with pytest.raises(LaunchHasHappened):
        opened().move(TOMORROW)
    launch = planned()
    launch.withdraw(LEAD, "Ei vielä.", before=None)
    with pytest.raises(LaunchIsOver):
        launch.move(TOMORROW)


def test_it_opens_once():
    launch = opened()
    launch.open(None)
    assert launch.state == "launched"
    assert [type(event) for event in launch.told] == [WorkbookLaunched]


def test_a_launch_that_was_called_off_does_not_open():
    launch = planned()
    launch.withdraw(LEAD, "Ei vielä.", before=None)
    launch.open(None)
    assert (launch.state, launch.told) == ("called_off", [])
    assert launch.timers == {"launch_workbook": None}


def test_readers_see_the_edition_before_again_and_nobody_is_written_to():
    first, second = opened(), opened()
    second.withdraw(LEAD, "Väärä kansi.", before=first)
    assert second.state == "withdrawn" and first.state == "launched"
    assert [type(event) for event in second.told] == [WorkbookLaunched, WorkbookWithdrawn]
    assert [event.writes_to for event in first.told] == ["not_told_yet", "nobody"]


def test_a_launch_is_taken_back_once():
    launch = opened()
    launch.withdraw(LEAD, "Väärä kansi.", before=None)
    with pytest.raises(LaunchIsOver):
        launch.withdraw(LEAD, "Väärä kansi.", before=None)
