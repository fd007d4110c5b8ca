"""Pseudonyms: who writes and votes is a number made with a key; the key is destroyed and with it the way back."""

import hmac
import os
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import LargeBinary, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.models.base import Base, today
from services.identity.models.people import Member
from services.identity.models.return_mark import ReturnMark, nobody_only_reads
from shared.contracts.identity import KeyDestroyed
from shared.database import TellsOthers
from shared.tenancy import TenantOwned, tenant_of
from shared.vault import vault_of

PURPOSES = ("survey", "voting", "workshop")
HALL = "townhall"  # knows people by name and makes hands of its own: this key makes marks alone, and dies with those hands
KEY_BYTES = 32


class PseudonymKey(TenantOwned, TellsOthers, Base):
    """The key of one run and one purpose, sealed with the vault's secret; purposes do not join."""

    __tablename__ = "pseudonym_key"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, repr=False)
    made_on: Mapped[date | None] = mapped_column(default=None)  # none for keys from before it was noted
    destroyed_at: Mapped[datetime | None] = mapped_column(default=None)

    @classmethod
    def make_for(cls, run_id: UUID, session: Session) -> bool:
        """Makes the keys of a run that was planned, those that are not there yet; returns whether there were none. Nobody else
        makes any: a page about a run that nobody planned finds none, and leaves none behind."""
        known = cls.some_of(run_id, session)
        if purposes := {*PURPOSES, HALL} - set(known):
            cls._make(run_id, sorted(purposes), session)
        return not known

    @classmethod
    def of(cls, run_id: UUID, purpose: str, session: Session) -> "PseudonymKey | None":
        """The key; None for a run that we have not heard of."""
        return cls.some_of(run_id, session).get(purpose)

    @classmethod
    def some_of(cls, run_id: UUID, session: Session) -> dict[str, "PseudonymKey"]:
        """The keys that the run has, by purpose."""
        return {key.purpose: key for key in cls.all_of(run_id, session)}

    @classmethod
    def _make(cls, run_id: UUID, purposes: list[str], session: Session) -> None:
        about = {"run_id": run_id, "tenant_id": tenant_of(session), "made_on": today()}
        rows = [about | {"purpose": purpose, "sealed": fresh_key()} for purpose in purposes]
        session.execute(insert(cls).on_conflict_do_nothing(), rows)

    @classmethod
    def all_of(cls, run_id: UUID, session: Session) -> list["PseudonymKey"]:
        return list(session.scalars(select(cls).filter_by(run_id=run_id).order_by(cls.purpose)))

    def pseudonym(self, member_id: UUID) -> UUID:
        """The person's number in this run for this purpose; once the key is gone, a new number every time."""
        return self.pseudonyms([member_id])[member_id]

    def pseudonyms(self, member_ids: list[UUID]) -> dict[UUID, UUID]:
        if self.sealed is None:
            return {member_id: uuid4() for member_id in member_ids}
        key = vault_of("identity").open(self.sealed)
        return {member_id: _number(key, member_id) for member_id in member_ids}

    def people_behind(self, pseudonyms: set[UUID], session: Session) -> list[UUID]:
        """The members behind these numbers, as long as the key exists: to know who has taken part."""
        if self.sealed is None:
            return []
        numbers = self.pseudonyms(list(session.scalars(select(Member.id))))
        return [member_id for member_id, number in numbers.items() if number in pseudonyms]

    def marks(self, identities: Iterable[bytes]) -> list[bytes]:
        """Returns what stays of these identities of a person who is forgotten; nothing once the key is gone."""
        if self.sealed is None:
            return []
        key = vault_of("identity").open(self.sealed)
        return [hmac.digest(key, identity, "sha256") for identity in identities]

    def renew(self) -> None:
        """A closed activity was opened again long after: a new key, and nothing ties it to the old one."""
        if self.sealed is None:
            self.sealed, self.made_on, self.destroyed_at = fresh_key(), today(), None

    def destroy(self, session: Session) -> None:
        """From now on nobody, we included, can tie this run's words to people."""
        if self.sealed is not None:
            self.sealed, self.destroyed_at = None, session.scalar(select(func.now()))
            self.tell(KeyDestroyed(run_id=self.run_id, purpose=self.purpose))
            session.flush()  # whoever is leaving marks just now holds the key: theirs are there once we have it
            ReturnMark.die_with_key(self.run_id, self.purpose, session)
            if all(key.sealed is None for key in self.all_of(self.run_id, session)):
                nobody_only_reads(self.run_id, session)


def fresh_key() -> bytes:
    return vault_of("identity").seal(os.urandom(KEY_BYTES))


def _number(key: bytes, member_id: UUID) -> UUID:
    return UUID(bytes=hmac.digest(key, member_id.bytes, "sha256")[:16], version=4)
