"""The hand of cards that each reader holds: what was dealt, what was answered, and a few hearts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, CheckConstraint, Index, Row, String, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.voting.exposure import Readership, deal
from services.voting.models.ballot import Ballot
from services.voting.models.base import Base
from services.voting.models.view import STANDS, View, count_votes
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.problems import NotFound, RuleBroken
from shared.tenancy import TenantOwned

ANSWERS = {"agree": 1, "pass": 0, "disagree": -1}
WORDS = {number: word for word, number in ANSWERS.items()}
READINGS_A_HEART = 4
LIES_BEFORE_A_READER = timedelta(minutes=30)
COARSE = timedelta(minutes=10)


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

    def _say(self, card: "Card", answer: str, heart: bool) -> None:
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
        theme_id: UUID | None = None,
        own_views: Sequence[UUID] = (),
        languages: Sequence[str] | None = None,
    ) -> int:
        """Deal the batch after batch number `after`, and say its number: dealing it twice is dealing it once.

        Without a theme, from the one of which the reader has been dealt least. What is laid aside unanswered does not
        come back by itself. 0 when there is nothing left to read.
        """
        ballot = Ballot.open_for(self.run_id, session)
        if after < self.batches:
            return after + 1
        if languages is not None:
            self.languages = list(languages) or None
        count_votes(self.run_id, session)
        views = readership(self, session)
        theme_id = theme_id or _least_read([view for view in views if self._may_read(view, own_views)], views)
        in_theme = [view for view in views if view.theme_id == theme_id]
        chosen = deal(
            [Readership(v.id, v.agrees, v.answers) for v in in_theme if self._may_read(v, own_views)],
            sum(view.answers for view in in_theme),
            f"{self.run_id}:{self.participant}:{self.batches + 1}",
            floor=ballot.floor if ballot.is_in_its_last_fifth else 0,
        )
        return self._take(chosen, session) if chosen else 0

    def _may_read(self, view: Row, own_views: Sequence[UUID]) -> bool:
        right_language = not self.languages or view.language in self.languages
        return not view.dealt and right_language and view.id not in own_views

    def _take(self, view_ids: Sequence[UUID], session: Session) -> int:
        self.batches += 1
        for position, view_id in enumerate(view_ids):
            session.add(
                Card(
                    hand_id=self.id,
                    view_id=view_id,
                    run_id=self.run_id,
                    batch=self.batches,
                    position=position,
                )
            )
        return self.batches

    def _cards(self, view_ids: Sequence[UUID], session: Session) -> dict[UUID, "Card"]:
        mine = select(Card).filter_by(hand_id=self.id).where(Card.view_id.in_(view_ids))
        cards = {card.view_id: card for card in session.scalars(mine)}
        if set(view_ids) - set(cards):
            raise NotDealtToYou
        return cards


class Card(TenantOwned, Base):
    """One view before one reader. `counted` is what of it the counters hold already."""

    __tablename__ = "card"
    __table_args__ = (
        belongs_to("hand_id", "hand.id"),
        belongs_to("view_id", "view.id"),
        CheckConstraint("answer BETWEEN -1 AND 1", name="answer"),
        CheckConstraint("answer IS NOT NULL OR NOT heart", name="heart_with_answer"),
        Index(
            "ix_card_uncounted",
            "tenant_id",
            "run_id",
            postgresql_where=text("answer IS DISTINCT FROM counted OR heart <> counted_heart"),
        ),
        Index(
            "ix_card_lying",
            "tenant_id",
            "run_id",
            "lies_until",
            postgresql_where=text("lies_until IS NOT NULL"),
        ),
        Index("ix_card_hearted", "tenant_id", "view_id", postgresql_where=text("heart")),
    )
    hand_id: Mapped[UUID] = mapped_column(primary_key=True)
    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    batch: Mapped[int]
    position: Mapped[int]
    answer: Mapped[int | None] = mapped_column(default=None)
    heart: Mapped[bool] = mapped_column(default=False)
    lies_until: Mapped[datetime | None] = mapped_column(default_factory=lambda: coarse(LIES_BEFORE_A_READER))
    """So long it counts as being read. Coarse, and forgotten with the answer: times would point to people."""
    counted: Mapped[int | None] = mapped_column(default=None)
    counted_heart: Mapped[bool] = mapped_column(default=False)

    def say(self, answer: int | None, heart: bool) -> None:
        self.answer, self.heart, self.lies_until = answer, heart, None

    @property
    def word(self) -> str | None:
        return None if self.answer is None else WORDS[self.answer]


def coarse(from_now: timedelta) -> datetime:
    """A moment so far away, rounded up to ten minutes."""
    moment = (datetime.now(UTC) + from_now).timestamp()
    step = COARSE.total_seconds()
    return datetime.fromtimestamp((moment // step + 1) * step, UTC)


def readership(hand: Hand, session: Session) -> Sequence[Row]:
    """Every standing view of the run: how it was answered (or lies before readers), and whether this hand holds it."""
    lying = (
        select(Card.view_id, func.count().label("cards"))
        .where(Card.run_id == hand.run_id, Card.lies_until > func.now())
        .group_by(Card.view_id)
        .subquery()
    )
    mine = select(Card.view_id).filter_by(hand_id=hand.id).subquery()
    answers = View.agrees + View.passes + View.disagrees + func.coalesce(lying.c.cards, 0)
    query = (
        select(View.id, View.theme_id, View.language, View.agrees, answers.label("answers"))
        .add_columns(mine.c.view_id.is_not(None).label("dealt"))
        .outerjoin(lying, lying.c.view_id == View.id)
        .outerjoin(mine, mine.c.view_id == View.id)
        .where(View.run_id == hand.run_id, View.status == STANDS)
    )
    return session.execute(query).all()


def _least_read(left: Sequence[Row], views: Sequence[Row]) -> UUID | None:
    """The theme of which this reader has been dealt least; of equals the one least read by all."""

    def so_far(theme_id: UUID):
        in_theme = [view for view in views if view.theme_id == theme_id]
        return sum(v.dealt for v in in_theme), sum(v.answers for v in in_theme) / len(in_theme), theme_id

    return min({view.theme_id for view in left}, key=so_far, default=None)


def forget_when_cards_lay(run_id: UUID, session: Session) -> None:
    """Cards that have lain long enough do not count as being read any more, nor do we keep when they were dealt."""
    session.execute(
        update(Card).where(Card.run_id == run_id, Card.lies_until <= func.now()).values(lies_until=None)
    )


def give_back_hearts(view_id: UUID, session: Session) -> None:
    """Hearts on a view that stands no more go back to their givers."""
    givers = select(Hand.id).join(Card, Card.hand_id == Hand.id).where(Card.view_id == view_id, Card.heart)
    session.execute(givers.order_by(Hand.id).with_for_update(of=Hand))
    freed = (
        update(Card).where(Card.view_id == view_id, Card.heart).values(heart=False).returning(Card.hand_id)
    )
    hands = session.scalars(freed).all()
    session.execute(update(Hand).where(Hand.id.in_(hands)).values(hearts=Hand.hearts - 1))
