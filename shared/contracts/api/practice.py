"""The operations of practice: my teams and their tables, their ground rules, and for those outside nothing but counts."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from shared.web.fields import Filled, Line
from shared.web.operations import Read, Service, operation
from shared.web.roles import CLIENT_SIDE, STAFF

MOST_MEMBERS = 500
MEMBERS = "participant"
Heading = Literal["digital_habits", "meetings", "availability", "ways_of_working"]
Fate = Literal["dealt", "kept", "put_aside"]
Says = Literal["can_live", "needs_talk"]
Fingerprint = Annotated[str, Meta(max_length=64)]
"""Of the wording that was read, as the table names it."""


class NewTeam(Struct, frozen=True, kw_only=True):
    name: Annotated[str, Read(Line, Filled(120))]


class Renaming(NewTeam, frozen=True, kw_only=True):
    """`was`, here and below: what the page of the edit showed (shared/web/edit_conflicts.py)."""

    was: dict[str, Any] | None = None


class Code(Struct, frozen=True, kw_only=True):
    """Of the link by which colleagues join."""

    code: Annotated[str, Read(Line, Filled(60))]


class ChosenMember(Struct, frozen=True, kw_only=True):
    member_id: UUID


class CardFate(Struct, frozen=True, kw_only=True):
    fate: Fate


class Wording(Struct, frozen=True, kw_only=True):
    """A clause in the team's own words."""

    heading: Heading
    words: Annotated[str, Read(None, Filled(1000)), Meta(min_length=3)]
    language: Annotated[str, Meta(min_length=2, max_length=8)]


class NewClause(Wording, frozen=True, kw_only=True):
    """`source_id`: the passage that it was made from."""

    source_id: UUID | None = None


class Rewording(Wording, frozen=True, kw_only=True):
    was: dict[str, Any] | None = None


class Dropping(Struct, frozen=True, kw_only=True):
    was: dict[str, Any] | None = None


class NewRound(Struct, frozen=True, kw_only=True):
    """A round to begin: who is present, and when the rules are looked at again."""

    present: Annotated[list[UUID], Meta(max_length=MOST_MEMBERS)]
    review_on: date


class VoiceGiven(Struct, frozen=True, kw_only=True):
    """A member's word in a round, about one clause or all of it; who needs talk says why."""

    round_id: UUID
    says: Says
    reason: Annotated[str, Meta(max_length=1000)] = ""
    clause_id: UUID | None = None


class Settling(Struct, frozen=True, kw_only=True):
    resolution: Annotated[str, Read(None, Filled(1000))]
    was: dict[str, Any] | None = None


class StillTrue(Struct, frozen=True, kw_only=True):
    """The rules stand as they were read, until another day."""

    wording: Fingerprint
    review_on: date


class Clause(Struct, frozen=True, kw_only=True):
    """One rule of a team."""

    id: UUID
    heading: str
    words: str
    language: str
    source_id: UUID | None
    source_has_changed: bool


class Voice(Struct, frozen=True, kw_only=True):
    """A member's word in a round, and how it was settled."""

    member_id: UUID
    says: str
    reason: str
    clause_id: UUID | None
    resolution: str


class Round(Struct, frozen=True, kw_only=True):
    """The asking of everybody present."""

    id: UUID
    version: int
    present: list[UUID]
    review_on: date
    opened_on: date
    voices: list[Voice]
    waits_for: list[UUID]


class KeptClause(Struct, frozen=True, kw_only=True):
    """A rule as it was agreed on."""

    id: UUID
    heading: str
    words: str
    language: str
    source_id: UUID | None


class Talk(Struct, frozen=True, kw_only=True):
    """A matter that needed talk before rules were agreed, and how it was settled."""

    member_id: UUID
    reason: str
    resolution: str


class Version(Struct, frozen=True, kw_only=True):
    """Rules as they were agreed, with who consented."""

    number: int
    agreed_on: date
    review_on: date
    present: list[UUID]
    clauses: list[KeptClause]
    talks: list[Talk]


class Card(Struct, frozen=True, kw_only=True):
    passage_id: UUID
    fate: str


class PrincipleChange(Struct, frozen=True, kw_only=True):
    """A principle that reads differently now; `wording` is the fingerprint of how."""

    passage_id: UUID
    wording: str


class TeamInList(Struct, frozen=True, kw_only=True):
    """A team of mine, and how far its rules are."""

    id: UUID
    run_id: UUID
    name: str
    members: int
    state: str
    version: int
    review_on: date | None
    is_review_due: bool
    waits_for_me: bool


class MyTeams(Struct, frozen=True, kw_only=True):
    """`is_open`: new teams may begin."""

    is_open: bool
    teams: list[TeamInList]


class Invitation(Struct, frozen=True, kw_only=True):
    """The team that a link leads to."""

    id: UUID
    name: str
    lead_id: UUID


class Space(Struct, frozen=True, kw_only=True):
    """Everything that lies on a team's table. `wording`: the fingerprint of the rules as they stand."""

    id: UUID
    run_id: UUID
    name: str
    lead_id: UUID
    is_lead: bool
    code: str
    members: list[UUID]
    state: str
    version: int
    review_on: date | None
    is_review_due: bool
    wording: str
    clauses: list[Clause]
    round: Round | None
    my_voice: Voice | None
    versions: list[Version]
    principles: list[UUID]
    changed_principles: list[UUID]
    principle_changes: list[PrincipleChange]
    cards: list[Card]
    cards_left: int


