"""An author: what one pseudonym has written in a run, sealed under the run's key.

The row tells nobody what is in it. Its words leave it with those of others (services/survey/handfuls.py), and from then on
nothing but the sealed value ties them to it. It goes when the key goes.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.survey.models.base import Base
from services.survey.writings import Writings, about, opened, sealed
from shared.database import belongs_to
from shared.privacy.keys import Key
from shared.tenancy.sessions import TenantOwned, tenant_of


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

    @classmethod
    def of(cls, run_id: UUID, pseudonym: UUID, session: Session, *, locked: bool = False) -> "Author | None":
        """Returns the pseudonym's row, locked until we commit if so wished; None where there is none. It is not of the session: `keep`
        writes it."""
        asked = {"run": run_id, "pseudonym": pseudonym}
        found = session.connection().execute(MINE_LOCKED if locked else MINE, asked).one_or_none()
        return cls.made(run_id, pseudonym, session, **found._mapping) if found else None

    @classmethod
    def made(cls, run_id: UUID, pseudonym: UUID, session: Session, **known: Any) -> "Author":
        author = cls(run_id=run_id, pseudonym=pseudonym, **known)
        author.tenant_id = tenant_of(session)  # what it is sealed about
        return author

    def keep(self, session: Session) -> None:
        """Writes down what was sealed, for the first time or anew."""
        session.connection().execute(KEEP, {name: getattr(self, name) for name in COLUMNS})

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


# Whoever gives a view asks these: columns, not an object that the session would keep (docs/performance.md).
COLUMNS = [column.name for column in Author.__table__.columns]
_author = Author.__table__.c
MINE = select(_author.version, _author.waits, _author.sealed).where(
    _author.run_id == bindparam("run"), _author.pseudonym == bindparam("pseudonym")
)
MINE_LOCKED = MINE.with_for_update()
_new = insert(Author.__table__).values({name: bindparam(name) for name in COLUMNS})
KEEP = _new.on_conflict_do_update(
    index_elements=["tenant_id", "run_id", "pseudonym"],
    set_={name: _new.excluded[name] for name in ("version", "waits", "sealed")},
)
