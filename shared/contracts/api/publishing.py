"""The operations of publishing for those who make editions, and the launch that opens one to all staff."""

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

import marshmallow as ma
from marshmallow.validate import OneOf
from msgspec import Meta, Struct

from shared.web.operations import File, Read, Service, operation
from shared.web.roles import CLIENT_SIDE
from shared.web.shapes import ShapeSchema

WRITERS = ("lead", "editor")
READERS = ("lead", "facilitator", "editor", "coordinator", "designer", "admin")
DECIDERS = (*WRITERS, *CLIENT_SIDE)
LAUNCHERS = ("lead", *CLIENT_SIDE)
EVERYBODY = ("participant", "supervisor", *READERS, "service")
# Whom a launch writes to: those who have got no mail of the edition yet; everybody once more; nobody.
WRITES_TO = (NOT_TOLD_YET, EVERYBODY_AGAIN, NOBODY) = ("not_told_yet", "everybody", "nobody")
ONE_OF_BOTH = "Say a minute, or now."


# what is sent


class IsOneOfBoth(ShapeSchema):
    """Reads a launch, and refuses one at a minute and now, or at neither."""

    @ma.validates_schema
    def is_one_of_both(self, launch: dict[str, Any], **_: Any) -> None:
        if (launch["at"] is None) != launch["now"]:
            raise ma.ValidationError(ONE_OF_BOTH, "at")


class LaunchToPlan(Struct, frozen=True, kw_only=True):
    """At a minute to come, or now."""

    checks: ClassVar[type[ShapeSchema]] = IsOneOfBoth

    at: datetime | None = None
    now: bool = False
    writes_to: Annotated[str, Read(None, OneOf(WRITES_TO))] = NOT_TOLD_YET


class LaunchToMove(Struct, frozen=True, kw_only=True):
    """`was`: the launch as the page showed it (shared/web/edit_conflicts.py)."""

    at: datetime
    was: dict[str, Any] | None = None


class WithdrawalToGive(Struct, frozen=True, kw_only=True):
    reason: Annotated[str, Meta(max_length=500)] = ""


# what is answered


class Rendering(Struct, frozen=True, kw_only=True):
    """A printed form of an edition, the workbook or its deck: waiting, made, or failed with a sentence."""

    sheet: str
    state: str
    sentence: str
    made_at: datetime | None


class Edition(Struct, frozen=True, kw_only=True):
    id: UUID
    run_id: UUID
    number: int
    of_version: int
    frozen_by: UUID
    frozen_at: datetime
    renderings: list[Rendering]


class Withdrawal(Struct, frozen=True, kw_only=True):
    by: UUID
    at: datetime | None
    reason: str


class Launch(Struct, frozen=True, kw_only=True):
    """A launch of the edition with this number: planned, called_off, launched or withdrawn."""

    id: UUID
    edition_id: UUID
    number: int
    at: datetime
    set_by: UUID
    writes_to: str
    launched_at: datetime | None
    state: str
    withdrawal: Withdrawal | None


class Publishing(Service, name="publishing"):
    """Asked by the portal for those who make editions."""

    @operation("GET", "/runs/<uuid:run_id>/editions", *READERS)
    def editions(self, run_id: UUID) -> list[Edition]:
        """All numbered editions and how far their printing is."""

    @operation("POST", "/runs/<uuid:run_id>/editions", *LAUNCHERS, status=201)
    def freeze(self, run_id: UUID) -> Edition:
        """Freeze a numbered edition; refused until all is finished, cleared and approved by both sides."""

    @operation("POST", "/editions/<uuid:edition_id>/prints", *DECIDERS, status=202)
    def print_again(self, edition_id: UUID) -> Edition:
        """Print an edition again, after a failure."""

    @operation(
        "GET",
        "/editions/<uuid:edition_id>/<string:sheet>.pdf",
        *READERS,
        tells_address=True,
        file="application/pdf",
    )
    def edition_on_paper(self, edition_id: UUID, sheet: str) -> File:
        """The printed form of any edition."""

    @operation("POST", "/editions/<uuid:edition_id>/launches", *LAUNCHERS, status=201)
    def plan_launch(self, edition_id: UUID, plan: LaunchToPlan) -> Launch:
        """Set the minute at which this edition opens to all staff, or open it now."""

    @operation("PATCH", "/launches/<uuid:launch_id>", *LAUNCHERS)
    def move_launch(self, launch_id: UUID, moved: LaunchToMove) -> Launch:
        """Move a planned launch to another minute."""

    @operation("POST", "/launches/<uuid:launch_id>/withdrawal", *LAUNCHERS, status=201)
    def withdraw_launch(self, launch_id: UUID, withdrawal: WithdrawalToGive) -> Launch:
        """Call a planned launch off, or take the workbook back from readers."""
