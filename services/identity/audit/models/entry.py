"""The entries of the audit log. The database numbers and seals them, and gives us no right to change or delete one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, FetchedValue, Index, event, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.audit.chain import Entry, Fact, facts_text
from services.identity.audit.kinds import KINDS
from services.identity.base import Base
from shared.tenancy.sessions import TenantOwned, tenant_of
from shared.web.acts import caller_if_any

Side = Literal["own", "guest", "operator", "polku"]
NOTED = "audit_entries"  # in a session's info: what is written when it commits


@dataclass(frozen=True)
class Actor:
    """An actor: one of the organisation's own people, one of its consultancy's, whoever runs Polku by a command, or Polku by itself."""

    side: Side
    id: UUID | None = None


BY_ITSELF, OPERATOR = Actor("polku"), Actor("operator")


def actor_here(session: Session) -> Actor:
    """Returns the person who has called, as the organisation of the session sees her; Polku itself outside of a person's call."""
    caller = caller_if_any()
    if caller is None or caller.is_any("service"):
        return BY_ITSELF
    return Actor("own" if (caller.home or caller.tenant) == tenant_of(session) else "guest", caller.subject)


class AuditEntry(TenantOwned, Base):
    """One act: its kind, its moment, who did it, about whom or what. Ids and words of ours only: names are looked up when it is read."""

    __tablename__ = "audit_entry"

    number: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, init=False, server_default=FetchedValue()
    )
    at: Mapped[datetime]
    kind: Mapped[str]
    side: Mapped[str]
    actor_id: Mapped[UUID | None] = mapped_column(default=None)
    about_id: Mapped[UUID | None] = mapped_column(default=None)
    run_id: Mapped[UUID | None] = mapped_column(default=None)
    facts: Mapped[str] = mapped_column(default="{}")  # the very text that is sealed
    previous: Mapped[bytes] = mapped_column(init=False, repr=False, server_default=FetchedValue())
    hash: Mapped[bytes] = mapped_column(init=False, repr=False, server_default=FetchedValue())
    __table_args__ = (Index("ix_audit_entry_at", "tenant_id", "at"),)

    @property
    def as_sealed(self) -> Entry:
        return Entry(**{name: getattr(self, name) for name in Entry.__dataclass_fields__})

    @property
    def said(self) -> dict[str, Any]:
        """The facts, read."""
        return msgspec.json.decode(self.facts)

    @property
    def ids(self) -> list[UUID]:
        """The ids of people and things that the entry names."""
        named = [UUID(self.said["whom"])] if "whom" in self.said else []
        return [id for id in (self.actor_id, self.about_id, *named) if id]

    @classmethod
    def last(cls, session: Session) -> "AuditEntry | None":
        return session.scalars(select(cls).order_by(cls.number.desc()).limit(1)).first()

    @classmethod
    def forget_ours(cls, session: Session) -> int:
        """Erases an erased organisation's log by the one function that may; how many rows."""
        return session.scalar(select(func.erase_audit_entries())) or 0


def note(
    session: Session,
    kind: str,
    by: Actor | None = None,
    *,
    about_id: UUID | None = None,
    run_id: UUID | None = None,
    at: datetime | None = None,
    facts: Mapping[str, Fact] | None = None,
) -> None:
    """Notes an act, in the transaction of the act itself; whoever has called did it, unless it is said who."""
    about = {"about_id": about_id, "run_id": run_id, "at": at or datetime.now(UTC)}
    _noted(session, kind, by or actor_here(session), about, facts_text(facts or {}))


def note_once_an_hour(
    session: Session, kind: str, by: Actor, about_id: UUID, facts: Mapping[str, Fact]
) -> None:
    """Notes to the hour what could be done again and again: a refusal. Nobody fills a log with it."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    about, said = {"about_id": about_id, "at": hour}, facts_text(facts)
    alike = select(AuditEntry.number).filter_by(**about, kind=kind, actor_id=by.id, facts=said)
    if session.scalar(alike.limit(1)) is None:
        _noted(session, kind, by, about, said)


def _noted(session: Session, kind: str, by: Actor, about: dict[str, Any], facts: str) -> None:
    if kind not in KINDS:
        raise KeyError(kind)
    entry = AuditEntry(kind=kind, side=by.side, actor_id=by.id, facts=facts, **about)
    session.info.setdefault(NOTED, []).append(entry)


@event.listens_for(Session, "before_commit")
def write_what_was_noted(session: Session) -> None:
    """Last of all: whoever seals an entry holds the organisation's chain until the commit, and must not wait for anybody meanwhile."""
    if noted := session.info.pop(NOTED, None):
        session.flush()
        session.add_all(noted)
        session.flush()


@event.listens_for(Session, "after_rollback")
def forget_what_was_noted(session: Session) -> None:
    session.info.pop(NOTED, None)
