"""Something there is to tell, and the notice of it to each person whom it concerns."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Index, Select, delete, exists, func, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.notification.base import Base
from services.notification.mails.courier import Outcome
from services.notification.mails.models.audience import (
    ASKED_WHEN_SENT,
    REMINDER,
    TOLD_BY_ROLE,
    those_concerned,
)
from services.notification.mails.models.recipient import Recipient
from shared.contracts.notification import NoticeSent
from shared.database import belongs_to, find, moment, new_id, unique_in_tenant
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import SetsTimers, schedule
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned

AT_ONCE, A_WHILE = (
    timedelta(0),
    timedelta(minutes=1),
)  # a while: several changes made in one go are told in one mail
BATCH = 50
LAUNCH = "launch"
PUT_OFF_FOR = timedelta(minutes=5)
# How long a mail that its mailbox has put off waits before it is tried again; after the last it is given up (RFC 5321, 4.5.4.1).
PATIENCE = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 720, 1440, 1440))


LONGEST_WAIT = timedelta(days=7)
KEPT_FOR = timedelta(days=30)  # whom a mail did not reach, and why
FORGET_UNDELIVERED = "forget_undelivered"
AFRESH = {"state": "waiting", "why": None, "failed_on": None, "try_at": None, "attempts": 0}
OVER = "over"  # a link that has been used meanwhile: nobody misses its mail


class ItsTimeHasPassed(RuleBroken):
    """What this mail invites to is over, so it is not sent again. Correct the address for the mails to come."""


class Occasion(TenantOwned, SetsTimers, Base):
    """One thing to tell; `facts` are ids, dates and words of the contracts, never what a person wrote."""

    __tablename__ = "occasion"

    id: Mapped[UUID] = new_id()
    kind: Mapped[str]
    about: Mapped[str]  # what makes it one and the same thing, so that it is told once
    run_id: Mapped[UUID | None] = mapped_column(default=None)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)
    arose_at: Mapped[datetime] = moment()
    told_at: Mapped[datetime | None] = mapped_column(default=None)  # when its notices were written
    stands_until: Mapped[datetime | None] = mapped_column(
        default=None
    )  # until then newcomers are told as well
    __table_args__ = (unique_in_tenant("kind", "about"), Index("ix_occasion_run", "tenant_id", "run_id"))

    @classmethod
    def arises(
        cls,
        kind: str,
        about: str,
        run_id: UUID | None,
        session: Session,
        wait: timedelta = AT_ONCE,
        stands_until: datetime | None = None,
        **facts: Any,
    ) -> None:
        """Tell it once, however often we hear of it."""
        row = {"id": uuid4(), "kind": kind, "about": about, "run_id": run_id, "facts": facts}
        row["stands_until"] = stands_until
        new = postgresql.insert(cls).values(row).on_conflict_do_nothing().returning(cls.id)
        if id := session.scalar(new):
            schedule(session, datetime.now(UTC) + wait, "tell", id)

    @classmethod
    def is_over(cls, kind: str, run_id: UUID, fact: str, value: str, session: Session) -> None:
        """Newcomers need not be told any more: such as of a phase that has closed, or of a date that has moved."""
        those = update(cls).filter_by(kind=kind, run_id=run_id).where(cls.facts[fact].astext == value)
        session.execute(those.values(stands_until=None))

    @classmethod
    def gathers(cls, kind: str, about: str, run_id: UUID, session: Session, **facts: Any) -> None:
        """Add to what waits to be told of the run, or of its workshop session, or begin; `facts` are joined key by key, the latest
        holds."""
        if occasion := cls._waiting(kind, run_id, facts.get("session_id"), session):
            occasion.facts = occasion.facts | facts
        else:
            cls.arises(kind, about, run_id, session, A_WHILE, **facts)

    @classmethod
    def offers_no_more(cls, run_id: UUID, session_id: UUID, session: Session) -> bool:
        """Takes a session out of the offer that waits to be told; returns whether it stood there."""
        offer, name = cls._waiting("workshops", run_id, None, session), f"session:{session_id}"
        if offer is None or name not in offer.facts:
            return False
        offer.facts = {each: fact for each, fact in offer.facts.items() if each != name}
        return True

    @classmethod
    def _waiting(cls, kind: str, run_id: UUID, of_session: str | None, session: Session) -> "Occasion | None":
        waiting = select(cls).filter_by(kind=kind, run_id=run_id, told_at=None).with_for_update()
        if of_session:
            waiting = waiting.where(cls.facts["session_id"].astext == of_session)
        return session.scalars(waiting.limit(1)).first()

    def tell(self, session: Session) -> None:
        """Write a notice to everybody whom it concerns, and let the post begin."""
        session.refresh(self, with_for_update=True)  # it may just be called off
        if self.told_at is not None or (self.kind == "workshops" and not self.facts):
            return
        self.told_at = datetime.now(UTC)
        concerned = those_concerned(self.kind, self.facts)
        if edition_id := self.facts.get("not_told_of"):
            concerned = concerned.where(Recipient.id.not_in(self.told_of(edition_id)))
        members = list(session.scalars(concerned))
        if members:
            rows = [{"id": uuid4(), "occasion_id": self.id, "member_id": member} for member in members]
            session.execute(insert(Notice), [row | {"state": "waiting"} for row in rows])
            self.let_the_post_go()

    @classmethod
    def told_of(cls, edition_id: UUID | str) -> Select[UUID]:
        """The members who have got a mail of this edition's launch, or have one on its way."""
        launches = select(cls.id).where(cls.kind == LAUNCH, cls.about.startswith(str(edition_id)))
        have = select(Notice.member_id).where(Notice.occasion_id.in_(launches))
        return have.where(Notice.state.in_(("sent", "waiting")))

    @classmethod
    def launch_is_taken_back(cls, edition_id: UUID, session: Session) -> None:
        """Mails of it that have not gone yet do not go. Their rows stay: one may be with the mail server at this moment."""
        of_it = select(cls).where(cls.kind == LAUNCH, cls.about.startswith(str(edition_id)))
        for occasion in session.scalars(of_it.with_for_update()).all():
            occasion.told_at = occasion.told_at or datetime.now(UTC)
            waiting = update(Notice).filter_by(occasion_id=occasion.id, state="waiting")
            session.execute(waiting.values(state="called_off"))
            occasion.forget_undelivered(session)  # nor are they sent again

    @classmethod
    def tell_newcomer(cls, member_id: UUID, session: Session) -> None:
        """Tells a newcomer what was told before they came and still stands; the lock waits for a telling that is under way."""
        standing = select(cls).where(cls.stands_until > datetime.now(UTC)).with_for_update(read=True)
        for occasion in session.scalars(standing):
            if occasion.told_at is not None:
                occasion._tell_one(member_id, session)

    def _tell_one(self, member_id: UUID, session: Session) -> None:
        concerned = those_concerned(self.kind, self.facts).where(Recipient.id == member_id)
        if session.scalar(concerned):
            row = {"id": uuid4(), "occasion_id": self.id, "member_id": member_id, "state": "waiting"}
            session.execute(postgresql.insert(Notice).values(row).on_conflict_do_nothing())
            self.let_the_post_go()

    def let_the_post_go(self) -> None:
        self.schedule("post", datetime.now(UTC))

    def next_to_post(self, session: Session, put_off: Collection[UUID] = ()) -> list["Notice"]:
        """Returns those that wait and may be tried now, but for what was put off in this round; in no order, so that the same ones are not
        always last."""
        waiting = (
            select(Notice).filter_by(occasion_id=self.id, state="waiting").where(Notice.id.not_in(put_off))
        )
        due = waiting.where(or_(Notice.try_at.is_(None), Notice.try_at <= func.now())).order_by(func.random())
        return list(session.scalars(due.limit(BATCH)))

    def next_attempt(self, session: Session) -> datetime | None:
        """When the first of those that were put off is tried again; None when nothing waits."""
        waiting = select(func.min(func.coalesce(Notice.try_at, func.now())))
        return session.scalar(waiting.filter_by(occasion_id=self.id, state="waiting"))

    def settle(self, notice: "Notice", outcome: Outcome, session: Session) -> None:
        """Notes what became of a notice. Of a reminder, and of news of a workshop session, nothing stays: the rows of everybody go
        one by one, of those who were mailed and of the others alike, so that no list tells them apart; of one that is put off nothing is noted, since that
        would tell that a mail was tried: all of them go some days after it was told; and where nobody knows whether it has
        arrived, it goes too: else it came again and again."""
        if self.kind in ASKED_WHEN_SENT:
            if outcome.state != "later" or self.waits_no_longer:
                session.delete(notice)
        elif outcome.state == "sent":
            notice.was_sent(self)
        else:
            why = outcome.why if self.kind in TOLD_BY_ROLE and outcome.why != OVER else None
            notice.was_not_sent(outcome.state, why)
            if notice.why:
                self.schedule(FORGET_UNDELIVERED, datetime.now(UTC) + KEPT_FOR)

    def forget_undelivered(self, session: Session) -> None:
        """Forgets why, KEPT_FOR after the last one that failed."""
        theirs = update(Notice).where(Notice.occasion_id == self.id, Notice.why.is_not(None))
        session.execute(theirs.values(why=None, failed_on=None))

    @property
    def waits_no_longer(self) -> bool:
        """Whether mailboxes have said "later" for long enough, where no attempts are counted."""
        return self.told_at is not None and self.told_at < datetime.now(UTC) - LONGEST_WAIT

    @property
    def still_holds(self) -> bool:
        """Whether its mail is worth sending again: not where what it invites to is over."""
        if self.kind in ("invitation", "townhall"):
            return self.stands_until is not None and self.stands_until > datetime.now(UTC)
        times = [at for name, at in self.facts.items() if name.startswith("session:")]
        return not times or any(datetime.fromisoformat(at) > datetime.now(UTC) for at in times)

    @classmethod
    def stops_reminding(cls, run_id: UUID, phase: str, session: Session) -> None:
        """Lets go of reminders that still wait when their phase closes."""
        ours = select(cls.id).filter_by(kind=REMINDER, run_id=run_id, about=f"{run_id}:{phase}")
        session.execute(delete(Notice).where(Notice.occasion_id.in_(ours)))

    def counts(self, session: Session) -> dict[str, int]:
        """How many notices wait, were sent, or could not be delivered."""
        by_state = select(Notice.state, func.count()).filter_by(occasion_id=self.id).group_by(Notice.state)
        return dict(session.execute(by_state).all())


