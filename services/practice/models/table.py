"""The things on a team's table besides its rules: idea cards that were dealt, and word of changed principles."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.practice.models.base import Base
from shared.database import belongs_to
from shared.tenancy.sessions import TenantOwned
from shared.web.wordings import fingerprint_of, must_be_read


class CardOnTable(TenantOwned, Base):
    """An idea card that was dealt to the team."""

    __tablename__ = "card_on_table"
    __table_args__ = (belongs_to("team_id", "team.id"),)

    team_id: Mapped[UUID] = mapped_column(primary_key=True)
    passage_id: Mapped[UUID] = mapped_column(primary_key=True)
    fate: Mapped[str] = mapped_column(default="dealt")  # dealt | kept | put_aside


class PrincipleNotice(TenantOwned, Base):
    """A principle that the team inherits reads differently now; it stands until somebody has seen it."""

    __tablename__ = "principle_notice"
    __table_args__ = (belongs_to("team_id", "team.id"),)

    team_id: Mapped[UUID] = mapped_column(primary_key=True)
    passage_id: Mapped[UUID] = mapped_column(primary_key=True)
    edition_id: Mapped[UUID]

    @property
    def wording(self) -> str:
        """The fingerprint of what whoever has seen the principle has read."""
        return fingerprint_of(self.passage_id, self.edition_id)

    def must_be_read(self, read: str) -> None:
        must_be_read(read, self.passage_id, self.edition_id)
