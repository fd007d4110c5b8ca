"""The holder of a session: what every page asks, in one statement."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, func, select
from sqlalchemy.orm import Session

from services.identity.base import today
from services.identity.people.models.member import Member, Site, Unit
from services.identity.pseudonyms.models.pseudonym import PseudonymKey
from services.identity.sign_in.hashing import hash_secret
from services.identity.sign_in.limits import (
    OF_EMPLOYEES,
    RENEWED_AFTER,
    Limits,
    are_closer,
    held_from,
    secret_of,
    used_at,
)
from services.identity.sign_in.models.in_use import IN_USE, now
from services.identity.sign_in.models.session import SignInSession
from services.identity.tenants.models.organisation import Host, Organisation, theme_of
from shared.contracts.api.identity import Kind, OrganisationShown, PersonShown
from shared.problems import WhoAreYou

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Holder(NamedTuple):
    """A session, whose it is, whose people they are, and what their tokens rest on: what every page asks, in one statement."""

    session_id: UUID
    seen_at: datetime
    ends_at: datetime
    tenant_id: UUID
    id: UUID
    name: str
    given_name: str
    email: str
    language: str
    unit_id: UUID | None
    site_id: UUID | None
    unit: str | None
    site: str | None
    given_roles: list[str]
    vouched_roles: list[str]
    reads_along: list[UUID]
    left_at: datetime | None
    slug: str
    organisation: str
    kind: Kind
    languages: list[str]
    colour: str
    consultancy_id: UUID | None
    client_id: UUID | None  # the organisation with the short name asked for
    key_died_at: datetime | None  # the last of the organisation's pseudonym keys
    idle_minutes: int
    session_hours: int
    second_factor_from: date | None
    has_second_factor: bool
    held: str  # by the browser
    used_at: datetime | None  # the minute in it, where the closer limits hold
    limits: Limits

    @classmethod
    def of(cls, found: RowMapping, held: str) -> "Holder":
        roles = {*found["given_roles"], *found["vouched_roles"]}
        is_close = are_closer(found["kind"], roles)
        limits = closer(found["idle_minutes"], found["session_hours"]) if is_close else OF_EMPLOYEES
        return cls(**found, held=held, used_at=used_at(held) if is_close else None, limits=limits)

    @property
    def goes_on(self) -> bool:
        return self.ends >= now() and self.left_at is None

    @property
    def ends(self) -> datetime:
        """When it ends if nothing more is done."""
        began = self.ends_at - OF_EMPLOYEES.longest
        return min(began + self.limits.longest, self._last_used + self.limits.idle)

    def under(self, limits: Limits) -> "Holder":
        """Returns the same session where another organisation's limits hold too; raises WhoAreYou where it is over by them."""
        closer = self._replace(limits=self.limits.or_shorter(limits))
        if not closer.goes_on:
            raise WhoAreYou
        return closer

    def renewed(self) -> "Holder":
        """Returns the session as used in this minute, where minutes are reckoned."""
        if self.used_at is None or now() - self.used_at < RENEWED_AFTER:
            return self
        return self._replace(held=held_from(secret_of(self.held), now()), used_at=now())

    @property
    def _last_used(self) -> datetime:
        if self.limits.idle < OF_EMPLOYEES.idle:
            return self.used_at or LONG_AGO
        is_remembered = IN_USE.has(self.tenant_id, self.session_id)
        return max(self.seen_at, IN_USE.hour) if is_remembered else self.seen_at

    @property
    def needs_second_factor_from(self) -> date | None:
        """The day from which on the desk and the console ask this session for a second factor; None where they do not."""
        is_asked = are_closer(self.kind, [*self.given_roles, *self.vouched_roles])
        return self.second_factor_from if is_asked and not self.has_second_factor else None

    @property
    def lacks_second_factor(self) -> bool:
        day = self.needs_second_factor_from
        return day is not None and day <= today()

    @property
    def roles(self) -> frozenset[str]:
        """The roles of this session: of somebody who lacks the second factor none but an employee's."""
        if self.lacks_second_factor:
            return frozenset({"participant"})
        return frozenset({"participant", *self.given_roles, *self.vouched_roles})

    @property
    def shown(self) -> PersonShown:
        return PersonShown(
            id=self.id,
            name=self.name,
            given_name=self.given_name,
            email=self.email,
            language=self.language,
            unit_id=self.unit_id,
            site_id=self.site_id,
            unit=self.unit,
            site=self.site,
            reads_along=self.reads_along,
        )

    @property
    def home(self) -> OrganisationShown:
        """Returns the organisation whose people the person belongs to."""
        return OrganisationShown(
            id=self.tenant_id,
            slug=self.slug,
            name=self.organisation,
            kind=self.kind,
            languages=self.languages,
            theme=theme_of(self.colour),
            consultancy_id=self.consultancy_id,
        )


def closer(idle_minutes: int, hours: int) -> Limits:
    return Limits(timedelta(minutes=idle_minutes), timedelta(hours=hours))


HELD = (
    select(
        SignInSession.id.label("session_id"),
        *(SignInSession.seen_at, SignInSession.ends_at, SignInSession.tenant_id),
        *(
            Member.id,
            Member.name,
            Member.given_name,
            Member.email,
            Member.language,
            Member.unit_id,
            Member.site_id,
        ),
        *(Unit.name.label("unit"), Site.name.label("site")),
        *(Member.given_roles, Member.vouched_roles, Member.reads_along, Member.left_at),
        *(Organisation.slug, Organisation.name.label("organisation"), Organisation.kind),
        *(Organisation.languages, Organisation.colour, Organisation.consultancy_id),
        *(Organisation.idle_minutes, Organisation.session_hours, Organisation.second_factor_from),
        SignInSession.has_second_factor,
        Host.organisation_id.label("client_id"),
        select(func.max(PseudonymKey.destroyed_at)).scalar_subquery().label("key_died_at"),
    )
    .select_from(SignInSession)
    .join(Member, (Member.tenant_id == SignInSession.tenant_id) & (Member.id == SignInSession.member_id))
    .join(Organisation, Organisation.tenant_id == SignInSession.tenant_id)
    .outerjoin(Unit, (Unit.tenant_id == Member.tenant_id) & (Unit.id == Member.unit_id))
    .outerjoin(Site, (Site.tenant_id == Member.tenant_id) & (Site.id == Member.site_id))
    .outerjoin(Host, Host.name == bindparam("client"))
    .where(SignInSession.secret_hash == bindparam("hash"))
)


def holder_of(held: str, session: Session, client: str | None = None) -> Holder:
    """Returns who holds the running session that a browser holds this of; raises WhoAreYou when there is none, or not any more. `client`: the short name
    of an organisation, whose id is looked up beside."""
    params = {"hash": hash_secret(secret_of(held)), "client": client}
    found = session.connection().execute(HELD, params).one_or_none()
    if found is None:
        raise WhoAreYou
    holder = Holder.of(found._mapping, held)
    if not holder.goes_on:
        raise WhoAreYou
    for ended in IN_USE.note(holder.tenant_id, holder.session_id):
        SignInSession.were_used(ended)
    return holder
