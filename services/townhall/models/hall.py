"""A hall: one all-staff event of a run, before, during and after."""

import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.townhall.models.base import Base, Words
from services.townhall.models.poll import Poll
from services.townhall.models.pulse import StirsItsHall
from services.townhall.models.question import Question
from services.townhall.video_hosts import checked
from shared.contracts.townhall import TownhallEnded, TownhallScheduled, TownhallStarted
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import SetsTimers
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned

PURPOSES = ("kickoff", "launch")
CODE_LETTERS, CODE_LENGTH = (
    "23456789ABCDEFGHJKMNPQRSTVWXYZ",
    6,
)  # none that is mistaken for another on a far wall
JOIN_EARLY = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=12)
LATE_AFTER = timedelta(minutes=5)  # no request takes so long


class EndsBeforeItStarts(RuleBroken):
    """The event ends before it starts. Choose a later end."""

    status = 422
    field = "ends_at"


class HallIsOver(RuleBroken):
    """This event is over. Its questions and answers stay here to read."""


class DoorsAreClosed(RuleBroken):
    """The agreed path has not reached this event yet. It can begin once its phase has opened."""


class NotOnAir(RuleBroken):
    """The event has not begun. Start it first."""


def new_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


class Hall(TenantOwned, TellsOthers, SetsTimers, StirsItsHall, Base):
    """An all-staff event: the kickoff lecture or the launch."""

    __tablename__ = "hall"
    hall_by = "id"
    __table_args__ = (unique_in_tenant("run_id", "purpose"), unique_in_tenant("code"))

    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID]
    purpose: Mapped[str]
    code: Mapped[str] = mapped_column(default_factory=new_code)
    state: Mapped[str] = mapped_column(default="planned")  # planned | open | on_air | over
    words: Mapped[Words] = mapped_column(
        JSONB, default_factory=dict
    )  # {"fi": {"title": ..., "description": ...}}
    script: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime | None] = mapped_column(default=None)
    ends_at: Mapped[datetime | None] = mapped_column(default=None)
    stream_url: Mapped[str | None] = mapped_column(default=None)
    recording_url: Mapped[str | None] = mapped_column(default=None)
    transcript_url: Mapped[str | None] = mapped_column(default=None)
    asking: Mapped[str] = mapped_column(
        default="anonymous"
    )  # anonymous | pseudonymous: the asker finds the own ones
    moderation: Mapped[str] = mapped_column(default="before")  # before | after questions are shown
    categories: Mapped[list[Words]] = mapped_column(
        JSONB, default_factory=list
    )  # [{"key": ..., "words": {...}}]
    on_stage: Mapped[str] = mapped_column(default="pause")  # pause | questions | poll
    poll_id: Mapped[UUID | None] = mapped_column(default=None)

    def describe(self, **said: Any) -> None:
        """Change texts, links and settings."""
        for name in ("stream_url", "recording_url", "transcript_url"):
            if name in said:
                said[name] = checked(said[name])
        for name, value in said.items():
            setattr(self, name, value)
        self.stir()

    def set_time(self, starts_at: datetime, ends_at: datetime) -> None:
        self.must_not_be_over()
        if ends_at <= starts_at:
            raise EndsBeforeItStarts
        self.starts_at, self.ends_at = starts_at, ends_at
        self.tell(
            TownhallScheduled(
                run_id=self.run_id,
                hall_id=self.id,
                purpose=self.purpose,
                starts_at=starts_at,
                ends_at=ends_at,
            )
        )
        self.stir()

    def open_doors(self) -> None:
        if self.state == "planned":
            self.state = "open"
            self.stir()

    def close_doors(self) -> None:
        """The phase has ended, and the event has not begun: it waits for its phase again."""
        if self.state == "open":
            self.state = "planned"
            self.stir()

    def start(self) -> bool:
        """The event begins; returns whether that is news."""
        if self.state == "on_air":
            return False
        if self.state == "over":
            raise HallIsOver
        if self.state == "planned":
            raise DoorsAreClosed
        self.state = "on_air"
        self.tell(TownhallStarted(run_id=self.run_id, hall_id=self.id))
        self.schedule("hall_forgotten", self._forgotten_at())
        self.stir()
        return True

    def _forgotten_at(self) -> datetime:
        """A host who forgets to end the event must not keep its key alive."""
        return max(self.ends_at or datetime.now(UTC), datetime.now(UTC)) + FORGOTTEN_AFTER

    def end(self, signed_up: int, questions: int, answered: int) -> bool:
        """The event is over, and tells how it went; returns whether that is news. What was said stays, what tied acts to hands is
        forgotten with the key (services/townhall/on_air.py)."""
        if self.state == "over":
            return False
        if self.state != "on_air":
            raise NotOnAir
        self.state, self.on_stage, self.poll_id = "over", "pause", None
        self.schedule("hands_came_late", datetime.now(UTC) + LATE_AFTER)
        self.cancel("hall_forgotten")
        counts = {"signed_up": signed_up, "questions": questions, "answered": answered}
        self.tell(TownhallEnded(run_id=self.run_id, hall_id=self.id, **counts))
        self.stir()
        return True

    def switch(self, kind: str, poll: Poll | None = None, before: Iterable[Poll] = ()) -> None:
        """Puts one thing on everybody's screen; polls that were there before take no more answers."""
        if self.state != "on_air":
            raise HallIsOver if self.state == "over" else NotOnAir
        for other in before:
            if other is not poll:
                other.close()
        if poll:
            poll.open()
        self.on_stage, self.poll_id = kind, poll.id if poll else None
        self.stir()

    def must_not_be_over(self) -> None:
        if self.state == "over":
            raise HallIsOver

    def ask(self, words: str, language: str, category: str | None, hand: Callable[[], bytes]) -> Question:
        """Takes a question; who asked is not written down, except as a hand where the hall is pseudonymous."""
        if self.state not in ("open", "on_air"):
            raise HallIsOver if self.state == "over" else DoorsAreClosed
        question = Question(hall_id=self.id, words=words, language=language, category=self._known(category))
        if self.asking == "pseudonymous":
            question.hand = hand()
        if self.moderation == "after":
            question.state = "shown"
        question.stir()
        return question

    def _known(self, category: str | None) -> str | None:
        return category if category in {each["key"] for each in self.categories} else None

    def carry_forward(self, ticked: Iterable[Question]) -> None:
        """The survey takes up what was not answered: the host ticks which."""
        for question in ticked:
            question.carry_forward(self.run_id)
        self.stir()

    @property
    def is_time_to_join(self) -> bool:
        """The way in is shown from a quarter of an hour before the start until the end."""
        soon = self.starts_at is not None and datetime.now(UTC) >= self.starts_at - JOIN_EARLY
        return self.state == "on_air" or (self.state == "open" and soon)


class SignUp(TenantOwned, Base):
    """A member means to come."""

    __tablename__ = "sign_up"
    __table_args__ = (belongs_to("hall_id", "hall.id"),)

    hall_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
