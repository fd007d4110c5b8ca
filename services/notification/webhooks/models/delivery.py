"""One event on its way to one endpoint, how often it was tried, and what came back."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Executable,
    Index,
    LargeBinary,
    Select,
    bindparam,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.notification.base import Base
from services.notification.webhooks.catalogue import TEST, TYPES, cloud_event, happened, leaves_at
from services.notification.webhooks.http_client import Answer
from services.notification.webhooks.models.webhook import Webhook
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.messaging.events import Envelope
from shared.messaging.messaging_tables import timer
from shared.messaging.scheduling import notify_worker
from shared.settings import setting
from shared.tenancy.sessions import TenantOwned

S, M, H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
AFTER_FIRST = (5 * S, 5 * M, 30 * M, 2 * H, 5 * H, 10 * H, 14 * H, 20 * H, 24 * H)  # when it is tried again
JITTER = 0.1


class Delivery(TenantOwned, Base):
    """There is one an event and endpoint, however often the bus brings the event."""

    __tablename__ = "delivery"

    id: Mapped[UUID] = new_id()
    webhook_id: Mapped[UUID]
    event_id: Mapped[UUID]
    type: Mapped[str]
    happened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, repr=False)
    state: Mapped[str] = mapped_column(default="waiting")  # waiting | delivered | failed
    attempts: Mapped[int] = mapped_column(default=0)  # since it was written, or sent again
    first_tried_at: Mapped[datetime | None] = mapped_column(default=None)
    tried_at: Mapped[datetime | None] = mapped_column(default=None)
    status: Mapped[int | None] = mapped_column(default=None)  # of the last answer
    trouble: Mapped[str | None] = mapped_column(default=None)
    milliseconds: Mapped[int | None] = mapped_column(default=None)
    __table_args__ = (
        belongs_to("webhook_id", "webhook.id", ondelete="CASCADE"),
        unique_in_tenant("webhook_id", "event_id"),
        Index("ix_delivery_due", "tenant_id", "webhook_id", "state", "due_at"),
        Index("ix_delivery_log", "tenant_id", "webhook_id", "happened_at", "id"),
    )

    @classmethod
    def pass_on(cls, envelope: Envelope, session: Session) -> None:
        """Write it down for every endpoint that wants it and schedule their timers, in one statement."""
        may_leave = envelope.event.type in TYPES and envelope.time > datetime.now(UTC) - log_kept()
        if may_leave and envelope.event.type in Webhook.types_wanted(session):
            facts = {
                "event_id": envelope.id,
                "type": envelope.event.type,
                "happened_at": happened(envelope),
                "told_at": envelope.time,
                "due_at": leaves_at(envelope.event, datetime.now(UTC)),
                "body": cloud_event(envelope),
            }
            if session.connection().execute(WRITTEN, facts).rowcount:
                notify_worker(session)

    @classmethod
    def of_a_test(cls, webhook: Webhook, body: bytes, event_id: UUID, session: Session) -> "Delivery":
        now = datetime.now(UTC)
        test = cls(
            webhook_id=webhook.id, event_id=event_id, type=TEST, happened_at=now, due_at=now, body=body
        )
        session.add(test)
        return test

    @classmethod
    def log_of(cls, webhook_id: UUID, state: str | None) -> Select:
        """Without those that wait for the night: the list would tell when an anonymous act happened."""
        log = select(cls).filter_by(webhook_id=webhook_id, **({"state": state} if state else {}))
        return log.where(or_(cls.attempts > 0, cls.state != "waiting", cls.due_at <= func.now()))

    @classmethod
    def next_of(cls, webhook_id: UUID, session: Session) -> "Delivery | None":
        """The one that has waited longest."""
        waiting = select(cls).filter_by(webhook_id=webhook_id, state="waiting")
        due = waiting.where(cls.due_at <= func.now()).order_by(cls.due_at)
        return session.scalars(due.limit(1)).first()

    @classmethod
    def next_moment(cls, webhook_id: UUID, session: Session) -> datetime | None:
        waiting = select(func.min(cls.due_at)).filter_by(webhook_id=webhook_id, state="waiting")
        return session.scalar(waiting)

    @classmethod
    def again_since(cls, webhook_id: UUID, since: datetime, session: Session) -> int:
        """All that failed since then wait to be sent once more; how many. A test tells of nothing that the receiver missed."""
        failed = update(cls).filter_by(webhook_id=webhook_id, state="failed")
        failed = failed.where(cls.happened_at >= since, cls.type != TEST)
        fresh = {"state": "waiting", "attempts": 0, "first_tried_at": None, "due_at": func.now()}
        return session.execute(failed.values(fresh)).rowcount  # type: ignore[attr-defined]

    @classmethod
    def begin_anew(cls, webhook_id: UUID, session: Session) -> None:
        """Lets what had failed and was put off be tried at once, before what came after it, with its whole plan before it.
        Without those that have never been tried: they wait for the night."""
        put_off = update(cls).filter_by(webhook_id=webhook_id, state="waiting").where(cls.attempts > 0)
        fresh = {"attempts": 0, "first_tried_at": None, "due_at": cls.first_tried_at}
        session.execute(put_off.values(fresh))

    @classmethod
    def forget_old(cls, webhook_id: UUID, session: Session) -> None:
        old = delete(cls).filter_by(webhook_id=webhook_id)
        session.execute(old.where(cls.happened_at < datetime.now(UTC) - log_kept()))

    def again(self) -> None:
        """Somebody asks for it once more, whatever became of it."""
        self.state, self.attempts, self.first_tried_at = "waiting", 0, None
        self.due_at = datetime.now(UTC)

    def was_tried(self, answer: Answer) -> None:
        self.attempts += 1
        self.tried_at = datetime.now(UTC)
        self.first_tried_at = self.first_tried_at or self.tried_at
        self.status, self.trouble, self.milliseconds = answer.status, answer.trouble, answer.milliseconds
        if answer.is_good:
            self.state = "delivered"
        elif answer.wants_no_more or self.is_test or self.attempts > len(AFTER_FIRST):
            self.state = "failed"
        else:
            self.due_at = self._next_try(self.first_tried_at, self.tried_at)

    @property
    def is_test(self) -> bool:
        return self.type == TEST

    def _next_try(self, first: datetime, now: datetime) -> datetime:
        """A little off the plan, so that those who failed together do not all come back together."""
        after = AFTER_FIRST[self.attempts - 1] * random.uniform(1, 1 + JITTER)
        return max(first + after, now + AFTER_FIRST[0])


def log_kept() -> timedelta:
    return timedelta(days=int(setting("WEBHOOK_LOG_DAYS", "30")))


def written_for_all_who_want_it() -> Executable:
    """INSERT ... SELECT from the endpoints that want an event; what was written schedules their timers."""
    given = {column.key: bindparam(column.key, type_=column.type) for column in Delivery.__table__.columns}
    opened_in = func.date_trunc("hour", Webhook.opened_at, "UTC")  # the times of anonymous events are hours
    wants_it = given["type"] == func.any(Webhook.types)
    of_each = {
        "tenant_id": Webhook.tenant_id,
        "id": func.gen_random_uuid(),
        "webhook_id": Webhook.id,
        "due_at": func.coalesce(given["due_at"], func.clock_timestamp()),  # a batch keeps its order
        "state": literal("waiting"),
        "attempts": literal(0),
    }
    values = of_each | {name: given[name] for name in ("event_id", "type", "happened_at", "body")}
    wanting = select(*values.values()).where(
        wants_it, opened_in <= bindparam("told_at", type_=DateTime(True))
    )
    written = insert(Delivery).from_select(list(values), wanting).on_conflict_do_nothing()
    fresh = written.returning(Delivery.tenant_id, Delivery.webhook_id, Delivery.due_at).cte("fresh")
    ringing = select(fresh.c.tenant_id, literal("deliver"), fresh.c.webhook_id, fresh.c.due_at)
    rung = insert(timer).from_select(["tenant_id", "name", "about", "due_at"], ringing)
    sooner = {"due_at": func.least(timer.c.due_at, rung.excluded.due_at), "attempts": 0}
    return rung.on_conflict_do_update(index_elements=["tenant_id", "name", "about"], set_=sooner)


WRITTEN = written_for_all_who_want_it()  # built once: building it takes longer than running it
