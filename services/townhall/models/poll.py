"""Polls: one choice, a scale, or a few words; counted exactly once a hand."""

import unicodedata
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.townhall.models.base import Base, Words
from services.townhall.models.pulse import StirsItsHall
from shared.database import belongs_to, new_id
from shared.privacy.disclosure import FEWEST, in_fives
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned
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


class Poll(TenantOwned, StirsItsHall, Base):
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
            self.stir()

    def reveal(self) -> None:
        self.is_revealed = True
        self.stir()

    def conceal(self) -> None:
        self.is_revealed = False
        self.stir()

    def strike(self, word: str) -> None:
        """Take a word out of the cloud, for all screens."""
        self.struck = sorted({*self.struck, folded(word)})
        self.stir()

    def taken(self, value: int | None = None, words: list[str] | None = None) -> dict[str, Any]:
        """Returns an answer as it is kept; raises PollIsClosed or NoSuchAnswer."""
        if self.state != "open":
            raise PollIsClosed
        return {"value": None, "words": self._words(words)} if self.kind == "words" else self._value(value)

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
        """Returns the values that can be answered: choices from 0, a scale from 1."""
        return range(1, self.steps + 1) if self.kind == "scale" else range(len(self.options))

    def as_told(self, answers: int) -> int:
        """Returns how many have answered, as it is told: in fives while more may come, nothing of fewer than five."""
        return in_fives(answers) if self.state == "open" or answers < FEWEST else answers

    def bars(self, counts: dict[str, int]) -> list[dict[str, int]]:
        """[{"value", "count"}] for every value, also those that nobody gave."""
        return [{"value": value, "count": counts.get(str(value), 0)} for value in self.values]

    def cloud(self, counts: dict[str, int]) -> list[dict[str, Any]]:
        """[{"word", "count"}], most frequent first, without the struck ones."""
        counted = [(word, count) for word, count in counts.items() if folded(word) not in self.struck]
        first = sorted(counted, key=lambda pair: (-pair[1], pair[0]))[:WORDS_SHOWN]
        return [{"word": word, "count": count} for word, count in first]


def folded(word: str) -> str:
    """As words are compared: without case and stray spaces; empty where nothing shows."""
    return in_one_line(unicodedata.normalize("NFC", word).casefold())


class Answer(TenantOwned, Base):
    """One hand's answer to a poll; given again, the last counts."""

    __tablename__ = "answer"
    __table_args__ = (belongs_to("poll_id", "poll.id"),)

    poll_id: Mapped[UUID] = mapped_column(primary_key=True)
    hand: Mapped[bytes] = mapped_column(primary_key=True)
    value: Mapped[int | None] = mapped_column(default=None)
    words: Mapped[list[str]] = mapped_column(ARRAY(Text), default_factory=list)
