"""The organisation whose people we tell: only what a link in a mail needs."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session

from services.notification.base import Base
from shared.tenancy.sessions import TenantOwned


class Organisation(TenantOwned, Base):
    """An organisation as mails need it: where its people find their pages."""

    __tablename__ = "organisation"

    slug: Mapped[str]

    @classmethod
    def opened(cls, slug: str, session: Session) -> None:
        row = insert(cls).values(slug=slug)
        session.execute(row.on_conflict_do_update(index_elements=[cls.tenant_id], set_={"slug": slug}))

    @classmethod
    def ours(cls, session: Session) -> "Organisation | None":
        return session.scalars(select(cls)).one_or_none()
