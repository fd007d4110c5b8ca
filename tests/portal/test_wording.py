"""Days, times and numbers as each language says them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.portal import wording
from shared.languages import speaking

SPRING = date(2001, 3, 14)


@pytest.mark.parametrize(
    ("language", "said"), [("fi", "14.3.2001"), ("sv", "14 mars 2001"), ("en", "Mar 14, 2001")]
)
def test_a_day_of_another_year_has_its_year(language, said):
    with speaking(language):
        assert wording.day(SPRING) == said


def test_a_day_of_this_year_is_short():
    today = datetime.now(ZoneInfo("Europe/Helsinki")).date()
    with speaking("fi"):
        assert wording.day(today) == f"{today.day}.{today.month}."


def test_times_are_finnish_times():
    with speaking("fi"):
        assert wording.clock(datetime(2027, 1, 15, 7, 0, tzinfo=UTC)) == "9.00"
        assert wording.clock("2027-07-15T06:00:00+00:00") == "9.00"


def test_a_moment_has_a_day_and_a_time_and_a_day_has_none():
    with speaking("fi"):
        assert wording.moment("2001-03-14T14:00:00+00:00") == "14.3.2001 klo 16.00"
        assert wording.moment(SPRING) == "14.3.2001"


def test_thousands_are_parted_as_the_language_does():
    with speaking("fi"):
        assert wording.number(1200).replace("\u00a0", " ") == "1 200"
