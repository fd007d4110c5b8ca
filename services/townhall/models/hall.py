"""A hall: one all-staff event of a run, before, during and after."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.townhall.models.base import Noun, Words
from services.townhall.models.key import destroy_key, hand_in, make_key
from services.townhall.models.poll import Poll
from services.townhall.models.pulse import Pulse, stir
from services.townhall.models.question import Question, Upvote
from services.townhall.video_hosts import checked
from shared.contracts.townhall import TownhallEnded, TownhallScheduled, TownhallStarted
from shared.database import TellsOthers, belongs_to, new_id, ring, unique_in_tenant, unring
from shared.privacy.rewriting import ask_to_write_anew
from shared.problems import RuleBroken

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


class Hall(Noun, TellsOthers):
    """An all-staff event: the kickoff lecture or the launch."""

    __tablename__ = "hall"
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

    @classmethod
    def of(cls, run_id: UUID, purpose: str, session: Session) -> "Hall":
        """The run's hall for this purpose, laid out if need be."""
        mine = select(cls).filter_by(run_id=run_id, purpose=purpose).with_for_update()
        return session.scalars(mine).one_or_none() or cls.lay_out(run_id, purpose, session)

    @classmethod
    def lay_out(cls, run_id: UUID, purpose: str, session: Session) -> "Hall":
        hall = cls(run_id=run_id, purpose=purpose)
        session.add(hall)
        session.flush()
        make_key(hall.id, session)
        session.add(Pulse(hall_id=hall.id))
        return hall

    def describe(self, **said: Any) -> None:
        """Change texts, links and settings."""
        for name in ("stream_url", "recording_url", "transcript_url"):
            if name in said:
                said[name] = checked(said[name])
        for name, value in said.items():
            setattr(self, name, value)
        self.stir()

    def schedule(self, starts_at: datetime, ends_at: datetime) -> None:
        if self.state == "over":
            raise HallIsOver
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
        """The phase has ended; an event that is still on the air ends with it."""
        if self.state == "on_air":
            self.end()
        elif self.state == "open":
            self.state = "planned"
            self.stir()

    def start(self) -> None:
        if self.state == "on_air":
            return
        if self.state == "over":
            raise HallIsOver
        if self.state == "planned":
            raise DoorsAreClosed
        self._have_a_key()
        self.state = "on_air"
        self.tell(TownhallStarted(run_id=self.run_id, hall_id=self.id))
        ring(self.session, self._forgotten_at(), "hall_forgotten", self.id)
        self.stir()

    def _have_a_key(self) -> None:
        """There is one since the laying out, but for an event of a restored backup that was over already: it is held once more."""
        if make_key(self.id, self.session, anew=True):
            self._forget_whose_hands()

    def _forgotten_at(self) -> datetime:
        """A host who forgets to end the event must not keep its key alive."""
        return max(self.ends_at or datetime.now(UTC), datetime.now(UTC)) + FORGOTTEN_AFTER

    def end(self) -> None:
        """The event is over: what tied acts to hands is forgotten, what was said stays. The key goes first; whoever is cut off after
        it has ended the event by calling this again."""
        if self.state == "over":
            return
        if self.state != "on_air":
            raise NotOnAir
        destroy_key(self.id, self.session)
        self._clear_the_stage()
        self.state = "over"
        self._forget_the_hands()
        ring(self.session, datetime.now(UTC) + LATE_AFTER, "hands_came_late", self.id)
        ask_to_write_anew(self.session, self.id)
        unring(self.session, "hall_forgotten", self.id)
        self.tell(TownhallEnded(run_id=self.run_id, hall_id=self.id, **self._counts()))
        self.stir()

    def let_go(self) -> None:
        """The run is over. An event that was opened and never held would keep for ever who has asked and upvoted there."""
        if self.state == "on_air":
            self.end()
        elif self.state != "over":
            destroy_key(self.id, self.session)
            self._forget_whose_hands()
            ask_to_write_anew(self.session, self.id)

    def _forget_the_hands(self) -> None:
        Poll.keep_counts(self.id, self.session)
        self._forget_whose_hands()

    def _forget_whose_hands(self) -> None:
        """Upvotes stay as counts. The questions first: whoever upvotes at this moment is waited for."""
        ours = select(Question.id).filter_by(hall_id=self.id).scalar_subquery()
        self.session.execute(update(Question).filter_by(hall_id=self.id).values(hand=None))
        self.session.execute(delete(Upvote).where(Upvote.question_id.in_(ours)))

    def forget_late_hands(self) -> None:
        """Forgets hands that requests have left which were on their way when the event ended."""
        if self.state == "over":
            self._forget_the_hands()

    def _counts(self) -> dict[str, int]:
        asked = select(func.count(), func.count().filter(Question.state == "answered")).filter_by(
            hall_id=self.id
        )
        questions, answered = self.session.execute(asked.select_from(Question)).one()
        return {"signed_up": self.signed_up, "questions": questions, "answered": answered}

    def switch(self, kind: str, poll: Poll | None = None) -> None:
        """Put one thing on everybody's screen; a poll that was there before takes no more answers."""
        if self.state != "on_air":
            raise HallIsOver if self.state == "over" else NotOnAir
        if poll is None or poll.id != self.poll_id:
            self._clear_the_stage()
        if poll:
            poll.open()
        self.on_stage, self.poll_id = kind, poll.id if poll else None
        self.stir()

    def _clear_the_stage(self) -> None:
        for poll in self.session.scalars(
            select(Poll).filter_by(hall_id=self.id, state="open").with_for_update()
        ):
            poll.state = "closed"
        self.on_stage, self.poll_id = "pause", None

    def sign_up(self, member: UUID) -> None:
        if self.state == "over":
            raise HallIsOver
        row = insert(SignUp).values(hall_id=self.id, member_id=member)
        self.session.execute(row.on_conflict_do_nothing())
        self.stir()

    def cancel(self, member: UUID) -> None:
        self.session.execute(delete(SignUp).filter_by(hall_id=self.id, member_id=member))
        self.stir()

    @property
    def signed_up(self) -> int:
        return self.session.scalar(select(func.count()).select_from(SignUp).filter_by(hall_id=self.id)) or 0

    def has_signed_up(self, member: UUID) -> bool:
        return (
            self.session.scalars(select(SignUp).filter_by(hall_id=self.id, member_id=member)).one_or_none()
            is not None
        )

    def ask(self, words: str, language: str, category: str | None, member: UUID) -> Question:
        """Take a question; who asked is not written down, except as a hand where the hall is pseudonymous."""
        if self.state not in ("open", "on_air"):
            raise HallIsOver if self.state == "over" else DoorsAreClosed
        question = Question(hall_id=self.id, words=words, language=language, category=self._known(category))
        if self.asking == "pseudonymous":
            question.hand = hand_in(self.session, self.id, member, self.id)
        if self.moderation == "after":
            question.state = "shown"
        self.session.add(question)
        self.stir()
        return question

    def _known(self, category: str | None) -> str | None:
        return category if category in {each["key"] for each in self.categories} else None

    def carry_forward(self, questions: list[UUID]) -> None:
        """The survey takes up what was not answered: the host ticks which."""
        ticked = select(Question).filter_by(hall_id=self.id).where(Question.id.in_(questions))
        for question in self.session.scalars(ticked.order_by(Question.id).with_for_update()):
            question.carry_forward(self.run_id)
        self.stir()

    @property
    def is_time_to_join(self) -> bool:
        """The way in is shown from a quarter of an hour before the start until the end."""
        soon = self.starts_at is not None and datetime.now(UTC) >= self.starts_at - JOIN_EARLY
        return self.state == "on_air" or (self.state == "open" and soon)

    def stir(self) -> None:
        stir(self.session, self.id)


class SignUp(Noun):
    """A member means to come."""

    __tablename__ = "sign_up"
    __table_args__ = (belongs_to("hall_id", "hall.id"),)

    hall_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
