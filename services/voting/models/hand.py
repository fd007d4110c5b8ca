"""The hand of cards that each reader holds: what was dealt, what was answered, and a few hearts. It is one sealed row."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import LargeBinary, bindparam, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.voting import ballots
from services.voting.exposure import Readership, deal
from services.voting.models.ballot import Ballot
from services.voting.models.base import Base
from services.voting.models.card import ANSWERS, READINGS_A_HEART, Card
from services.voting.models.dealing import Before, least_read, readership
from services.voting.models.sealing import Seal
from shared.contracts.api.voting import Word
from shared.database import belongs_to
from shared.problems import NotFound, RuleBroken
from shared.tenancy.sessions import TenantOwned


class NoHeartsLeft(RuleBroken):
    """You have given all your hearts. Take one back to move it, or read on: every four views bring one more."""


class HeartsAreNotUsed(RuleBroken):
    """There are no hearts in this run. Say what you think of the view."""


class HeartRestsOnThis(RuleBroken):
    """A heart you gave was earned by this answer. Take a heart back first."""


class NotDealtToYou(NotFound):
    """This view was not dealt to you. Open the reading page again."""


class Answer(NamedTuple):
    """A reader's answer to one view. Heart None: as it was."""

    view_id: UUID
    answer: Word
    heart: bool | None = None


class Hand(TenantOwned, Base):
    """One reader's cards in one run, under a pseudonym. Small on purpose: it is what we lock.

    All that it holds is in `sealed`; a version opens as itself alone. `dirty`: something in it has not been counted.
    """

    __tablename__ = "hand"
    __table_args__ = (
        belongs_to("run_id", "ballot.run_id"),
        {
            "postgresql_with": {"fillfactor": "60"}
        },  # the next version fits into the same page, no index changes
    )
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    participant: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    dirty: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, repr=False)

    @property
    def new_cards(self) -> list[UUID]:
        """The views that were dealt since the hand was opened."""
        return [card.view_id for card in self.held.cards if card.batch > self._batches]

    def open(self, seal: Seal, gone: Collection[UUID]) -> None:
        """Opens the hand for this transaction. Hearts are reckoned now, over the views that stand."""
        self._seal, self._gone = seal, gone
        self.held = seal.open(self.sealed, self.participant, self.version)
        self._as_stored, self._batches = self.held.packed(), self.held.batches
        self.held.let_hearts_fall(gone)

    def _keep(self, session: Session) -> None:
        """Seals what has changed, as the next version."""
        if self.held.packed() != self._as_stored:
            self.version += 1
            sealed = self._seal.close(self.held, self.participant, self.version)
            changed = {"version_now": self.version, "dirty_now": self.held.is_uncounted, "sealed_now": sealed}
            session.connection().execute(KEEP, {"run": self.run_id, "reader": self.participant} | changed)

    @property
    def hearts(self) -> int:
        return len(self.held.hearted(self._gone))

    @property
    def hearts_left(self) -> int:
        return self.held.answered // READINGS_A_HEART - self.hearts

    def answer(self, answers: Sequence[Answer], session: Session) -> Ballot:
        """Answer cards, for the first time or anew; the last answer counts. Needs the lock of `hands.held`."""
        ballot = ballots.open_now(session, self.run_id)
        cards = self._cards([answer.view_id for answer in answers])
        for view_id, answer, heart in answers:
            self._say(cards[view_id], answer, bool(cards[view_id].heart) if heart is None else heart)
        if self.hearts and not ballot.with_hearts:
            raise HeartsAreNotUsed
        if self.hearts_left < 0:
            raise NoHeartsLeft
        self._keep(session)
        return ballot

    def _say(self, card: Card, answer: Word, heart: bool) -> None:
        card.answer = ANSWERS[answer]
        if heart != bool(card.heart):
            card.heart = self.held.next_heart() if heart else 0

    def take_back(self, view_id: UUID, session: Session) -> Ballot:
        """Undo an answer, and with it the view's heart."""
        ballot = ballots.open_now(session, self.run_id)
        card = self._cards([view_id])[view_id]
        card.answer, card.heart = None, 0
        if self.hearts_left < 0:
            raise HeartRestsOnThis
        self._keep(session)
        return ballot

    def deal(
        self,
        session: Session,
        *,
        after: int,
        themes: Sequence[UUID] = (),
        own_views: Sequence[UUID] = (),
        languages: Sequence[str] | None = None,
    ) -> int:
        """Deal the batch after batch number `after`, and say its number: dealing it twice is dealing it once.

        All from one theme: of those wished (else of all) the one of which the reader has been dealt least. What is laid
        aside unanswered does not come back by itself. 0 when there is nothing left to read.
        """
        ballot = ballots.open_now(session, self.run_id)
        if after < self.held.batches:
            return after + 1
        if languages is not None:
            self.held.languages = list(languages) or None
        chosen = self._choose(ballot, themes, own_views, session)
        if chosen:
            self.held.take(chosen)
        self._keep(session)
        return self.held.batches if chosen else 0

    def _choose(
        self, ballot: Ballot, themes: Sequence[UUID], own_views: Sequence[UUID], session: Session
    ) -> list[UUID]:
        mine = {card.view_id for card in self.held.cards}
        views = [v for v in readership(self.run_id, mine, session) if not themes or v.theme_id in themes]
        left = [view for view in views if self._may_read(view, own_views)]
        theme_id = least_read(left, views)
        return deal(
            [Readership(view.id, view.agrees, view.answers) for view in left if view.theme_id == theme_id],
            sum(view.answers for view in views if view.theme_id == theme_id),
            self._seal.turn(self.participant, self.held.batches + 1),
            floor=ballot.floor if ballot.is_in_its_last_fifth else 0,
        )

    def _may_read(self, view: Before, own_views: Sequence[UUID]) -> bool:
        right_language = not self.held.languages or view.language in self.held.languages
        return not view.dealt and right_language and view.id not in own_views

    def _cards(self, view_ids: Sequence[UUID]) -> dict[UUID, Card]:
        cards = {card.view_id: card for card in self.held.cards}
        if set(view_ids) - set(cards):
            raise NotDealtToYou
        return cards


# Every vote asks this, so it is made once and writes columns, not an object that the session would keep (docs/performance.md).
_hand = Hand.__table__.c
KEEP = (
    update(Hand.__table__)
    .where(_hand.run_id == bindparam("run"), _hand.participant == bindparam("reader"))
    .values(version=bindparam("version_now"), dirty=bindparam("dirty_now"), sealed=bindparam("sealed_now"))
)
