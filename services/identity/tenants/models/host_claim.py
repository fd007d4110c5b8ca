"""Host names of an organisation's own: each leads to it once a TXT record has proven that the name is theirs."""

import secrets
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.audit.models.entry import note
from services.identity.base import Base
from services.identity.tenants.dns_proof import wanted_record
from services.identity.tenants.models.organisation import HOST, Host, NoHostName, Organisation
from services.identity.tenants.models.staff_access import today
from shared.contracts.identity import HostRecordMissing
from shared.database import new_id, unique_in_tenant
from shared.languages import ZONE
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import SetsTimers
from shared.problems import NotFound, RuleBroken
from shared.settings import base_domain
from shared.tenancy.sessions import TenantOwned

LOOKED_AT_EVERY = timedelta(days=7)
MOST_NAMES = 20
LOOK = "host_look"  # the timer of the next look


class NotProven(RuleBroken):
    """The record is not there yet. DNS may need some hours to pass it on: compare it letter by letter, and look again later."""


class TooManyNames(RuleBroken):
    """An organisation has at most twenty host names of its own. Give one up first."""


class HostClaim(TenantOwned, TellsOthers, SetsTimers, Base):
    """A host name that the organisation says is its own, and the token by which its DNS proves it."""

    __tablename__ = "host_claim"

    id: Mapped[UUID] = new_id()
    name: Mapped[str]
    token: Mapped[str] = mapped_column(default_factory=lambda: secrets.token_hex(16), repr=False)
    proven_on: Mapped[date | None] = mapped_column(default=None)  # the last look that found the record
    missing_since: Mapped[date | None] = mapped_column(default=None)  # the first look after it that did not
    prove_by: Mapped[date | None] = mapped_column(default=None)  # names from before proofs were asked for
    __table_args__ = (unique_in_tenant("name"),)

    @classmethod
    def all(cls, session: Session) -> "list[HostClaim]":
        return list(session.scalars(select(cls).order_by(cls.name)))

    @classmethod
    def named(cls, name: str, session: Session) -> "HostClaim":
        claim = session.scalars(select(cls).filter_by(name=name)).one_or_none()
        if claim is None:
            raise NotFound
        return claim

    @classmethod
    def make(cls, name: str, session: Session) -> "HostClaim":
        """Returns the claim on a name, made if it is not there yet; it leads nowhere before it is proven."""
        ours, name = cls.all(session), own_name(name)
        known = [claim for claim in ours if claim.name == name]
        if not known and len(ours) >= MOST_NAMES:
            raise TooManyNames
        claim = known[0] if known else cls(name=name)
        session.add(claim)
        if not known:
            note(session, "host_claimed", about_id=claim.id, facts={"host": name})
        return claim

    def was_looked_at(self, is_there: bool, session: Session) -> None:
        """Takes the name once its record is there. A record that is missing later warns, once, and takes nothing away."""
        if is_there:
            Host.take(self.name, Organisation.ours(session).slug, session)
            if self.proven_on is None:
                note(session, "host_proven", about_id=self.id, facts={"host": self.name})
            self.proven_on, self.missing_since, self.prove_by = today(), None, None
        elif self.missing_since is None:
            self.missing_since = today()
            if self.proven_on:
                self.tell(HostRecordMissing(claim_id=self.id))
        if self.proven_on or self.prove_by:
            self.look_again()

    def look_again(self) -> None:
        day = datetime.now(ZONE).date() + LOOKED_AT_EVERY
        self.schedule(LOOK, datetime.combine(day, time(6), ZONE).astimezone(UTC))

    def give_up(self, session: Session) -> None:
        Host.give_up(self.name, session)
        note(session, "host_given_up", about_id=self.id, facts={"host": self.name})
        self.cancel(LOOK)
        session.delete(self)

    @property
    def record(self) -> str:
        return wanted_record(self.name, self.token)[0]

    @property
    def text(self) -> str:
        return wanted_record(self.name, self.token)[1]


def own_name(name: str) -> str:
    """Returns the name as it is kept; refuses what is no host name, or lies under our own domain."""
    name = name.strip().lower().rstrip(".")
    if not HOST.fullmatch(name) or name.endswith(f".{base_domain()}") or name == base_domain():
        raise NoHostName
    return name