class Counts(Struct, frozen=True, kw_only=True):
    """How many teams are how far. `agreed`: whose rules stand agreed now; `have_agreed`: that have agreed at least once."""

    teams: int
    drafting: int
    agreeing: int
    agreed: int
    have_agreed: int


class Practice(Service, name="practice"):
    """Asked by the portal for the members of teams. A team's table is for its members alone: for everybody else it is not there."""

    # teams and their tables

    @operation("GET", "/runs/<uuid:run_id>/teams", MEMBERS)
    def my_teams(self, run_id: UUID) -> MyTeams:
        """My teams, and whether new ones may begin."""

    @operation("POST", "/runs/<uuid:run_id>/teams", "supervisor", "coordinator", status=201)
    def found(self, run_id: UUID, new: NewTeam) -> Space:
        """Found a team; who founds it leads it."""

    @operation("GET", "/invitations/<code>", MEMBERS)
    def invitation(self, code: str) -> Invitation:
        """Which team this link leads to."""

    @operation("POST", "/memberships", MEMBERS, status=201)
    def join(self, invited: Code) -> Space:
        """Join the team by its link."""

    @operation("GET", "/teams/<uuid:team_id>", MEMBERS)
    def team(self, team_id: UUID) -> Space:
        """Everything that lies on my team's table."""

    @operation("PUT", "/teams/<uuid:team_id>", MEMBERS)
    def rename(self, team_id: UUID, named: Renaming) -> Space:
        """Give the team another name."""

    @operation("DELETE", "/teams/<uuid:team_id>/members/<uuid:member_id>", MEMBERS)
    def let_go(self, team_id: UUID, member_id: UUID) -> None:
        """Leave the team; the lead may let others go."""

    @operation("PUT", "/teams/<uuid:team_id>/lead", MEMBERS)
    def hand_over(self, team_id: UUID, chosen: ChosenMember) -> None:
        """Hand the lead over."""

    @operation("POST", "/teams/<uuid:team_id>/deals", MEMBERS, status=201)
    def deal(self, team_id: UUID) -> Space:
        """Lay some more idea cards on the table."""

    @operation("PUT", "/teams/<uuid:team_id>/cards/<uuid:passage_id>", MEMBERS)
    def decide_on_card(self, team_id: UUID, passage_id: UUID, decided: CardFate) -> None:
        """Keep a card, put it aside, or lay it on the table again."""

    @operation("DELETE", "/teams/<uuid:team_id>/changed-principles/<uuid:passage_id>", MEMBERS)
    def has_seen(self, team_id: UUID, passage_id: UUID, wording: Fingerprint) -> None:
        """We have seen that this principle reads differently now."""

    # ground rules and the agreeing round

    @operation("POST", "/teams/<uuid:team_id>/clauses", MEMBERS, status=201)
    def write(self, team_id: UUID, new: NewClause) -> Clause:
        """Put a clause on the table."""

    @operation("PUT", "/teams/<uuid:team_id>/clauses/<uuid:clause_id>", MEMBERS)
    def reword(self, team_id: UUID, clause_id: UUID, reworded: Rewording) -> Clause:
        """Say it in other words."""

    @operation("DELETE", "/teams/<uuid:team_id>/clauses/<uuid:clause_id>", MEMBERS)
    def drop(self, team_id: UUID, clause_id: UUID, dropping: Dropping) -> None:
        """Take a clause off the table."""

    @operation("POST", "/teams/<uuid:team_id>/round", MEMBERS, status=201)
    def ask(self, team_id: UUID, new: NewRound) -> Space:
        """Ask everybody present whether they can live with the rules."""

    @operation("DELETE", "/teams/<uuid:team_id>/round", MEMBERS)
    def take_back(self, team_id: UUID) -> None:
        """Take the rules back to the table."""

    @operation("PUT", "/teams/<uuid:team_id>/round/voice", MEMBERS)
    def say(self, team_id: UUID, given: VoiceGiven) -> Space:
        """I can live with it, or it needs talk."""

    @operation("PUT", "/teams/<uuid:team_id>/round/voices/<uuid:member_id>/resolution", MEMBERS)
    def settle(self, team_id: UUID, member_id: UUID, settled: Settling) -> None:
        """Write down how we settled what needed talk."""

    @operation("PUT", "/teams/<uuid:team_id>/review", MEMBERS)
    def still_true(self, team_id: UUID, stands: StillTrue) -> None:
        """Our rules are still true; we ask again on this day."""

    @operation("DELETE", "/teams/<uuid:team_id>/review", MEMBERS)
    def open_again(self, team_id: UUID, wording: Fingerprint) -> None:
        """Something has to change: back to the table."""

    # for those outside the teams

    @operation("GET", "/runs/<uuid:run_id>/counts", "designer", *CLIENT_SIDE, *STAFF)
    def counts(self, run_id: UUID) -> Counts:
        """How many teams have agreed, never what."""
