"""That the mail server takes no mails of ours, as long as that lasts: what it answered, and how many mails wait for it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, case, delete, func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.notification.base import Base
from services.notification.mails.courier import MailIsAway
from services.notification.mails.models.occasion import Notice
from shared.tenancy.sessions import tenant_of

# What waits is tried again within five minutes (shared/messaging/jobs.py): what is older is over, and nothing waited to find it out.
STILL_TRUE = timedelta(minutes=15)


class MailOutage(Base):
    """Of one occasion's mails, until they have gone. Whoever runs Polku sees those of all organisations, so the table has no row
    security; it holds numbers and the server's words without addresses, and nobody (tests/architecture)."""

    __tablename__ = "mail_outage"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    occasion_id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(server_default=func.now(), init=False)
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now(), init=False, index=True)
    kind: Mapped[str]
    step: Mapped[str]
    answer: Mapped[str]
    waiting: Mapped[int]

    @classmethod
    def note(cls, occasion_id: UUID, away: MailIsAway, session: Session) -> None:
        """Notes what the server answered now; since when stays, unless that was long ago and is over."""
        waiting = select(func.count()).select_from(Notice).filter_by(occasion_id=occasion_id, state="waiting")
        now = {
            "kind": away.kind,
            "step": away.step,
            "answer": away.answer,
            "waiting": waiting.scalar_subquery(),
        }
        row = insert(cls).values(tenant_id=tenant_of(session), occasion_id=occasion_id, **now)
        since = case((cls.seen_at > func.now() - STILL_TRUE, cls.since), else_=func.now())
        seen = {name: row.excluded[name] for name in now} | {"seen_at": func.now(), "since": since}
        session.execute(row.on_conflict_do_update(index_elements=["tenant_id", "occasion_id"], set_=seen))

    @classmethod
    def is_over(cls, occasion_id: UUID, session: Session) -> None:
        session.execute(delete(cls).filter_by(tenant_id=tenant_of(session), occasion_id=occasion_id))

    @classmethod
    def now(cls) -> Select:
        """Since when, how many mails wait in all, and what the server answered last; since None where all is well."""
        lasting = select(cls).where(cls.seen_at > func.now() - STILL_TRUE).subquery()
        latest = select(lasting).order_by(lasting.c.seen_at.desc()).limit(1).subquery()
        waiting = func.coalesce(func.sum(lasting.c.waiting), 0).label("waiting")
        all_of_them = select(func.min(lasting.c.since).label("since"), waiting).subquery()
        columns = (latest.c.kind, latest.c.step, latest.c.answer)
        return select(all_of_them, *columns).select_from(all_of_them.outerjoin(latest, true()))
