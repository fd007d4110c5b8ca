"""An outcome: what a group arrived at, where it comes from, and that the group stands behind it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from services.workshop.board_state import views_behind
from services.workshop.models.base import Base
from services.workshop.models.board import Board, NotInThisStep
from services.workshop.models.group import Group
from services.workshop.models.keyed import Hand
from services.workshop.models.question import Question
from services.workshop.models.refusals import WorkshopIsNotRunning
from services.workshop.rounds import KINDS
from shared.contracts.workshop import OutcomeRecorded, OutcomeSignedOff
from shared.database import belongs_to, find, new_id, session_of, unique_in_tenant
from shared.messaging.outbox import TellsOthers
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned
from shared.web.wordings import fingerprint_of, must_be_read


class AlreadySignedOff(RuleBroken):
    """The group has signed this outcome off, so its words stay. Write another outcome beside it."""


class UnknownSource(RuleBroken):
    """An outcome can rest on cards of this board and on round 1's outcomes of the same question only."""


class NotOfThisRound(RuleBroken):
    """This kind of outcome belongs to the other round. Choose another kind."""


class Basis(TenantOwned, Base):
    """One thing that an outcome rests on: a card of the board, a view, or an outcome of round 1."""

    __tablename__ = "basis"
    __table_args__ = (
        belongs_to("outcome_id", "outcome.id"),
        unique_in_tenant("outcome_id", "kind", "about"),
        CheckConstraint("kind IN ('card', 'view', 'outcome')", name="kind"),
    )
    id: Mapped[UUID] = new_id()
    outcome_id: Mapped[UUID] = mapped_column(init=False)
    kind: Mapped[str]
    about: Mapped[UUID]


class SignOff(TenantOwned, Base):
    """Somebody of the group, or the facilitator on the group's word, stands behind an outcome, since this day."""

    __tablename__ = "sign_off"
    __table_args__ = (belongs_to("outcome_id", "outcome.id"), unique_in_tenant("outcome_id", "who"))
    id: Mapped[UUID] = new_id()
    outcome_id: Mapped[UUID] = mapped_column(init=False)
    who: Mapped[str | None]
    """The number that the session's key makes of her and the outcome; none when the session is over."""
    on: Mapped[date]
    is_facilitator: Mapped[bool] = mapped_column(default=False)


