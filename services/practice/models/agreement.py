"""A team's ground rules: clauses on the table, the round that agrees on them, versions that were agreed."""

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.practice.models.base import Base
from services.practice.models.round import Round, Voice
from shared.contracts.practice import (
    AgreementDrafted,
    AgreementSigned,
    ClauseDropped,
    ClauseWritten,
    ReviewDue,
)
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.languages import ZONE
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import SetsTimers
from shared.problems import NotFound, RuleBroken
from shared.tenancy.sessions import TenantOwned
from shared.web.wordings import WordingChanged, fingerprint_of, must_be_read

ASKED_AT = time(8)


class RoundIsOpen(RuleBroken):
    """The rules are being agreed on, so their words stay. Take them back to the table to change them."""


class RulesAreAgreed(RuleBroken):
    """These rules are agreed. Open them again to change them."""


class NothingToAgreeOn(RuleBroken):
    """There is no clause yet. Write one, or make one from an idea card."""


class NobodyIsPresent(RuleBroken):
    """Tick at least one member who is present."""

    status = 422
    field = "present"


class ReviewIsPast(RuleBroken):
    """The review date is in the past. Choose a day to come."""

    status = 422
    field = "review_on"


class NoRoundIsOpen(RuleBroken):
    """Nothing is being agreed on just now. Ask the lead to begin a round."""


class Agreement(TenantOwned, TellsOthers, SetsTimers, Base):
    """The ground rules of one team. It is what we lock: a team is few people."""

    __tablename__ = "agreement"
    __table_args__ = (belongs_to("team_id", "team.id"), unique_in_tenant("team_id"))

    id: Mapped[UUID] = new_id()
    team_id: Mapped[UUID]
    run_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="draft")  # draft | agreeing | agreed
    version: Mapped[int] = mapped_column(default=0)  # the last one agreed
    review_on: Mapped[date | None] = mapped_column(default=None)
    is_review_due: Mapped[bool] = mapped_column(default=False)
    clauses: Mapped[list["Clause"]] = relationship(
        primaryjoin="Agreement.id == foreign(Clause.agreement_id)",
        order_by="(Clause.position, Clause.id)",
        cascade="all, delete-orphan",
        default_factory=list,
    )
    rounds: Mapped[list[Round]] = relationship(
        primaryjoin="Agreement.id == foreign(Round.agreement_id)", default_factory=list
    )
    versions: Mapped[list["Version"]] = relationship(
        primaryjoin="Agreement.id == foreign(Version.agreement_id)",
        order_by="Version.number.desc()",
        default_factory=list,
    )
    """The versions that were agreed, the newest first."""

    @classmethod
    def begin(cls, team_id: UUID, run_id: UUID) -> "Agreement":
        agreement = cls(team_id=team_id, run_id=run_id)
        agreement.tell(AgreementDrafted(run_id=run_id, agreement_id=agreement.id, team_id=team_id))
        return agreement

    # the words

    def write(self, heading: str, words: str, language: str, source_id: UUID | None = None) -> "Clause":
        """Put a clause on the table, in own words or made from a passage of the workbook."""
        self._must_be_on_the_table()
        last = max((clause.position for clause in self.clauses), default=0)
        clause = Clause(
            heading=heading, words=words, language=language, source_id=source_id, position=last + 1
        )
        self.clauses.append(clause)
        self.tell(self._clause_written(clause))
        return clause

    def _clause_written(self, clause: "Clause") -> ClauseWritten:
        sources = [clause.source_id] if clause.source_id else []
        names = {"run_id": self.run_id, "agreement_id": self.id, "clause_id": clause.id}
        return ClauseWritten(**names, derived_from=sources)

    def reword(self, clause_id: UUID, heading: str, words: str, language: str) -> "Clause":
        self._must_be_on_the_table()
        clause = self.clause(clause_id)
        clause.heading, clause.words, clause.language = heading, words, language
        clause.source_has_changed = False
        return clause

    def drop(self, clause_id: UUID) -> None:
        self._must_be_on_the_table()
        clause = self.clause(clause_id)
        self.clauses.remove(clause)
        self.tell(ClauseDropped(run_id=self.run_id, agreement_id=self.id, clause_id=clause.id))

    def clause(self, clause_id: UUID) -> "Clause":
        found = next((clause for clause in self.clauses if clause.id == clause_id), None)
        if found is None:
            raise NotFound
        return found

    def _must_be_on_the_table(self) -> None:
        if self.state == "agreeing":
            raise RoundIsOpen
        if self.state == "agreed":
            raise RulesAreAgreed

    # the round

    def ask_everybody(self, present: list[UUID], review_on: date) -> Round:
        """Begin a round: those present are asked whether they can live with the rules as they stand."""
        self._must_be_on_the_table()
        if not self.clauses:
            raise NothingToAgreeOn
        if not present:
            raise NobodyIsPresent
        must_be_ahead(review_on)
        self.state = "agreeing"
        round = Round(agreement_id=self.id, version=self.version + 1, present=present, review_on=review_on)
        self.rounds.append(round)
        return round

    @property
    def round_now(self) -> Round | None:
        """The round that goes on; None also when it ended between two looks of the same reader."""
        return next((round for round in self.rounds if round.state == "open"), None)

    @property
    def open_round(self) -> Round:
        if (round := self.round_now) is None:
            raise NoRoundIsOpen
        return round

    def hear(self, member: UUID, round_id: UUID, **said: Any) -> Voice:
        """Take a member's voice on the rules as that round asked about them; the last consent agrees them."""
        round = self.open_round
        if round.id != round_id:
            raise WordingChanged
        if said.get("clause_id"):
            self.clause(said["clause_id"])
        voice = round.hear(member, **said)
        self.agree_if_all_can_live_with_it(round)
        return voice

    def settle(self, member: UUID, resolution: str) -> None:
        """Write down how a concern was settled; the one who had it still says so with an own voice."""
        voice = self.open_round.voice_of(member)
        if voice is None or not voice.reason:
            raise NotFound
        voice.resolution = resolution

    def agree_if_all_can_live_with_it(self, round: Round) -> None:
        if round.all_can_live_with_it:
            self._agree(round)

    def _agree(self, round: Round) -> None:
        round.state, self.state, self.is_review_due = "agreed", "agreed", False
        self.version = round.version
        self.versions.insert(0, Version.kept(self, round))
        self._review(round.review_on)
        names = {"run_id": self.run_id, "agreement_id": self.id, "team_id": self.team_id}
        self.tell(AgreementSigned(**names, version=self.version, review_on=round.review_on))

    def take_back(self) -> None:
        """Back to the table: the words may change, and everybody is asked again."""
        self.open_round.state = "taken_back"
        self.state = "draft"

    # the review

    @property
    def wording(self) -> str:
        """The fingerprint of the rules as they stand."""
        return fingerprint_of(*self._what_is_read)

    @property
    def _what_is_read(self) -> tuple[object, ...]:
        return (self.version, [written(clause) for clause in self.clauses])

    def _review(self, on: date) -> None:
        self.review_on = on
        self.schedule("review_due", datetime.combine(on, ASKED_AT, ZONE))

    def ask_whether_still_true(self, members: list[UUID]) -> None:
        """The day has come that the team promised itself."""
        if self.state != "agreed":
            return
        self.is_review_due = True
        names = {"run_id": self.run_id, "agreement_id": self.id, "team_id": self.team_id}
        self.tell(ReviewDue(**names, members=members))

    def is_still_true(self, review_on: date, read: str) -> None:
        """The rules stand as they were read, until the next review."""
        if self.state != "agreed":
            raise NoRoundIsOpen
        must_be_read(read, *self._what_is_read)
        must_be_ahead(review_on)
        self.is_review_due = False
        self._review(review_on)

    def open_again(self, read: str) -> None:
        """Something has to change: the words are on the table, the agreed version stays in the history."""
        if self.state != "agreed":
            return
        must_be_read(read, *self._what_is_read)
        self.state, self.is_review_due = "draft", False
        self.cancel("review_due")


