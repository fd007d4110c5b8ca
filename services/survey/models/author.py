"""An author: what one pseudonym has written in a run, sealed under the run's key.

The row tells nobody what is in it. Its words leave it with those of others (services/survey/handfuls.py), and from then on
nothing but the sealed value ties them to it. It goes when the key goes.
"""

from uuid import UUID

from sqlalchemy import Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from services.survey.models.base import Base
from services.survey.writings import Writings, about, opened, sealed
from shared.database import belongs_to
from shared.privacy.keys import Key
from shared.tenancy.sessions import TenantOwned


class Author(TenantOwned, Base):
    """The writings of one pseudonym; `waits` says that something of it is to leave with others'."""

    __tablename__ = "author"
    __table_args__ = (
        belongs_to("run_id", "collecting.id"),
        Index("ix_author_waits", "tenant_id", "run_id", postgresql_where=text("waits")),
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    pseudonym: Mapped[UUID] = mapped_column(primary_key=True, repr=False)
    version: Mapped[int] = mapped_column(default=0)
    waits: Mapped[bool] = mapped_column(default=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, default=b"", repr=False)

    def open(self, key: Key) -> Writings:
        """Returns what is in the row; nothing yet in one that was just made."""
        return opened(self.sealed, key, self._about) if self.sealed else Writings()

    def seal(self, writings: Writings, key: Key) -> None:
        """Keeps the writings under a new version, so that no older row can be put in its place."""
        self.version += 1
        self.sealed, self.waits = sealed(writings, key, self._about), writings.something_waits

    @property
    def _about(self) -> bytes:
        return about(self.tenant_id, self.run_id, self.pseudonym, self.version)
