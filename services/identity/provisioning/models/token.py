"""Tokens with which a client's directory provisions: shown once, kept as a hash, at most two at a time, each with its last day."""

import secrets
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import Base, today
from services.identity.sign_in.hashing import hash_secret
from services.identity.sign_in.models.connection import Connection
from services.identity.sign_in.models.way_in_change import WayInChange
from shared.database import belongs_to, find, new_id, unique_in_tenant
from shared.languages import ZONE
from shared.messaging.scheduling import SetsTimers
from shared.problems import RuleBroken, WhoAreYou
from shared.tenancy.sessions import TenantOwned

MOST, LONGEST = 2, timedelta(days=366)
TOLD_BEFORE = (30, 7)  # days
END_IS_NEAR = "token_ends"  # the timer of the next such day
BEGINS_WITH = "polku_scim_"  # so that whoever finds one knows what it is


class EnoughTokens(RuleBroken):
    """This way in has two tokens already, which is enough to replace one by the other. Withdraw the one that is not used any more, then make a new one."""


class NoSuchLastDay(RuleBroken):
    """A token is good until a day between tomorrow and a year from now. Choose such a day."""

    status = 422
    field = "ends_on"


class NotConfirmedForProvisioning(RuleBroken):
    """Only a way in that is open and confirmed can announce people. Confirm it first, then go on here."""


class ProvisioningToken(TenantOwned, SetsTimers, Base):
    """A token for one way in; the people and groups that come with it are that way in's. Its end is told beforehand: a directory whose
    token has ended lets nobody go any more."""

    __tablename__ = "provisioning_token"

    id: Mapped[UUID] = new_id()
    connection_id: Mapped[UUID]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, repr=False)
    made_by: Mapped[UUID]
    made_on: Mapped[date]
    ends_on: Mapped[date]
    used_on: Mapped[date | None] = mapped_column(default=None)  # the last day
    withdrawn_on: Mapped[date | None] = mapped_column(default=None)
    __table_args__ = (belongs_to("connection_id", "connection.id"), unique_in_tenant("secret_hash"))

    @classmethod
    def make(
        cls, connection: Connection, ends_on: date, by: UUID, session: Session
    ) -> tuple["ProvisioningToken", str]:
        """Returns a new token and its secret, which is kept nowhere. Call it with the way in locked: two at once would be three."""
        can_provision(connection)
        if not today() < ends_on <= today() + LONGEST:
            raise NoSuchLastDay
        if len(cls.all_of(connection, session)) >= MOST:
            raise EnoughTokens
        secret = BEGINS_WITH + secrets.token_urlsafe(32)
        token = cls(
            connection_id=connection.id,
            secret_hash=hash_secret(secret),
            made_by=by,
            made_on=today(),
            ends_on=ends_on,
        )
        session.add(token)
        token._was_changed("token_made", by, session)
        token._look_before_the_end()
        return token, secret

    @classmethod
    def all_of(cls, connection: Connection, session: Session) -> list["ProvisioningToken"]:
        """Returns those that can be used, the latest first."""
        ours = select(cls).where(cls.is_good(), cls._of(connection))
        return list(session.scalars(ours.order_by(cls.made_on.desc(), cls.id)))

    @classmethod
    def used(cls, secret: str, session: Session) -> "tuple[ProvisioningToken, Connection]":
        """Returns the token and the way in that it is for; raises WhoAreYou for one that is none, or none any more."""
        way_in = (Connection.tenant_id == cls.tenant_id) & (Connection.id == cls.connection_id)
        ours = select(cls, Connection).join(Connection, way_in)
        found = session.execute(
            ours.where(cls.secret_hash == hash_secret(secret), cls.is_good())
        ).one_or_none()
        if found is None:
            raise WhoAreYou
        token, connection = found
        can_provision(connection)
        if token.used_on != today():
            token.used_on = today()
        return token, connection

    @classmethod
    def is_good(cls) -> ColumnElement[bool]:
        return cls.withdrawn_on.is_(None) & (cls.ends_on >= today())

    @classmethod
    def _of(cls, connection: Connection) -> ColumnElement[bool]:
        return cls.connection_id == connection.id

    def withdraw(self, by: UUID, session: Session) -> None:
        """Ends it at once."""
        if self.withdrawn_on is None:
            self.withdrawn_on = today()
            self._was_changed("token_withdrawn", by, session)

    def is_about_to_end(self, session: Session) -> None:
        """Has the administrators told, unless it was withdrawn or another one lasts longer."""
        way = find(session, Connection, self.connection_id)
        lasting = [one for one in self.all_of(way, session) if one.ends_on > self.ends_on]
        if self.withdrawn_on is None and not lasting and way.closed_at is None:
            self._was_changed("token_ends", None, session)
        self._look_before_the_end()

    def _look_before_the_end(self) -> None:
        """On the next of the days on which its end is told, at six in the morning."""
        days = [self.ends_on - timedelta(days=before) for before in TOLD_BEFORE]
        if ahead := [day for day in days if day > today()]:
            at = datetime.combine(min(ahead), time(6), ZONE)
            self.schedule(END_IS_NEAR, at.astimezone(UTC))

    def _was_changed(self, kind: str, by: UUID | None, session: Session) -> None:
        """Sessions go on: how people sign in has not changed."""
        day = self.ends_on.isoformat()
        WayInChange.note(self.connection_id, kind, by, session, ends_sessions=False, ends_on=day)


def can_provision(connection: Connection) -> None:
    if connection.closed_at is not None or not connection.is_confirmed:
        raise NotConfirmedForProvisioning
