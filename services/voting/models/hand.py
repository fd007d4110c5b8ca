"""The hand of cards that each reader holds: what was dealt, what was answered, and a few hearts."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, CheckConstraint, String, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.voting.exposure import Readership, deal
from services.voting.models.ballot import Ballot
from services.voting.models.base import Base
from services.voting.models.card import ANSWERS, Card
from services.voting.models.dealing import Before, least_read, readership
from services.voting.models.view import count_votes
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.problems import NotFound, RuleBroken
from shared.tenancy import TenantOwned

READINGS_A_HEART = 4


class NoHeartsLeft(RuleBroken):
    """You have given all your hearts. Take one back to move it, or read on: every four views bring one more."""


class HeartsAreNotUsed(RuleBroken):
    """There are no hearts in this run. Say what you think of the view."""


class HeartRestsOnThis(RuleBroken):
    """A heart you gave was earned by this answer. Take a heart back first."""


class NotDealtToYou(NotFound):
    """This view was not dealt to you. Open the reading page again."""


class Answer(NamedTuple):
    """What a reader says of one view. Heart None: as it was."""

    view_id: UUID
    answer: str
    heart: bool | None = None


class Hand(TenantOwned, Base):
    """One reader's cards in one run, under a pseudonym. Small on purpose: it is what we lock."""

    __tablename__ = "hand"
    __table_args__ = (
        unique_in_tenant("run_id", "participant"),
        belongs_to("run_id", "ballot.run_id"),
        CheckConstraint("hearts >= 0 AND hearts * 4 <= answered", name="hearts_are_earned"),
    )
    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID]
    participant: Mapped[UUID]
    unit: Mapped[str | None] = mapped_column(default=None)
    site: Mapped[str | None] = mapped_column(default=None)
    languages: Mapped[list[str] | None] = mapped_column(ARRAY(String), default=None)
    batches: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    answered: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    hearts: Mapped[int] = mapped_column(default=0, server_default=text("0"))

    @classmethod
    def of(cls, participant: UUID, run_id: UUID, session: Session) -> "Hand | None":
        return session.scalars(select(cls).filter_by(run_id=run_id, participant=participant)).one_or_none()

    @classmethod
    def held_by(cls, participant: UUID, run_id: UUID, session: Session) -> "Hand":
        """The reader's hand, locked until we commit: two clicks at once are one after the other."""
        mine = select(cls).filter_by(run_id=run_id, participant=participant).with_for_update()
        hand = session.scalars(mine.execution_options(populate_existing=True)).one_or_none()
        if hand is None:
            raise NotDealtToYou
        return hand

    @classmethod
    def dealt_to(
        cls, participant: UUID, run_id: UUID, unit: str | None, site: str | None, session: Session
    ) -> "Hand":
        """The same, made if need be. Where the reader belongs is written down once and stays, so that nobody counts
        for two groups."""
        new = insert(cls).values(id=uuid4(), run_id=run_id, participant=participant, unit=unit, site=site)
        session.execute(new.on_conflict_do_nothing())
        return cls.held_by(participant, run_id, session)

    @property
    def hearts_left(self) -> int:
        return self.answered // READINGS_A_HEART - self.hearts

    def answer(self, answers: Sequence[Answer], session: Session) -> Ballot:
        """Answer cards, for the first time or anew; the last answer counts. Needs the lock of `held_by`."""
        ballot = Ballot.open_for(self.run_id, session)
        cards = self._cards([answer.view_id for answer in answers], session)
        for view_id, answer, heart in answers:
            self._say(cards[view_id], answer, cards[view_id].heart if heart is None else heart)
        if self.hearts and not ballot.with_hearts:
            raise HeartsAreNotUsed
        if self.hearts_left < 0:
            raise NoHeartsLeft
        return ballot

    def _say(self, card: Card, answer: str, heart: bool) -> None:
        self.answered += card.answer is None
        self.hearts += heart - card.heart
        card.say(ANSWERS[answer], heart)

    def take_back(self, view_id: UUID, session: Session) -> Ballot:
        """Undo an answer, and with it the view's heart."""
        ballot = Ballot.open_for(self.run_id, session)
        card = self._cards([view_id], session)[view_id]
        self.answered -= card.answer is not None
        self.hearts -= card.heart
        card.say(None, False)
        if self.hearts_left < 0:
            raise HeartRestsOnThis
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
        ballot = Ballot.open_for(self.run_id, session)
        if after < self.batches:
            return after + 1
        if languages is not None:
            self.languages = list(languages) or None
        count_votes(self.run_id, session)
        views = [v for v in readership(self.run_id, self.id, session) if not themes or v.theme_id in themes]
        left = [view for view in views if self._may_read(view, own_views)]
        theme_id = least_read(left, views)
        chosen = deal(
            [Readership(view.id, view.agrees, view.answers) for view in left if view.theme_id == theme_id],
            sum(view.answers for view in views if view.theme_id == theme_id),
            f"{self.run_id}:{self.participant}:{self.batches + 1}",
            floor=ballot.floor if ballot.is_in_its_last_fifth else 0,
        )
        return self._take(chosen, session) if chosen else 0

    def _may_read(self, view: Before, own_views: Sequence[UUID]) -> bool:
        right_language = not self.languages or view.language in self.languages
        return not view.dealt and right_language and view.id not in own_views

    def _take(self, view_ids: Sequence[UUID], session: Session) -> int:
        self.batches += 1
        session.add_all(
            Card(hand_id=self.id, view_id=view_id, run_id=self.run_id, batch=self.batches, position=n)
            for n, view_id in enumerate(view_ids)
        )
        return self.batches

    def _cards(self, view_ids: Sequence[UUID], session: Session) -> dict[UUID, Card]:
        mine = select(Card).filter_by(hand_id=self.id).where(Card.view_id.in_(view_ids))
        cards = {card.view_id: card for card in session.scalars(mine)}
        if set(view_ids) - set(cards):
            raise NotDealtToYou
        return cards


def give_back_hearts(view_id: UUID, session: Session) -> None:
    """Hearts on a view that stands no more go back to their givers."""
    givers = select(Hand.id).join(Card, Card.hand_id == Hand.id).where(Card.view_id == view_id, Card.heart)
    session.execute(givers.order_by(Hand.id).with_for_update(of=Hand))
    freed = (
        update(Card).where(Card.view_id == view_id, Card.heart).values(heart=False).returning(Card.hand_id)
    )
    hands = session.scalars(freed).all()
    session.execute(update(Hand).where(Hand.id.in_(hands)).values(hearts=Hand.hearts - 1))
