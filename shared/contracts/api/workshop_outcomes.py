"""The operations of workshop on outcomes: what a group arrived at is written, signed, listed."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from shared.contracts.api.workshop_questions import Ids
from shared.contracts.api.workshop_sessions import LEADING, PEOPLE, READING, RoundNumber
from shared.web.fields import Filled
from shared.web.operations import Language, Read, Service, operation

OutcomeKind = Literal["insight", "solution", "commitment", "principle"]


class OutcomeWritten(Struct, frozen=True, kw_only=True):
    """The words of an outcome, and the cards of the board and outcomes of round 1 on which it rests."""

    kind: OutcomeKind
    text: Annotated[str, Read(None, Filled(2000))]
    language: Language
    cards: Annotated[list[UUID], Meta(max_length=100)] = []
    outcomes: Annotated[list[UUID], Meta(max_length=100)] = []


class OutcomeReworded(OutcomeWritten, frozen=True, kw_only=True):
    """`was`: what the page of the edit showed (shared/web/edit_conflicts.py)."""

    was: dict[str, Any] | None = None


class WordingRead(Struct, frozen=True, kw_only=True):
    """The wording that was read, as the outcome names it."""

    wording: Annotated[str, Meta(max_length=64)]


class SignOff(Struct, frozen=True, kw_only=True):
    on: date
    is_facilitator: bool


class Outcome(Struct, frozen=True, kw_only=True):
    """An outcome with what it rests on; `needed` is how many must sign, `wording` what a signature stands behind."""

    id: UUID
    run_id: UUID
    theme_id: UUID
    question_id: UUID
    board_id: UUID
    round: int
    kind: str
    text: str
    language: str
    written_on: date
    signed_off_on: date | None
    derived_from: list[UUID]
    cards: list[UUID]
    outcomes: list[UUID]
    sign_offs: list[SignOff]
    wording: str
    needed: int
    is_signed_by_me: bool


class OutcomeText(Struct, frozen=True, kw_only=True):
    kind: str
    text: str
    language: str
    round: int


class Outcomes(Service, name="workshop"):
    """Asked by the portal for the group at a board, for its facilitator, and for everybody who reads."""

    @operation("GET", "/runs/<uuid:run_id>/outcomes", *PEOPLE, *READING)
    def outcomes(
        self,
        run_id: UUID,
        round: RoundNumber | None = None,
        question_id: UUID | None = None,
        signed_off: bool | None = None,
    ) -> list[Outcome]:
        """Returns the groups' outcomes; participants see what has been signed off."""

    @operation("POST", "/runs/<uuid:run_id>/outcomes/texts", *PEOPLE, *READING, only_asks=True)
    def outcome_texts(self, run_id: UUID, wanted: Ids) -> dict[UUID, OutcomeText]:
        """Words by id, for pages that know only ids."""

    @operation("POST", "/boards/<uuid:board_id>/outcomes", *PEOPLE, *LEADING, status=201)
    def write(self, board_id: UUID, written: OutcomeWritten) -> Outcome:
        """The group, or the facilitator for it, writes what it arrived at."""

    @operation("PUT", "/outcomes/<uuid:outcome_id>", *PEOPLE, *LEADING)
    def reword(self, outcome_id: UUID, reworded: OutcomeReworded) -> Outcome:
        """Other words; signatures are asked for again."""

    @operation("DELETE", "/outcomes/<uuid:outcome_id>", *PEOPLE, *LEADING)
    def strike(self, outcome_id: UUID) -> None:
        """Strike an outcome that is not signed off."""

    @operation("PUT", "/outcomes/<uuid:outcome_id>/signature", *PEOPLE, *LEADING)
    def sign(self, outcome_id: UUID, read: WordingRead) -> Outcome:
        """Stand behind the wording that one has read; the facilitator signs on the group's word."""

    @operation("DELETE", "/outcomes/<uuid:outcome_id>/signature", *PEOPLE)
    def take_signature_back(self, outcome_id: UUID) -> Outcome:
        """Take one's own signature back, until the outcome is signed off."""