def today() -> date:
    return datetime.now(UTC).astimezone(ZONE).date()


def must_be_ahead(day: date) -> None:
    if day <= today():
        raise ReviewIsPast


class Clause(TenantOwned, Base):
    """One rule of a team, in its own words; `source_id` is the passage that it was made from."""

    __tablename__ = "clause"
    __table_args__ = (
        belongs_to("agreement_id", "agreement.id"),
        Index("ix_clause_source", "tenant_id", "source_id"),
    )

    id: Mapped[UUID] = new_id()
    agreement_id: Mapped[UUID] = mapped_column(init=False)
    heading: Mapped[str]
    words: Mapped[str]
    language: Mapped[str]
    source_id: Mapped[UUID | None] = mapped_column(default=None)
    source_has_changed: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)


class Version(TenantOwned, Base):
    """Rules as they were agreed, with who consented; it never changes again."""

    __tablename__ = "version"
    __table_args__ = (belongs_to("agreement_id", "agreement.id"),)

    agreement_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    agreed_on: Mapped[date]
    review_on: Mapped[date]
    present: Mapped[list[str]] = mapped_column(JSONB)
    clauses: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    talks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)  # what needed talk, and how it was settled

    @classmethod
    def kept(cls, agreement: Agreement, round: Round) -> "Version":
        return cls(
            agreement_id=agreement.id,
            number=round.version,
            agreed_on=today(),
            review_on=round.review_on,
            present=[str(member) for member in round.present],
            clauses=[written(clause) for clause in agreement.clauses],
            talks=[spoken(voice) for voice in round.voices if voice.reason],
        )


def written(clause: Clause) -> dict[str, Any]:
    source = str(clause.source_id) if clause.source_id else None
    words = {"heading": clause.heading, "words": clause.words, "language": clause.language}
    return words | {"id": str(clause.id), "source_id": source}


def spoken(voice: Voice) -> dict[str, Any]:
    return {"member_id": str(voice.member_id), "reason": voice.reason, "resolution": voice.resolution}
