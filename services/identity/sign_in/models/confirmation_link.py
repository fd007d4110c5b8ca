"""The link by which a client's first administrator confirms a way in: mailed, good once and for a week."""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import LargeBinary, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import Base
from services.identity.people.deciding import who_confirms_ways_in
from services.identity.people.models.member import Member, deciding_role, holds, is_here
from services.identity.sign_in.models.connection import Connection
from services.identity.tenants.models.organisation import Organisation
from shared.contracts.identity import WayInConfirmationAsked
from shared.database import belongs_to, find, new_id
from shared.messaging.outbox import TellsOthers
from shared.privacy.vault import vault_of
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned

GOOD_FOR = timedelta(days=7)


class LinkIsOver(RuleBroken):
    """This link confirms nothing any more: it was used, replaced, or is older than a week. Ask for a new one in the settings."""

    status = 404


class NobodyToAsk(RuleBroken):
    """No other administrator has signed in to whom a link could be sent. Add one on the People page, or prove the domains by DNS."""


class ConfirmationLink(TenantOwned, TellsOthers, Base):
    """A link that waits to be used. Its secret is sealed, because notification asks for it when it posts the mail."""

    __tablename__ = "confirmation_link"

    id: Mapped[UUID] = new_id()
    connection_id: Mapped[UUID]
    member_id: Mapped[UUID]  # to whom it is sent
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary, repr=False)
    expires_at: Mapped[datetime]
    __table_args__ = (belongs_to("connection_id", "connection.id"), belongs_to("member_id", "member.id"))

    @classmethod
    def send(cls, connection: Connection, by: UUID | None, session: Session) -> Member:
        """Lets a fresh link be mailed to the first administrator, in place of an earlier one; to whom."""
        connection.has_to_be_open()
        member = who_confirms_ways_in(by, session)
        if member is None:
            raise NobodyToAsk
        session.execute(delete(cls).filter_by(connection_id=connection.id))
        sealed, until = (
            vault_of("identity").seal(secrets.token_urlsafe(32).encode()),
            datetime.now(UTC) + GOOD_FOR,
        )
        link = cls(connection_id=connection.id, member_id=member.id, sealed_secret=sealed, expires_at=until)
        session.add(link)
        link.tell(WayInConfirmationAsked(link_id=link.id, connection_id=connection.id, member_id=member.id))
        return member

    @classmethod
    def with_secret(cls, id: UUID, secret: str, session: Session) -> "ConfirmationLink":
        """The link; LinkIsOver when there is none, not any more, or not with this secret."""
        link = cls.waiting(id, session)
        if link is None or not hmac.compare_digest(link.secret.encode(), secret.encode()):
            raise LinkIsOver
        return link

    @classmethod
    def waiting(cls, id: UUID, session: Session) -> "ConfirmationLink | None":
        """The link, as long as whoever got it is here and still decides."""
        deciding = holds(deciding_role(Organisation.ours(session).kind))
        ours = select(cls).join(Member, Member.id == cls.member_id).where(is_here(), deciding)
        ours = ours.where(cls.id == id, cls.expires_at > datetime.now(UTC))
        return session.scalars(ours).one_or_none()

    @property
    def secret(self) -> str:
        return vault_of("identity").open(self.sealed_secret).decode()

    def to_be_confirmed(self, session: Session) -> Connection:
        """The way in, for somebody who only looks."""
        connection = find(session, Connection, self.connection_id)
        connection.has_to_be_open()
        return connection

    def use(self, session: Session) -> Connection:
        """Confirms the way in; with the change every link of it goes, this one too. Who comes second finds it gone."""
        connection = Connection.locked(self.connection_id, session)
        if session.scalar(select(ConfirmationLink.id).filter_by(id=self.id)) is None:
            raise LinkIsOver
        connection.confirm("link", self.member_id, session)
        return connection