class Notice(TenantOwned, TellsOthers, Base):
    """One person told of one occasion; there is never a second one."""

    __tablename__ = "notice"

    id: Mapped[UUID] = new_id()
    occasion_id: Mapped[UUID]
    member_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(
        default="waiting"
    )  # waiting | sent | refused | no_address | called_off
    sent_on: Mapped[datetime | None] = mapped_column(default=None)
    try_at: Mapped[datetime | None] = mapped_column(default=None)  # not before, where its mailbox put it off
    attempts: Mapped[int] = mapped_column(default=0)
    why: Mapped[str | None] = mapped_column(default=None)  # it was not delivered, in a word; for KEPT_FOR
    failed_on: Mapped[date | None] = mapped_column(default=None)
    __table_args__ = (
        belongs_to("occasion_id", "occasion.id", ondelete="CASCADE"),
        unique_in_tenant("occasion_id", "member_id"),
        Index("ix_notice_waiting", "tenant_id", "occasion_id", "state"),
        Index(
            "ix_notice_undelivered", "tenant_id", "member_id", "id", postgresql_where=text("why IS NOT NULL")
        ),
    )

    @classmethod
    def undelivered(cls) -> Select["Notice"]:
        """Returns those that somebody who is still here did not get, of the last KEPT_FOR."""
        here = exists().where(Recipient.id == cls.member_id, ~Recipient.has_left)
        return select(cls).where(cls.why.is_not(None), cls.failed_on >= oldest_kept(), here)

    @classmethod
    def send_all_again(cls, session: Session) -> int:
        """Lets every undelivered one that still holds wait for the post; returns how many there are."""
        failed = session.execute(cls.undelivered().with_only_columns(cls.occasion_id).distinct()).scalars()
        occasions = list(session.scalars(select(Occasion).where(Occasion.id.in_(failed.all()))))
        holding = [each for each in occasions if each.still_holds]
        of_these = cls.occasion_id.in_([each.id for each in holding])
        again = update(cls).where(cls.id.in_(cls.undelivered().with_only_columns(cls.id).where(of_these)))
        for occasion in holding:
            occasion.let_the_post_go()
        return session.execute(
            again.values(AFRESH), execution_options={"synchronize_session": False}
        ).rowcount  # type: ignore[attr-defined]

    def send_again(self, session: Session) -> None:
        """Lets it wait for the post once more; raises ItsTimeHasPassed where it brings nothing any more."""
        occasion = find(session, Occasion, self.occasion_id)
        if not occasion.still_holds:
            raise ItsTimeHasPassed
        for name, value in AFRESH.items():
            setattr(self, name, value)
        occasion.let_the_post_go()

    def was_sent(self, occasion: Occasion) -> None:
        if self.state in ("waiting", "called_off"):
            self.state, self.sent_on = "sent", datetime.now(UTC)
            sent = NoticeSent(
                notice_id=self.id, member_id=self.member_id, kind=occasion.kind, run_id=occasion.run_id
            )
            self.tell(sent)

    def was_not_sent(self, state: str, why: str | None) -> None:
        """Its mailbox takes it later, never, or has never taken it yet after all attempts: then it is given up. One
        that was called off meanwhile stays so."""
        if self.state != "waiting":
            return
        if state in ("later", "unsure") and self.attempts < len(PATIENCE):
            self.try_at = datetime.now(UTC) + PATIENCE[self.attempts]
            self.attempts += 1
        else:
            self.state = "refused" if state in ("later", "unsure") else state
            self.why, self.failed_on = why, datetime.now(UTC).date() if why else None


def oldest_kept() -> date:
    return datetime.now(UTC).date() - KEPT_FOR
