"""A person whom we may tell something, and what they wish to be told. Names and addresses stay with identity."""

from collections.abc import Collection
from uuid import UUID, uuid4

from sqlalchemy import Text, select, true, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.notification.base import Base
from shared.database import unique_in_tenant
from shared.tenancy.sessions import TenantOwned

WISHES = ("invitations", "changes", "reminders")


class Recipient(TenantOwned, Base):
    """A member of the organisation as far as notices are concerned."""

    __tablename__ = "recipient"

    id: Mapped[UUID] = mapped_column(primary_key=True)  # the member's
    language: Mapped[str] = mapped_column(default="fi")
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text), default_factory=list)
    has_left: Mapped[bool] = mapped_column(default=False)
    is_invited: Mapped[bool] = mapped_column(default=True, server_default=true())  # nobody else is written to
    invitations: Mapped[bool] = mapped_column(default=True)
    changes: Mapped[bool] = mapped_column(default=True)
    reminders: Mapped[bool] = mapped_column(default=True)
    mail_language: Mapped[str | None] = mapped_column(
        default=None
    )  # when it shall differ from the pages' language
    stop_token: Mapped[UUID] = mapped_column(
        default_factory=uuid4, repr=False
    )  # stands in every mail's stop link
    __table_args__ = (unique_in_tenant("stop_token"),)

    @classmethod
    def known_as(cls, member_id: UUID, session: Session) -> "Recipient":
        """The person, also when their joining has not reached us yet."""
        session.execute(insert(cls).values(_newcomer(member_id)).on_conflict_do_nothing())
        return session.scalars(select(cls).filter_by(id=member_id)).one()

    @classmethod
    def as_known(cls, member_id: UUID, session: Session) -> "Recipient":
        """The person's wishes to look at; whose joining has not reached us yet has the usual ones."""
        found = session.scalars(select(cls).filter_by(id=member_id)).one_or_none()
        return found or cls(id=member_id)

    @classmethod
    def with_stop_token(cls, token: UUID, session: Session) -> "Recipient | None":
        return session.scalars(select(cls).filter_by(stop_token=token)).one_or_none()

    @classmethod
    def invite(cls, members: Collection[UUID], session: Session) -> None:
        """From now on these are written to."""
        rows = [_newcomer(member) for member in members]
        session.execute(insert(cls).values(rows).on_conflict_do_nothing())
        session.execute(update(cls).where(cls.id.in_(members)).values(is_invited=True))

    def belongs(self, roles: list[str], language: str, is_invited: bool = True) -> None:
        self.roles, self.language, self.has_left = sorted(roles), language, False
        self.is_invited = is_invited

    def leave(self) -> None:
        self.has_left = True

    def wish(self, **wishes: bool | str | None) -> None:
        """Change only what is named."""
        for name, wished in wishes.items():
            setattr(self, name, wished)

    def stop_everything(self) -> None:
        """The link in a mail: nothing more comes until the person wishes otherwise on the page."""
        self.wish(**dict.fromkeys(WISHES, False))

    @property
    def reads(self) -> str:
        return self.mail_language or self.language


def _newcomer(member_id: UUID) -> dict:
    flags = dict.fromkeys(WISHES, True)
    return flags | {"id": member_id, "language": "fi", "roles": [], "has_left": False, "stop_token": uuid4()}
