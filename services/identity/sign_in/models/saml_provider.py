"""How a SAML provider is reached, and by which certificates it signs: from its metadata, read anew every day where they have an address."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import WORDS, Base, today
from services.identity.sign_in.models.connection import Connection
from services.identity.sign_in.models.way_in_change import WayInChange
from services.identity.sign_in.saml.certificates import fingerprint, last_day
from services.identity.sign_in.saml.described import Described
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.languages import ZONE
from shared.messaging.scheduling import SetsTimers
from shared.problems import NotFound, RuleBroken
from shared.tenancy.sessions import TenantOwned

LOOK = "saml_metadata_look"  # the timer of the next look at the metadata and at what ends
WARNED_BEFORE = (30, 7)


class AnotherProvider(RuleBroken):
    """These are the metadata of another provider, and people have signed in by this one. Set up a new way in, then close this one."""

    status = 422
    field = "metadata"


class MetadataTooOld(RuleBroken):
    """The metadata of your sign-in service are too old to be trusted, and could not be read anew. Try again later; if it repeats, tell your coordinator."""

    status = 502


class SamlProvider(TenantOwned, SetsTimers, Base):
    """The provider of one way in. `metadata_url` is empty where its metadata were uploaded; `signed_by` is the certificate of a
    federation, by which its metadata have to be signed."""

    __tablename__ = "saml_provider"

    id: Mapped[UUID] = new_id()
    connection_id: Mapped[UUID]
    address: Mapped[str]
    certificates: Mapped[list[str]] = mapped_column(WORDS)
    metadata_url: Mapped[str]
    signed_by: Mapped[str]
    read_on: Mapped[date]
    good_until: Mapped[datetime | None] = mapped_column(default=None)  # as a federation says of its metadata
    warned_before: Mapped[int | None] = mapped_column(
        default=None
    )  # days ahead of the end, at the last warning
    __table_args__ = (belongs_to("connection_id", "connection.id"), unique_in_tenant("connection_id"))

    @classmethod
    def of(cls, connection_id: UUID, session: Session) -> "SamlProvider":
        found = session.scalars(select(cls).filter_by(connection_id=connection_id)).one_or_none()
        return found or _none()

    @classmethod
    def set_up(
        cls, connection: Connection, described: Described, metadata_url: str, signed_by: str, session: Session
    ) -> "SamlProvider":
        provider = cls(
            connection_id=connection.id,
            address=described.address,
            certificates=described.certificates,
            metadata_url=metadata_url,
            signed_by=signed_by,
            read_on=today(),
            good_until=described.good_until,
        )
        session.add(provider)
        provider._look_tomorrow()
        return provider

    @property
    def fingerprints(self) -> list[str]:
        return [fingerprint(certificate) for certificate in self.certificates]

    @property
    def ends_on(self) -> date | None:
        """The day on which the last of its certificates ends, or the federation's."""
        ends = [last_day(those) for those in (self.certificates, [self.signed_by] if self.signed_by else [])]
        return min((end for end in ends if end), default=None)

    @property
    def source(self) -> dict[str, str]:
        """Where its metadata are from, and whose signature on them counts: what somebody chooses, and others confirm."""
        by = fingerprint(self.signed_by) if self.signed_by else ""
        return {"metadata_url": self.metadata_url, "signed_by": by}

    def is_still_good(self) -> None:
        if self.good_until and self.good_until < datetime.now(UTC):
            raise MetadataTooOld

    def replace(
        self,
        connection: Connection,
        described: Described,
        metadata_url: str,
        signed_by: str,
        by: UUID | None,
        session: Session,
    ) -> None:
        """Takes other metadata, which somebody has chosen: where they bring in another source or other certificates, the way in is
        confirmed anew."""
        before = self._shown
        self.metadata_url, self.signed_by = metadata_url, signed_by
        self._take(described)
        self._look_tomorrow()
        if before != self._shown:
            connection.leads_elsewhere()
            self._note("edited", by, session, before, ends_sessions=True)

    def was_read(self, described: Described, session: Session) -> None:
        """Takes what was read anew from the same place: a provider that rolls over to another certificate is followed."""
        before = self._shown
        self._take(described)
        if before != self._shown:
            self._note("metadata_changed", None, session, before, ends_sessions=False)

    def _take(self, described: Described) -> None:
        if described.certificates != self.certificates:
            self.warned_before = None
        self.address, self.certificates = described.address, described.certificates
        self.good_until, self.read_on = described.good_until, today()

    @property
    def _shown(self) -> dict[str, object]:
        return self.source | {"sign_in_address": self.address, "certificates": self.fingerprints}

    def _note(
        self, kind: str, by: UUID | None, session: Session, before: dict[str, object], ends_sessions: bool
    ) -> None:
        after = self._shown
        facts: dict[str, Any] = {
            name: [before[name], after[name]] for name in after if before[name] != after[name]
        }
        WayInChange.note(self.connection_id, kind, by, session, ends_sessions=ends_sessions, **facts)

    def looks_at_the_end(self, *, is_open: bool, session: Session) -> None:
        """Warns once 30 and once 7 days before nobody could sign in any more; and looks again tomorrow."""
        self._look_tomorrow()
        if is_open:
            self._warn_of_the_end(session)

    def _warn_of_the_end(self, session: Session) -> None:
        days = (self.ends_on - today()).days if self.ends_on else None
        due = [before for before in WARNED_BEFORE if days is not None and days <= before]
        if due and (self.warned_before is None or min(due) < self.warned_before):
            self.warned_before = min(due)
            facts: dict[str, Any] = {"ends_on": str(self.ends_on)}
            about = (self.connection_id, "certificate_ends", None, session)
            WayInChange.note(*about, ends_sessions=False, **facts)

    def _look_tomorrow(self) -> None:
        at = datetime.combine(today() + timedelta(days=1), time(6), ZONE)
        self.schedule(LOOK, at.astimezone(UTC))


def _none() -> SamlProvider:
    raise NotFound
