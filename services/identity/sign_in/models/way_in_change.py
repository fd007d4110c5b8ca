"""The log of ways in: who changed what and when. It is only ever added to; the database gives us no right to change it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, delete, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.audit.chain import Fact
from services.identity.audit.models.entry import BY_ITSELF, OPERATOR, Actor, actor_here, note
from services.identity.base import WORDS, Base
from shared.contracts.identity import WayInChanged
from shared.database import moment, new_id
from shared.messaging.outbox import TellsOthers
from shared.tenancy.sessions import TenantOwned


class WayInChange(TenantOwned, TellsOthers, Base):
    """One change of one way in. `facts` are settings before and after, never a secret; whoever made it is an id."""

    __tablename__ = "way_in_change"

    id: Mapped[UUID] = new_id()
    connection_id: Mapped[UUID]
    kind: Mapped[
        str
    ]  # made | edited | secret_replaced | confirmed | records_missing | closed | reopened | mended | token_made | token_withdrawn | token_ends | link_made | link_opened
    by_id: Mapped[UUID | None] = mapped_column(default=None)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)
    operators: Mapped[list[str]] = mapped_column(WORDS, default_factory=list)  # the two who mended a lockout
    because: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = moment()
    __table_args__ = (Index("ix_way_in_change_at", "tenant_id", "at"),)

    @classmethod
    def note(
        cls,
        connection_id: UUID,
        kind: str,
        by: UUID | None,
        session: Session,
        *,
        ends_sessions: bool = True,
        operators: tuple[str, ...] = (),
        because: str = "",
        **facts: Any,
    ) -> None:
        """Logs a change, tells it, and ends whatever was begun by the way in: whoever is entitled signs in again."""
        change = cls(connection_id=connection_id, kind=kind, by_id=by, facts=facts)
        change.operators, change.because = list(operators), because
        session.add(change)
        change.tell(WayInChanged(change_id=change.id, connection_id=connection_id, kind=kind))
        said: dict[str, Fact] = {"how": kind, "change": change.id}
        note(session, "way_in_changed", change._actor(session), about_id=connection_id, facts=said)
        if ends_sessions:
            end_all_by(connection_id, session)

    def _actor(self, session: Session) -> Actor:
        here = actor_here(session)
        if self.by_id is None:
            return OPERATOR if self.operators else BY_ITSELF
        return (
            here if here.id == self.by_id else Actor("own", self.by_id)
        )  # who follows a link has not signed in

    @classmethod
    def forget_ours(cls, session: Session) -> int:
        """Erases an erased organisation's log by the one function that may; how many rows."""
        return session.scalar(select(func.erase_way_in_changes())) or 0


def end_all_by(connection_id: UUID, session: Session) -> None:
    """Ends sessions, sign-ins that are under way, and links that would confirm what stood there before."""
    from services.identity.sign_in.models.confirmation_link import ConfirmationLink
    from services.identity.sign_in.models.session import SignInSession
    from services.identity.sign_in.models.sign_in import SignIn

    for noun in (SignInSession, SignIn, ConfirmationLink):
        session.execute(delete(noun).filter_by(connection_id=connection_id))
