"""The tables of identity."""

from datetime import UTC, date, datetime, time
from typing import Annotated

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY

from shared.database import base_for
from shared.languages import ZONE

Base = base_for("identity")
Words = Annotated[list[str], "a short list of short words"]
WORDS = ARRAY(Text)


def today() -> date:
    """The day at the clients' places."""
    return datetime.now(ZONE).date()


def beginning_of(day: date) -> datetime:
    """The first moment of a day there."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)
