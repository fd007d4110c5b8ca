"""The operations of identity about pseudonyms: until when anybody could find out who said what."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from shared.web.operations import Service, operation
from shared.web.roles import PERSONS


class KeyDay(Struct, frozen=True, kw_only=True):
    """The day on which a key is destroyed, or was; none as long as the activities that need it have no end."""

    day: date | None
    is_destroyed: bool


class KeyDays(Struct, frozen=True, kw_only=True):
    """The days of keys by run and purpose."""

    runs: dict[UUID, dict[str, KeyDay]]


class Pseudonyms(Service, name="identity"):
    """Asked by everybody who signs in."""

    @operation("GET", "/key-days", *PERSONS)
    def key_days(self) -> KeyDays:
        """Until which day it could be found out who has written and voted, to the day: of each run and purpose."""
