"""In which capacity somebody is here, and the tokens that say so to the services."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from services.identity.models import Host, Member, Organisation, PseudonymKey, StaffAccess, Visit
from services.identity.models.access import NoAccess
from services.identity.models.pseudonym import PURPOSES
from shared.database import sessions_of
from shared.settings import SERVICES
from shared.tenancy import acting_for, current_tenant
from shared.tokens import READER, Caller, issue

AUDIENCES = tuple(service for service in SERVICES if service != "portal")
NAMELESS = ("lineage",)  # a thread is opened by its receipt; who opens it is nobody's business
WITH_PLACE = ("voting", "workshop")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Somebody in an organisation: in their own, or in a client's rooms under a grant."""

    member: Member
    tenant: UUID
    home: UUID
    roles: frozenset[str]
    as_participant: bool  # on the employee's pages, where nobody may know who writes and votes

    def tokens_for(self, audiences: Iterable[str], run_id: UUID | None, session: Session) -> dict[str, str]:
        """Tokens for these services; none where this person has no business, or not without a run."""
        purposes = [audience for audience in audiences if audience in PURPOSES]
        keys = (
            PseudonymKey.some_of(run_id, purposes, session)
            if run_id and self.as_participant and purposes
            else {}
        )
        callers = {audience: self._caller(audience, run_id, keys) for audience in audiences}
        return {
            audience: issue("identity", audience, caller) for audience, caller in callers.items() if caller
        }

    def _caller(self, audience: str, run_id: UUID | None, keys: dict[str, PseudonymKey]) -> Caller | None:
        if audience in NAMELESS and self.as_participant:
            return self._somebody(uuid4(), run_id)
        if audience not in PURPOSES:
            return self._by_name(self.roles, run_id)
        if not self.as_participant:
            return self._by_name(self.roles - {"participant"}, run_id)
        return self._by_pseudonym(keys[audience]) if run_id else None

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

    def _by_pseudonym(self, key: PseudonymKey) -> Caller:
        """No name, no role that only one person has, and for the survey not even a unit."""
        if key.run_id in self.member.reads_along:
            return self._reading_along(self._somebody(uuid4(), key.run_id, key.purpose))
        caller = self._somebody(key.pseudonym(self.member.id), key.run_id, key.purpose)
        if key.purpose not in WITH_PLACE:
            return caller
        return replace(caller, unit=text_of(self.member.unit_id), site=text_of(self.member.site_id))

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
    _, member = Visit.with_secret(secret, session)
    home = current_tenant()
    if client is None:
        roles = frozenset(member.roles)
        return Standing(member=member, tenant=home, home=home, roles=roles, as_participant=as_participant)
    client_id, roles = let_into(client, member, session)
    return Standing(member=member, tenant=client_id, home=home, roles=roles, as_participant=False)


def let_into(slug: str, member: Member, session: Session) -> tuple[UUID, frozenset[str]]:
    """The client's id and the roles that its own rows grant to this person today; NoAccess without a grant."""
    host = session.get(Host, slug)
    if host is None:
        raise NoAccess
    with acting_for(host.organisation_id), sessions_of("identity").begin() as theirs:
        grants = StaffAccess.valid_for(member.id, theirs)
        Organisation.ours(theirs).lets_people_in()
        for grant in grants:
            grant.was_used()
        return host.organisation_id, frozenset(role for grant in grants for role in grant.roles)


def organisation_with(id: UUID) -> Organisation:
    """Another organisation, which a grant has led to."""
    with acting_for(id), sessions_of("identity")() as theirs:
        return Organisation.ours(theirs)
