"""A theme: one question in human words, asked in every language of the run."""

from typing import TypedDict
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.survey.models.base import Base
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.tenancy.sessions import TenantOwned


class Words(TypedDict):
    """How a theme is put in one language."""

    name: str
    question: str
    hint: str


class Theme(TenantOwned, Base):
    """One of a run's themes, with its own stream of views."""

    __tablename__ = "theme"
    __table_args__ = (belongs_to("run_id", "collecting.id"), unique_in_tenant("run_id", "position"))

    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID]
    position: Mapped[int]
    key: Mapped[str]
    words: Mapped[dict[str, Words]] = mapped_column(JSONB)
    shared: Mapped[int] = mapped_column(init=False, default=0, server_default=text("0"))
    """How many of its views colleagues may read (models/standing.py)."""

    def in_language(self, language: str) -> Words:
        """The words in this language; in the first one there is where it was not written in it."""
        return self.words.get(language) or next(iter(self.words.values()))