class Outcome(TenantOwned, TellsOthers, Base):
    """An insight, a solution, a commitment or a principle."""

    __tablename__ = "outcome"
    __table_args__ = (
        belongs_to("board_id", "board.id"),
        belongs_to("question_id", "question.id"),
        Index(None, "tenant_id", "run_id", "round"),
        Index(None, "tenant_id", "question_id"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
    )
    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID]
    theme_id: Mapped[UUID]
    question_id: Mapped[UUID]
    board_id: Mapped[UUID]
    round: Mapped[int]
    kind: Mapped[str]
    text: Mapped[str]
    language: Mapped[str]
    written_on: Mapped[date]
    signed_off_on: Mapped[date | None] = mapped_column(default=None)
    basis: Mapped[list[Basis]] = relationship(
        primaryjoin="foreign(Basis.outcome_id) == Outcome.id",
        cascade="all, delete-orphan",
        lazy="selectin",
        default_factory=list,
    )
    sign_offs: Mapped[list[SignOff]] = relationship(
        primaryjoin="foreign(SignOff.outcome_id) == Outcome.id",
        cascade="all, delete-orphan",
        lazy="selectin",
        default_factory=list,
    )

    @classmethod
    def write(
        cls,
        board: Board,
        brought: Iterable["Outcome"],
        kind: str,
        text: str,
        language: str,
        cards: Iterable[UUID],
        outcomes: Iterable[UUID],
    ) -> "Outcome":
        """The group writes down what it arrived at, and says on what it rests; `brought` is what round 1 brought to the board."""
        session = _session_of(board)
        _must_be_time_for_outcomes(board)
        if kind not in board.template.outcome_kinds:
            raise NotOfThisRound
        question = find(session, Question, board.question_id)
        outcome = cls(
            run_id=question.run_id,
            theme_id=question.theme_id,
            question_id=question.id,
            board_id=board.id,
            round=board.round,
            kind=kind,
            text=text.strip(),
            language=language,
            written_on=_today(),
        )
        outcome.basis = _basis(board, list(cards), list(outcomes), brought)
        session.add(outcome)
        outcome._tell_recorded()
        outcome._show(board)
        return outcome

    @property
    def is_signed_off(self) -> bool:
        return self.signed_off_on is not None

    @property
    def cards(self) -> list[UUID]:
        return [basis.about for basis in self.basis if basis.kind == "card"]

    @property
    def outcomes(self) -> list[UUID]:
        return [basis.about for basis in self.basis if basis.kind == "outcome"]

    @property
    def derived_from(self) -> list[UUID]:
        """The question, the views behind the cards, and round 1's outcomes."""
        return [self.question_id, *(basis.about for basis in self.basis if basis.kind != "card")]

    def say(
        self,
        brought: Iterable["Outcome"],
        kind: str,
        text: str,
        language: str,
        cards: Iterable[UUID],
        outcomes: Iterable[UUID],
    ) -> None:
        """Other words need new signatures."""
        if self.is_signed_off:
            raise AlreadySignedOff
        board = self._board
        _must_be_time_for_outcomes(board)
        if kind not in board.template.outcome_kinds:
            raise NotOfThisRound
        self.kind, self.text, self.language = kind, text.strip(), language
        self._rest_on(_basis(board, list(cards), list(outcomes), brought))
        self.sign_offs.clear()
        self._tell_recorded()
        self._show(board)

    @property
    def wording(self) -> str:
        """The fingerprint of what a signature stands behind: the words, and what they rest on."""
        return fingerprint_of(*self._what_is_signed)

    def must_be_read(self, read: str) -> None:
        must_be_read(read, *self._what_is_signed)

    @property
    def _what_is_signed(self) -> tuple[str, str, str, list[str]]:
        return self.kind, self.text, self.language, sorted(str(basis.about) for basis in self.basis)

    def strike(self) -> None:
        if self.is_signed_off:
            raise AlreadySignedOff
        board = self._board
        _must_be_time_for_outcomes(board)
        _session_of(self).delete(self)
        self._show(board)

    def sign(self, who: UUID) -> None:
        """A member of the group stands behind it; with the majority of those present it is signed off."""
        if self._add_signature(who, is_facilitator=False) and self._has_majority:
            self._is_signed_off_now()

    def sign_for_the_group(self, facilitator: UUID) -> None:
        """The facilitator signs on the group's word."""
        if self._add_signature(facilitator, is_facilitator=True):
            self._is_signed_off_now()

    def take_signature_back(self, who: UUID) -> None:
        if self.is_signed_off:
            raise AlreadySignedOff
        board = self._board
        mine = board.workshop.hand_at_work(who).under(self.id)
        self.sign_offs = [one for one in self.sign_offs if one.who != mine]
        self._show(board)

    def is_signed_by(self, hand: Hand | None) -> bool:
        return hand is not None and hand.under(self.id) in {one.who for one in self.sign_offs}

    def forget_who_signed(self) -> None:
        """The session is over: how many signed stays, and who did does not."""
        for one in self.sign_offs:
            one.who = None

    @property
    def needed(self) -> int:
        """How many of the group must sign: more than half of those who are here."""
        return self._present // 2 + 1

    @property
    def _present(self) -> int:
        group: Group = self._board.group
        return len(group.here) or group.attended or group.people

    @property
    def _has_majority(self) -> bool:
        return sum(not one.is_facilitator for one in self.sign_offs) >= self.needed

    def _add_signature(self, who: UUID, is_facilitator: bool) -> bool:
        if self.is_signed_off:
            return False
        board = self._board
        _must_be_time_for_outcomes(board)
        mine = board.workshop.hand_at_work(who).under(self.id)
        if mine not in {one.who for one in self.sign_offs}:
            self.sign_offs.append(SignOff(who=mine, on=_today(), is_facilitator=is_facilitator))
        self._show(board)
        return True

    def _is_signed_off_now(self) -> None:
        self.signed_off_on = _today()
        self.tell(
            OutcomeSignedOff(
                run_id=self.run_id,
                outcome_id=self.id,
                question_id=self.question_id,
                theme_id=self.theme_id,
                round=self.round,
                kind=self.kind,
                derived_from=self.derived_from,
            )
        )

    def _tell_recorded(self) -> None:
        self.tell(
            OutcomeRecorded(
                run_id=self.run_id,
                outcome_id=self.id,
                question_id=self.question_id,
                round=self.round,
                derived_from=self.derived_from,
            )
        )

    def _rest_on(self, wanted: list[Basis]) -> None:
        """Keeps what is already there, so that no row is written twice."""
        known = {(basis.kind, basis.about): basis for basis in self.basis}
        self.basis = [known.get((basis.kind, basis.about), basis) for basis in wanted]

    @property
    def _board(self) -> Board:
        return find(_session_of(self), Board, self.board_id)

    def _show(self, board: Board) -> None:
        """Outcomes are not operations, yet those at the board hear of them in the same order."""
        board.told_outcomes += 1
        board.show()


def _basis(board: Board, cards: list[UUID], outcomes: list[UUID], brought: Iterable[Outcome]) -> list[Basis]:
    if {str(card) for card in cards} - set(board.cards):
        raise UnknownSource
    if set(outcomes) - {outcome.id for outcome in brought}:
        raise UnknownSource
    views = views_behind(board.state, (str(card) for card in cards))
    rests = [("card", card) for card in cards] + [("outcome", one) for one in outcomes]
    rests += [("view", UUID(view)) for view in views]
    return [Basis(kind=kind, about=about) for kind, about in dict.fromkeys(rests)]


def _must_be_time_for_outcomes(board: Board) -> None:
    workshop = board.workshop
    if not workshop.is_running:
        raise WorkshopIsNotRunning
    if "outcomes" not in workshop.step.allows:
        raise NotInThisStep


def _session_of(thing: object) -> Session:
    return session_of(thing)


def _today() -> date:
    return datetime.now(UTC).date()
