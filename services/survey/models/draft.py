"""A draft: what somebody has begun to write on a theme, to be continued on any device until it is sent."""

from uuid import UUID

from sqlalchemy import Index, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.survey.models.base import Base
from shared.database import belongs_to
from shared.tenancy import TenantOwned


class Draft(TenantOwned, Base):
    """One writer's unsent words on one theme; gone when they are sent, and when collecting ends."""

    __tablename__ = "draft"
    __table_args__ = (
        belongs_to("theme_id", "theme.id"),
        Index("ix_draft_author", "tenant_id", "run_id", "author"),
    )

    theme_id: Mapped[UUID] = mapped_column(primary_key=True)
    author: Mapped[UUID] = mapped_column(primary_key=True, repr=False)
    run_id: Mapped[UUID]
    language: Mapped[str]
    text: Mapped[str] = mapped_column(repr=False)


def keep_draft(session: Session, draft: Draft) -> None:
    """Keep what was typed, over what was kept before; an empty box keeps nothing."""
    if not draft.text.strip():
        return drop_draft(session, draft.theme_id, draft.author)
    words = {"language": draft.language, "text": draft.text}
    row = insert(Draft).values(theme_id=draft.theme_id, author=draft.author, run_id=draft.run_id, **words)
    keys = [Draft.tenant_id, Draft.theme_id, Draft.author]
    session.execute(row.on_conflict_do_update(index_elements=keys, set_=words))
    return None


def drop_draft(session: Session, theme_id: UUID, author: UUID) -> None:
    session.execute(delete(Draft).filter_by(theme_id=theme_id, author=author))


def drop_all_drafts(session: Session, run_id: UUID) -> None:
    session.execute(delete(Draft).filter_by(run_id=run_id))
