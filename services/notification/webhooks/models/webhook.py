"""An endpoint of the organisation's own, where it wants to hear what happens."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Index, LargeBinary, Text, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.notification.base import Base
from services.notification.mails.models.occasion import Occasion
from services.notification.webhooks.catalogue import TYPES
from services.notification.webhooks.http_client import Answer, checked
from services.notification.webhooks.signing import new_secret, shown
from shared.contracts.notification import WebhookChanged
from shared.database import find, moment, new_id
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import SetsTimers
from shared.privacy.vault import vault_of
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned

MOST = 10
OVERLAP = timedelta(hours=24)
BUSY = timedelta(seconds=60)  # longer than any round; a killed worker's endpoint is free again after it
SHORTEST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=5)
GIVEN_UP_AFTER = timedelta(hours=24)


class TooManyWebhooks(RuleBroken):
    """Ten endpoints are the most. Remove one that you do not need any more."""


class NothingChosen(RuleBroken):
    """Choose at least one event that the endpoint is to hear of."""

    status = 422
    field = "types"


class NotOffered(RuleBroken):
    """One of these events does not leave Polku. Choose from the list."""

    status = 422
    field = "types"


class IsNotOn(RuleBroken):
    """The endpoint is not on. Switch it on first."""


class Webhook(TenantOwned, SetsTimers, Base):
    """Paused or switched off, what happens waits for it as long as the log is kept; switched on, it goes out."""

    __tablename__ = "webhook"

    id: Mapped[UUID] = new_id()
    name: Mapped[str]
    address: Mapped[str] = mapped_column(repr=False)
    types: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary, repr=False, default=b"")
    sealed_old_secret: Mapped[bytes | None] = mapped_column(LargeBinary, repr=False, default=None)
    old_secret_until: Mapped[datetime | None] = mapped_column(default=None)
    state: Mapped[str] = mapped_column(default="on")  # on | paused (by a person) | off (by us)
    why_off: Mapped[str | None] = mapped_column(default=None)  # gone | failing
    opened_at: Mapped[datetime] = moment()
    failing_since: Mapped[datetime | None] = mapped_column(default=None)
    failures_in_a_row: Mapped[int] = mapped_column(default=0)
    rests_until: Mapped[datetime | None] = mapped_column(default=None)
    busy_until: Mapped[datetime | None] = mapped_column(default=None)

    @classmethod
    def register(
        cls, name: str, address: str, types: list[str], by: UUID, session: Session
    ) -> tuple["Webhook", str]:
        """The endpoint, and its signing secret, which is never shown again."""
        address = checked(address)  # first, so that no transaction is open while its name is looked up
        if (session.scalar(select(func.count()).select_from(cls)) or 0) >= MOST:
            raise TooManyWebhooks
        webhook = cls(name=name, address=address, types=offered(types))
        session.add(webhook)
        secret = webhook._take_new_secret()
        session.flush()
        webhook._note("registered", session, by)
        webhook.tidy_tomorrow()
        return webhook, secret

    @classmethod
    def all_of_ours(cls, session: Session) -> list["Webhook"]:
        return list(session.scalars(select(cls).order_by(cls.opened_at, cls.id)))

    @classmethod
    def types_wanted(cls, session: Session) -> frozenset[str]:
        """By any endpoint of ours; asked once a transaction, for most organisations have none. What an endpoint that
        is registered meanwhile misses by that has happened before it."""
        if "types_wanted" not in session.info:
            wanted = select(func.unnest(cls.types)).distinct()
            session.info["types_wanted"] = frozenset(session.scalars(wanted))
        return session.info["types_wanted"]

    @classmethod
    def to_change(cls, id: UUID, address: str, session: Session) -> "Webhook":
        """The endpoint, locked. Another address than its own is looked up first, while no transaction is open."""
        if address.strip() != find(session, cls, id).address:
            session.rollback()
            checked(address)
        webhook = find(session, cls, id)  # NotFound where it was removed meanwhile
        session.refresh(webhook, with_for_update=True)
        return webhook

    def change(self, name: str, address: str, types: list[str], by: UUID, session: Session) -> None:
        self.name, self.address, self.types = name, address.strip(), offered(types)
        self._note("changed", session, by)

    def rotate(self, by: UUID, session: Session) -> str:
        """A new secret, shown once; for a day everything is signed with the old one as well."""
        self.sealed_old_secret, self.old_secret_until = self.sealed_secret, datetime.now(UTC) + OVERLAP
        secret = self._take_new_secret()
        self._note("rotated", session, by)
        return secret

    def pause(self, by: UUID, session: Session) -> None:
        if self.state == "on":
            self.state = "paused"
            self._note("paused", session, by)

    def resume(self, by: UUID, session: Session) -> bool:
        """Whether it was not on: then what has waited goes out now."""
        if self.state == "on":
            return False
        self.state, self.why_off = "on", None
        self._works()
        self._note("resumed", session, by)
        self.go()
        return True

    def remove(self, by: UUID, session: Session) -> None:
        self._note("removed", session, by)
        session.delete(self)

    def asked_again(self, by: UUID, session: Session) -> None:
        if self.state != "on":
            raise IsNotOn
        self._note("sent_again", session, by)
        self.go()

    def go(self) -> None:
        """Delivers what waits, soon."""
        self.schedule("deliver", datetime.now(UTC))

    def tidy_tomorrow(self) -> None:
        self.schedule("tidy", datetime.now(UTC) + timedelta(days=1))

    @property
    def secrets(self) -> list[bytes]:
        """Returns the secrets to sign with, the newest first."""
        vault = vault_of("notification")
        secrets = [vault.open(self.sealed_secret, self.id.bytes)]
        if self.sealed_old_secret and self.old_secret_until and self.old_secret_until > datetime.now(UTC):
            secrets.append(vault.open(self.sealed_old_secret, self.id.bytes))
        return secrets

    @classmethod
    def take(cls, id: UUID, session: Session) -> bool:
        """One worker at a time calls an endpoint, so that things arrive in order as long as all goes well."""
        free = or_(cls.busy_until.is_(None), cls.busy_until < func.now())
        mine = update(cls).where(cls.id == id, cls.state == "on", free).values(busy_until=func.now() + BUSY)
        return session.scalar(mine.returning(cls.id)) is not None

    @property
    def may_be_called(self) -> bool:
        return self.state == "on" and not (self.rests_until and self.rests_until > datetime.now(UTC))

    def answered(self, answer: Answer, session: Session) -> None:
        if answer.is_good:
            self._works()
        else:
            self._fails(answer, session)

    def forget_old_secret(self) -> None:
        if self.old_secret_until and self.old_secret_until <= datetime.now(UTC):
            self.sealed_old_secret = self.old_secret_until = None

    def _works(self) -> None:
        self.failing_since, self.failures_in_a_row, self.rests_until = None, 0, None

    def _fails(self, answer: Answer, session: Session) -> None:
        """It rests a little longer each time, and after a day of nothing else is switched off."""
        now = datetime.now(UTC)
        self.failures_in_a_row += 1
        self.failing_since = self.failing_since or now
        self.rests_until = now + min(SHORTEST_REST * 2 ** min(self.failures_in_a_row - 1, 10), LONGEST_REST)
        if answer.wants_no_more:
            self._switch_off("gone", session)
        elif now - self.failing_since >= GIVEN_UP_AFTER:
            self._switch_off("failing", session)

    def _switch_off(self, why: str, session: Session) -> None:
        if self.state == "off":
            return
        self.state, self.why_off = "off", why
        self._note("switched_off", session)
        about = f"{self.id}:{datetime.now(UTC).isoformat()}"
        Occasion.arises("webhook", about, None, session, webhook_id=str(self.id), why=why)

    def _take_new_secret(self) -> str:
        secret = new_secret()
        self.sealed_secret = vault_of("notification").seal(secret, self.id.bytes)
        return shown(secret)

    def _note(self, what: str, session: Session, by: UUID | None = None) -> None:
        change = WebhookChange(webhook_id=self.id, webhook_name=self.name, what=what, member_id=by)
        change.tell(WebhookChanged(webhook_id=self.id, what=what, by_id=by))
        session.add(change)


class WebhookChange(TenantOwned, TellsOthers, Base):
    """A change of an endpoint and who made it; it stays when the endpoint is gone. Without a member: we did."""

    __tablename__ = "webhook_change"

    id: Mapped[UUID] = new_id()
    webhook_id: Mapped[UUID]
    webhook_name: Mapped[str]
    what: Mapped[
        str
    ]  # registered | changed | rotated | paused | resumed | removed | sent_again | switched_off
    member_id: Mapped[UUID | None] = mapped_column(default=None)
    made_at: Mapped[datetime] = moment()
    __table_args__ = (Index("ix_webhook_change_made", "tenant_id", "made_at"),)


def offered(types: list[str]) -> list[str]:
    if not types:
        raise NothingChosen
    if not TYPES.issuperset(types):
        raise NotOffered
    return sorted(set(types))
