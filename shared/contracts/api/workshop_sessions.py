"""The operations of workshop on the rounds of a run and their sessions: times and places, signing up, coming in."""

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

import marshmallow as ma
from marshmallow.validate import Length, OneOf
from msgspec import Meta, Struct

from shared.web.fields import Filled, Line
from shared.web.operations import Read, Service, operation
from shared.web.roles import STAFF
from shared.web.shapes import ShapeSchema

PEOPLE = ("participant",)
LEADING = ("lead", "facilitator")
READING = (*STAFF, "coordinator")
RoundNumber = Annotated[int, Read(None, OneOf((1, 2)))]
"""The first digs deeper, the second finds solutions."""


class VideoMeeting(ma.fields.Url):
    """The address of a video meeting, on the open net."""

    def __init__(self, **how: Any) -> None:
        super().__init__(schemes={"http", "https"}, **how)


class NoLinkIsFine(ShapeSchema):
    """Reads a session, whose video meeting may come later."""

    @ma.pre_load
    def no_link_is_fine(self, planned: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in planned.items() if name != "link" or value}


class SessionPlanned(Struct, frozen=True, kw_only=True):
    checks: ClassVar[type[ShapeSchema]] = NoLinkIsFine

    title: Annotated[str, Read(Line, Filled(120))]
    starts_at: datetime
    ends_at: datetime
    places: Annotated[int, Meta(ge=1, le=2000)]
    link: Annotated[str, Read(VideoMeeting, Length(0, 500))] = ""


class NewSession(SessionPlanned, frozen=True, kw_only=True):
    round: RoundNumber


class SessionChanged(SessionPlanned, frozen=True, kw_only=True):
    """`was`: what the page of the edit showed (shared/web/edit_conflicts.py)."""

    was: dict[str, Any] | None = None


class Round(Struct, frozen=True, kw_only=True):
    number: int
    state: str
    activity: str
    opened_at: datetime | None
    closes_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


class OwnPlace(Struct, frozen=True, kw_only=True):
    """The caller's place at a session; `group` is its number."""

    is_waiting: bool
    number_in_line: int
    group: int | None
    groups_are_formed: bool
    board_id: UUID | None
    has_attended: bool
    moved_up: bool


class Session(Struct, frozen=True, kw_only=True):
    id: UUID
    run_id: UUID
    round: int
    title: str
    starts_at: datetime
    ends_at: datetime
    places: int
    places_left: int
    waiting: int
    link: str
    facilitator: UUID | None
    state: str
    moved_at: datetime | None
    notes: str
    mine: OwnPlace | None


class Sessions(Service, name="workshop"):
    """Asked by the portal for everybody of a run, and for those who prepare sessions."""

    @operation("GET", "/runs/<uuid:run_id>/rounds", *PEOPLE, *READING)
    def rounds(self, run_id: UUID) -> list[Round]:
        """Returns the two rounds with their states."""

    @operation("POST", "/runs/<uuid:run_id>/rounds/<int:number>/end", *LEADING)
    def end_round(self, run_id: UUID, number: int) -> Round:
        """End a round with the sessions that still go on."""

    @operation("GET", "/runs/<uuid:run_id>/workshops", *PEOPLE, *READING)
    def sessions(self, run_id: UUID, round: RoundNumber | None = None) -> list[Session]:
        """The sessions of a run, with the caller's own place in them."""

    @operation("POST", "/runs/<uuid:run_id>/workshops", *LEADING, status=201)
    def schedule(self, run_id: UUID, new: NewSession) -> Session:
        """Schedule a session."""

    @operation("GET", "/workshops/<uuid:workshop_id>", *PEOPLE, *READING)
    def session(self, workshop_id: UUID) -> Session:
        """One session, with the caller's own place in it."""

    @operation("PUT", "/workshops/<uuid:workshop_id>", *LEADING)
    def reschedule(self, workshop_id: UUID, changed: SessionChanged) -> Session:
        """Change a session's time, places or address."""

    @operation("DELETE", "/workshops/<uuid:workshop_id>", *LEADING)
    def call_off(self, workshop_id: UUID) -> Session:
        """Call a session off."""

    @operation("PUT", "/workshops/<uuid:workshop_id>/place", *PEOPLE)
    def sign_up(self, workshop_id: UUID) -> Session:
        """Sign up: a place, or a place on the waiting list."""

    @operation("DELETE", "/workshops/<uuid:workshop_id>/place", *PEOPLE)
    def leave(self, workshop_id: UUID) -> Session:
        """Give the place to somebody else."""

    @operation("POST", "/workshops/<uuid:workshop_id>/arrival", *PEOPLE)
    def arrive(self, workshop_id: UUID) -> Session:
        """Come in; late joiners land in a group, at the step where everybody is."""
