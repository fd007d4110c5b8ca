"""Pseudonyms: who writes and votes is a number made with a key; the key is destroyed and with it the way back."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.audit.models.entry import note
from services.identity.base import Base, today
from services.identity.pseudonyms.models.return_mark import ReturnMark, nobody_only_reads
from shared.contracts.identity import KeyDestroyed
from shared.messaging.outbox import TellsOthers
from shared.privacy.keys import Key, KeyIsDead, KeyName, keys_of, name_in
from shared.privacy.rewriting import ask_to_write_anew
from shared.tenancy.sessions import TenantOwned, tenant_of

PURPOSES = ("survey", "voting", "workshop")
HALL = "townhall"  # knows people by name and makes hands of its own: this key makes marks alone, and dies with those hands


class PseudonymKey(TenantOwned, TellsOthers, Base):
    """The record of the key of one run and one purpose; the key itself is a file (shared/privacy/keys.py). Purposes do not join.

    The file is made before the row and destroyed before it: where the two differ, somebody was cut off in between or a backup was
    restored, and the key counts as dead until what comes next puts it right.
    """

    __tablename__ = "pseudonym_key"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
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
        died = {purpose: _died(name_in(session, run_id, purpose), session) for purpose in purposes}
        rows = [about | {"purpose": purpose, "destroyed_at": died[purpose]} for purpose in purposes]
        session.execute(insert(cls).on_conflict_do_nothing(), rows)

    @classmethod
    def all_of(cls, run_id: UUID, session: Session) -> list["PseudonymKey"]:
        return list(session.scalars(select(cls).filter_by(run_id=run_id).order_by(cls.purpose)))

    @classmethod
    def owning(cls, names: Iterable[KeyName], session: Session) -> set[KeyName]:
        """Returns those of the keys that belong to a row that has not let go of them."""
        runs = {name.owner for name in names}
        return {
            key.name
            for key in session.scalars(select(cls).where(cls.run_id.in_(runs), cls.destroyed_at.is_(None)))
        }

    @property
    def name(self) -> KeyName:
        return KeyName(self.tenant_id, self.run_id, self.purpose)

    @property
    def lives(self) -> bool:
        return self._living() is not None

    def pseudonym(self, member_id: UUID) -> UUID:
        """The person's number in this run for this purpose; once the key is gone, a new number every time."""
        return self.pseudonyms([member_id])[member_id]

    def living_pseudonym(self, member_id: UUID) -> UUID | None:
        """The person's number; None once the key is gone."""
        key = self._living()
        return number_of(member_id, key) if key else None

    def pseudonyms(self, member_ids: Iterable[UUID]) -> dict[UUID, UUID]:
        key = self._living()
        return {member_id: number_of(member_id, key) if key else uuid4() for member_id in member_ids}

    def marks(self, identities: Iterable[bytes]) -> list[bytes]:
        """Returns what stays of these identities of a person who is forgotten; nothing once the key is gone."""
        key = self._living()
        return [key.digest(identity, "mark") for identity in identities] if key else []

    def renew(self, session: Session) -> None:
        """A closed activity was opened again long after: a new key, and nothing ties it to the old one."""
        if not self.lives:
            self.destroy(session)  # what a cut-off, or a restored backup, has left of the old one
            keys_of("identity").make(self.name, anew=True)
            self.made_on, self.destroyed_at = today(), None

    def destroy(self, session: Session) -> None:
        """From now on nobody, we included, can tie this run's words to people. Called again it ends what was cut off."""
        keys_of("identity").destroy(self.name)
        if self.destroyed_at is None:
            self.destroyed_at = session.scalar(select(func.now()))
            self.tell(KeyDestroyed(run_id=self.run_id, purpose=self.purpose))
            note(session, "key_destroyed", run_id=self.run_id, facts={"purpose": self.purpose})
            session.flush()  # whoever is leaving marks just now holds the row: theirs are there once we have it
            ReturnMark.die_with_key(self.run_id, self.purpose, session)
            ask_to_write_anew(session, self.run_id)
            if all(key.destroyed_at for key in self.all_of(self.run_id, session)):
                nobody_only_reads(self.run_id, session)

    def _living(self) -> Key | None:
        """The key, for this transaction alone."""
        if self.destroyed_at is not None:
            return None
        try:
            return keys_of("identity").use(self.name)
        except KeyIsDead:
            return None


def number_of(member_id: UUID, key: Key) -> UUID:
    return key.number(member_id.bytes, "pseudonym")


def _died(name: KeyName, session: Session) -> datetime | None:
    """Makes the key of a row that is not there yet; returns since when it counts as dead: one that has died stays so, also where a
    restored database knows nothing of it."""
    keys_of("identity").make(name)
    return None if keys_of("identity").is_alive(name) else session.scalar(select(func.now()))
