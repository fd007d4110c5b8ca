"""How the plan says from which day to which a phase was open: a day that is both is said once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from services.portal.areas.plan.words import agreed_days, open_days
from shared.languages import speaking

NOON = datetime(2020, 11, 29, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Phase:
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (1, "oli auki 29.11.2020"),
        (24, "oli auki 29.11.2020 – 30.11.2020"),
    ],
)
def test_a_phase_that_closed_on_the_day_it_opened_says_the_day_once(hours, said):
    with speaking("fi"):
        assert open_days(Phase(opened_at=NOON, closed_at=NOON + timedelta(hours=hours))) == said


def test_a_phase_that_is_open_says_since_when():
    with speaking("sv"):
        assert open_days(Phase(opened_at=NOON)) == "öppen sedan 29 nov. 2020"


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (1, "sovittu 29.11.2020"),
        (24, "sovittu 29.11.2020 – 30.11.2020"),
        (None, "sovittu alkaen 29.11.2020"),
    ],
)
def test_agreed_days_are_said_likewise(hours, said):
    closes_at = NOON + timedelta(hours=hours) if hours else None
    with speaking("fi"):
        assert agreed_days(Phase(opens_at=NOON, closes_at=closes_at)) == said
