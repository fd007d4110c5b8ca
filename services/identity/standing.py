"""In which capacity somebody is here, and the tokens that say so to the services."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import bindparam, func, select, union_all
from sqlalchemy.orm import Session

from services.identity.models import Belonging, Host, Member, Organisation, PseudonymKey, StaffAccess, Visit
from services.identity.models.access import NoAccess, day_after
from services.identity.models.pseudonym import HALL, PURPOSES
from shared.database import sessions_of
from shared.settings import SERVICES
from shared.tenancy import acting_for, tenant_of
from shared.tokens import READER, Caller, issue

AUDIENCES = tuple(service for service in SERVICES if service != "portal")
NAMELESS = ("lineage",)  # a thread is opened by its receipt; who opens it is nobody's business
WITH_PLACE = ("voting", "workshop")
COUNTED = "prioritise"
"""The activity whose results are broken down by where people belonged when it opened."""


KEYS = (
    select(PseudonymKey, Belonging.unit_id, Belonging.site_id)
    .outerjoin(
        Belonging,
        (Belonging.run_id == PseudonymKey.run_id)
        & (Belonging.activity == COUNTED)
        & (Belonging.member_id == bindparam("me"))
        & (PseudonymKey.purpose == "voting"),
    )
    .where(PseudonymKey.run_id == bindparam("run"))
)


class Keyed(NamedTuple):
    """A run's key, with unit and site of the person as they go into a token made with it."""

    key: PseudonymKey
    unit_id: UUID | None
    site_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Somebody in an organisation: in their own, or in a client's rooms under a grant."""

    member: Member
    tenant: UUID
    home: UUID
    roles: frozenset[str]
    as_participant: bool  # on the employee's pages, where nobody may know who writes and votes
    rests_on: dict[
        UUID, list[UUID]
    ]  # by organisation: itself, the session, the grants; when one ends, so does this
    until: datetime  # it ends then at the latest

    def tokens_for(self, audiences: Iterable[str], run_id: UUID | None, session: Session) -> dict[str, str]:
        """Tokens for these services; none where this person has no business, or not without a run that was planned."""
        purposes = [audience for audience in audiences if audience in PURPOSES]
        takes_part = self.as_participant and bool(purposes)
        keys = self._keys_of(run_id, session) if run_id and takes_part else {}
        callers = {audience: self._caller(audience, run_id, keys) for audience in audiences}
        return {
            audience: issue("identity", audience, caller) for audience, caller in callers.items() if caller
        }

    def _keys_of(self, run_id: UUID, session: Session) -> dict[str, Keyed]:
        """Returns the run's keys by purpose. For voting people belong where they did when reading opened."""
        me = self.member
        rows = session.execute(KEYS, {"run": run_id, "me": me.id})
        return {key.purpose: Keyed(key, unit or me.unit_id, site or me.site_id) for key, unit, site in rows}

    def _caller(self, audience: str, run_id: UUID | None, keys: dict[str, Keyed]) -> Caller | None:
        if audience in NAMELESS and self.as_participant:
            return self._somebody(uuid4(), run_id)
        if audience not in PURPOSES:
            return self._by_name(self._roles_at(audience, run_id), run_id)
        if not self.as_participant:
            return self._by_name(self.roles - {"participant"}, run_id)
        return self._by_pseudonym(*keys[audience]) if audience in keys else None

    def _roles_at(self, audience: str, run_id: UUID | None) -> frozenset[str]:
        """The roles; whoever reads along in a run has no second hand in its events either, which know people by name."""
        reads_along = audience == HALL and self.as_participant and run_id in self.member.reads_along
        return self.roles | {READER} if reads_along else self.roles

    def _by_name(self, roles: frozenset[str], run_id: UUID | None) -> Caller | None:
        if not roles:
            return None
        return Caller(
            tenant=self.tenant,
            home=self.home,
            subject=self.member.id,
            roles=roles,
            run_id=run_id,
            language=self.member.language,
            unit=text_of(self.member.unit_id),
            site=text_of(self.member.site_id),
        )

    def _by_pseudonym(self, key: PseudonymKey, unit_id: UUID | None, site_id: UUID | None) -> Caller:
        """No name, no role that only one person has, and for the survey not even a unit."""
        if key.run_id in self.member.reads_along:
            return self._reading_along(self._somebody(uuid4(), key.run_id, key.purpose))
        caller = self._somebody(key.pseudonym(self.member.id), key.run_id, key.purpose)
        if key.purpose not in WITH_PLACE:
            return caller
        return replace(caller, unit=text_of(unit_id), site=text_of(site_id))

    def _reading_along(self, caller: Caller) -> Caller:
        """Somebody who was forgotten in this run and came back: no hand, no place, nothing of their own."""
        return replace(caller, roles=caller.roles | {READER})

    def _somebody(self, subject: UUID, run_id: UUID | None, purpose: str | None = None) -> Caller:
        return Caller(
            tenant=self.tenant,
            subject=subject,
            roles=frozenset({"participant"}),
            run_id=run_id,
            purpose=purpose,
            language=self.member.language,
        )


def text_of(id: UUID | None) -> str | None:
    return str(id) if id else None


def standing_of(secret: str, client: str | None, as_participant: bool, session: Session) -> Standing:
    """Who holds this session, in their own organisation or, by its short name, in a client's rooms."""
    visit, member = Visit.with_secret(secret, session)
    home = tenant_of(session)
    at_home = Standing(
        member=member,
        tenant=home,
        home=home,
        roles=frozenset(member.roles),
        as_participant=as_participant,
        rests_on={home: [home, visit.id]},
        until=visit.ends_at,
    )
    return at_home if client is None else in_the_rooms_of(client, at_home, session)


def in_the_rooms_of(slug: str, at_home: Standing, session: Session) -> Standing:
    """The same person under the grants of a client; NoAccess without one."""
    client_id, grants = let_into(slug, at_home.member, session)
    return replace(
        at_home,
        tenant=client_id,
        roles=frozenset(role for grant in grants for role in grant.roles),
        as_participant=False,
        rests_on=at_home.rests_on | {client_id: [client_id, *(grant.id for grant in grants)]},
        until=min(at_home.until, *(day_after(grant.ends_on) for grant in grants)),
    )


def let_into(slug: str, member: Member, session: Session) -> tuple[UUID, list[StaffAccess]]:
    """The client's id and the grants by which its own rows let this person in today; NoAccess without one."""
    host = session.get(Host, slug)
    if host is None:
        raise NoAccess
    with acting_for(host.organisation_id), sessions_of("identity").begin() as theirs:
        grants = StaffAccess.valid_for(member.id, theirs)
        Organisation.ours(theirs).lets_people_in()
        for grant in grants:
            grant.was_used()
        return host.organisation_id, grants


def ended(ids: list[UUID], session: Session) -> list[UUID]:
    """Those of these ids that no right rests on any more: not an open session, not a grant that holds, not an organisation
    that lets people in."""
    still = union_all(
        select(Visit.id).where(Visit.id.in_(ids), Visit.ends_at > func.now()),
        select(StaffAccess.id).where(StaffAccess.id.in_(ids), StaffAccess.holds()),
        select(Organisation.tenant_id).where(Organisation.suspended_at.is_(None)),
    )
    return sorted(set(ids) - set(session.scalars(still)))


def organisation_with(id: UUID) -> Organisation:
    """Another organisation, which a grant has led to."""
    with acting_for(id), sessions_of("identity")() as theirs:
        return Organisation.ours(theirs)
