"""Polls: one choice, a scale, or a few words; counted exactly once a hand."""

import unicodedata
from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, cast, delete, func, null, select, true, union_all
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.townhall.models.base import Noun, Words
from services.townhall.models.key import hand_in
from services.townhall.models.pulse import stir
from services.townhall.models.result import Counted, Result
from shared.database import belongs_to, new_id
from shared.privacy.disclosure import FEWEST, in_fives
from shared.problems import RuleBroken
from shared.web.cleaning import in_one_line

KINDS = ("choice", "scale", "words")
MOST_WORDS, LONGEST_WORD, WORDS_SHOWN = 3, 30, 60


class PollIsClosed(RuleBroken):
    """This poll takes no answers now. Its result comes on the screen when the host reveals it."""


class PollHasBeenUsed(RuleBroken):
    """Colleagues have already seen this poll, so its wording stays. Make a new one."""


class NoSuchAnswer(RuleBroken):
    """This answer is not among the choices. Choose one of those shown."""

    status = 422


class Poll(Noun):
    """A poll that the host prepared and puts on everybody's screen."""

    __tablename__ = "poll"
    __table_args__ = (belongs_to("hall_id", "hall.id"),)

    id: Mapped[UUID] = new_id()
    hall_id: Mapped[UUID]
    kind: Mapped[str]
    words: Mapped[Words] = mapped_column(JSONB)
    options: Mapped[list[Words]] = mapped_column(
        JSONB, default_factory=list
    )  # choices, or the two ends of a scale
    steps: Mapped[int] = mapped_column(default=5)
    position: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="draft")  # draft | open | closed
    is_revealed: Mapped[bool] = mapped_column(default=False)
    struck: Mapped[list[str]] = mapped_column(ARRAY(Text), default_factory=list)

    def reword(self, **said) -> None:
        self.must_be_unused()
        for name, value in said.items():
            setattr(self, name, value)

    def must_be_unused(self) -> None:
        if self.state != "draft":
            raise PollHasBeenUsed

    def open(self) -> None:
        self.state = "open"

    def close(self) -> None:
        if self.state == "open":
            self.state = "closed"
            stir(self.session, self.hall_id)

    def reveal(self) -> None:
        self.is_revealed = True
        stir(self.session, self.hall_id)

    def conceal(self) -> None:
        self.is_revealed = False
        stir(self.session, self.hall_id)

    def strike(self, word: str) -> None:
        """Take a word out of the cloud, for all screens."""
        self.struck = sorted({*self.struck, folded(word)})
        stir(self.session, self.hall_id)

    def answer(self, member: UUID, value: int | None = None, words: list[str] | None = None) -> "Answer":
        """Give or change my answer. The caller holds the poll for reading, so that nobody closes it in between."""
        if self.state != "open":
            raise PollIsClosed
        given = {"value": None, "words": self._words(words)} if self.kind == "words" else self._value(value)
        row = insert(Answer).values(poll_id=self.id, hand=self._hand(member), **given)
        mine = row.on_conflict_do_update(index_elements=["tenant_id", "poll_id", "hand"], set_=given)
        answer = self.session.scalars(
            mine.returning(Answer), execution_options={"populate_existing": True}
        ).one()
        stir(self.session, self.hall_id)
        return answer

    def _value(self, value: int | None) -> dict[str, Any]:
        if value not in self.values:
            raise NoSuchAnswer
        return {"value": value, "words": []}

    def _words(self, words: list[str] | None) -> list[str]:
        given = list(
            dict.fromkeys(cut for word in words or [] if (cut := folded(folded(word)[:LONGEST_WORD])))
        )
        if not given:
            raise NoSuchAnswer
        return given[:MOST_WORDS]

    @property
    def values(self) -> range:
        """What can be answered: choices from 0, a scale from 1."""
        return range(1, self.steps + 1) if self.kind == "scale" else range(len(self.options))

    def answer_by(self, hand: bytes) -> "Answer | None":
        return self.session.scalars(select(Answer).filter_by(poll_id=self.id, hand=hand)).one_or_none()

    def _hand(self, member: UUID) -> bytes:
        return hand_in(self.session, self.hall_id, member, self.id)

    @property
    def answers(self) -> int:
        """How many have answered, as it is told: in fives while more may come, nothing of fewer than five."""
        counted = select(func.count()).select_from(Answer).filter_by(poll_id=self.id)
        answers = self.session.scalar(counted) or 0
        return in_fives(answers) if self.state == "open" or answers < FEWEST else answers

    @property
    def result(self) -> "Result | None":
        """Returns what may be shown of the answers; None while fewer than five have answered. After the event it stays as it was last."""
        mine = select(Poll.id).filter_by(id=self.id)
        return Result.published(self.id, counted(mine, self.session).get(self.id, Counted()), self.session)

    @classmethod
    def keep_counts(cls, hall_id: UUID, session: Session) -> None:
        """Publishes what may be shown of the hall's polls, for good, and deletes who has answered what: the event is over."""
        ours = select(cls.id).filter_by(hall_id=hall_id)
        Result.publish(counted(ours, session), session)
        session.execute(delete(Answer).where(Answer.poll_id.in_(ours)))

    def bars(self, counts: dict[str, int]) -> list[dict[str, int]]:
        """[{"value", "count"}] for every value, also those that nobody gave."""
        return [{"value": value, "count": counts.get(str(value), 0)} for value in self.values]

    def cloud(self, counts: dict[str, int]) -> list[dict[str, Any]]:
        """[{"word", "count"}], most frequent first, without the struck ones."""
        counted = [(word, count) for word, count in counts.items() if folded(word) not in self.struck]
        first = sorted(counted, key=lambda pair: (-pair[1], pair[0]))[:WORDS_SHOWN]
        return [{"word": word, "count": count} for word, count in first]


def counted(polls: Select[UUID], session: Session) -> dict[UUID, Counted]:
    """Returns what the answers to these polls come to; nothing of a poll without any."""
    given = select(Answer.poll_id, Answer.value, Answer.words).where(Answer.poll_id.in_(polls)).cte()
    one_each = given.c.poll_id, func.count()
    word = func.unnest(given.c.words).table_valued("word").render_derived()
    rows = union_all(
        select(*one_each, null()).group_by(given.c.poll_id),
        select(*one_each, cast(given.c.value, Text))
        .where(given.c.value.is_not(None))
        .group_by(given.c.poll_id, given.c.value),
        select(*one_each, word.c.word)
        .select_from(given.join(word, true()))
        .group_by(given.c.poll_id, word.c.word),
    )
    found: dict[UUID, Counted] = defaultdict(Counted)
    for poll_id, count, said in session.execute(rows):
        found[poll_id].note(said, count)
    return found


def folded(word: str) -> str:
    """As words are compared: without case and stray spaces; empty where nothing shows."""
    return in_one_line(unicodedata.normalize("NFC", word).casefold())


class Answer(Noun):
    """One hand's answer to a poll; given again, the last counts."""

    __tablename__ = "answer"
    __table_args__ = (belongs_to("poll_id", "poll.id"),)

    poll_id: Mapped[UUID] = mapped_column(primary_key=True)
    hand: Mapped[bytes] = mapped_column(primary_key=True)
    value: Mapped[int | None] = mapped_column(default=None)
    words: Mapped[list[str]] = mapped_column(ARRAY(Text), default_factory=list)
