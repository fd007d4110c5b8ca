"""In which capacity somebody is here, and the tokens that say so to the services."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import bindparam, func, select, union_all
from sqlalchemy.orm import Session

from services.identity.audit.models.entry import Actor, note_once_an_hour
from services.identity.models import Belonging, Organisation, PseudonymKey, SignInSession, StaffAccess
from services.identity.pseudonyms.models.pseudonym import HALL, PURPOSES
from services.identity.sign_in.limits import Limits
from services.identity.sign_in.models.holder import Holder, closer, holder_of
from services.identity.sign_in.second_factor import SecondFactorNeeded
from services.identity.tenants.models.staff_access import NoAccess, day_after
from shared.contracts.api.identity import OrganisationShown
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from shared.web.roles import READER
from shared.web.tokens import Caller

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


class Vouched(NamedTuple):
    """Whom a service will see. `for_once`: by a number drawn for this answer alone, which is not to be used for two requests."""

    caller: Caller
    for_once: bool = False


@dataclass(frozen=True, kw_only=True)
class AccessContext:
    """Somebody in an organisation: in their own, or in a client's rooms under a grant."""

    person: Holder
    tenant: OrganisationShown
    home: OrganisationShown
    roles: frozenset[str]
    as_participant: bool  # on the employee's pages, where nobody may know who writes and votes
    rests_on: dict[
        UUID, list[UUID]
    ]  # by organisation: itself, the session, the grants; when one ends, so does this
    until: datetime  # it ends then at the latest, if nothing more is done

    @property
    def version(self) -> str:
        """Another word as soon as tokens would say something else: those of before are not to be used again."""
        me = self.person
        here = [self.tenant.id, self.as_participant, sorted(self.roles), me.key_died_at]
        about = [me.id, me.language, me.unit_id, me.site_id, sorted(map(str, me.reads_along))]
        return blake2b(msgspec.json.encode(here + about), digest_size=16).hexdigest()

    def vouched_for(
        self, audiences: Iterable[str], run_id: UUID | None, session: Session
    ) -> dict[str, Vouched]:
        """Returns the caller that this person is for each of these services. Left out are those where they have no business, or not
        without a run that was planned."""
        purposes = [audience for audience in audiences if audience in PURPOSES]
        takes_part = self.as_participant and bool(purposes)
        keys = self._keys_of(run_id, session) if run_id and takes_part else {}
        vouched = {audience: self._vouched(audience, run_id, keys) for audience in audiences}
        return {audience: one for audience, one in vouched.items() if one}

    def _keys_of(self, run_id: UUID, session: Session) -> dict[str, Keyed]:
        """Returns the run's keys by purpose. For voting people belong where they did when reading opened."""
        me = self.person
        rows = session.execute(KEYS, {"run": run_id, "me": me.id})
        return {key.purpose: Keyed(key, unit or me.unit_id, site or me.site_id) for key, unit, site in rows}

    def _vouched(self, audience: str, run_id: UUID | None, keys: dict[str, Keyed]) -> Vouched | None:
        if audience in NAMELESS and self.as_participant:
            return self._nobody_in_particular(run_id)
        if audience not in PURPOSES:
            return self._by_name(self._roles_at(audience, run_id), run_id)
        if not self.as_participant:
            return self._by_name(self.roles - {"participant"}, run_id)
        return self._by_pseudonym(*keys[audience]) if audience in keys else None

    def _roles_at(self, audience: str, run_id: UUID | None) -> frozenset[str]:
        """The roles; whoever reads along in a run has no second hand in its events either, which know people by name."""
        reads_along = audience == HALL and self.as_participant and run_id in self.person.reads_along
        return self.roles | {READER} if reads_along else self.roles

    def _by_name(self, roles: frozenset[str], run_id: UUID | None) -> Vouched | None:
        if not roles:
            return None
        caller = Caller(
            tenant=self.tenant.id,
            home=self.home.id,
            subject=self.person.id,
            roles=roles,
            run_id=run_id,
            language=self.person.language,
            unit=text_of(self.person.unit_id),
            site=text_of(self.person.site_id),
        )
        return Vouched(caller)

    def _by_pseudonym(self, key: PseudonymKey, unit_id: UUID | None, site_id: UUID | None) -> Vouched:
        """No name, no role that only one person has, and for the survey not even a unit."""
        if key.run_id in self.person.reads_along:
            return self._reading_along(self._nobody_in_particular(key.run_id, key.purpose))
        one = self._hand(key)
        if key.purpose not in WITH_PLACE:
            return one
        return one._replace(caller=replace(one.caller, unit=text_of(unit_id), site=text_of(site_id)))

    def _hand(self, key: PseudonymKey) -> Vouched:
        number = key.living_pseudonym(self.person.id)
        if number is None:
            return self._nobody_in_particular(key.run_id, key.purpose)
        return Vouched(self._somebody(number, key.run_id, key.purpose))

    def _reading_along(self, one: Vouched) -> Vouched:
        """Somebody who was forgotten in this run and came back: no hand, no place, nothing of their own."""
        return one._replace(caller=replace(one.caller, roles=one.caller.roles | {READER}))

    def _nobody_in_particular(self, run_id: UUID | None, purpose: str | None = None) -> Vouched:
        """A number of this moment: kept for a second request, it would tell that both are one person's."""
        return Vouched(self._somebody(uuid4(), run_id, purpose), for_once=True)

    def _somebody(self, subject: UUID, run_id: UUID | None, purpose: str | None = None) -> Caller:
        return Caller(
            tenant=self.tenant.id,
            subject=subject,
            roles=frozenset({"participant"}),
            run_id=run_id,
            purpose=purpose,
            language=self.person.language,
        )


def text_of(id: UUID | None) -> str | None:
    return str(id) if id else None


def access_context_of(
    held: str, client: str | None, as_participant: bool, session: Session, is_act: bool = False
) -> AccessContext:
    """Returns who holds this session, in their own organisation or, by its short name, in a client's rooms; `is_act`: the person does
    something just now."""
    person = holder_of(held, session, client)
    person = person.renewed() if is_act else person
    if person.lacks_second_factor and not as_participant:
        raise SecondFactorNeeded
    home = person.home
    at_home = AccessContext(
        person=person,
        tenant=home,
        home=home,
        roles=person.roles,
        as_participant=as_participant,
        rests_on={home.id: [home.id, person.session_id]},
        until=person.ends,
    )
    return at_home if client is None else in_the_rooms_of(person.client_id, at_home)


def in_the_rooms_of(client_id: UUID | None, at_home: AccessContext) -> AccessContext:
    """Returns the same person under the grants of a client; raises NoAccess without one."""
    try:
        client, grants, limits = let_into(client_id, at_home.person.id)
    except NoAccess:
        note_who_was_refused(client_id, at_home)
        raise
    person = at_home.person.under(limits)
    return replace(
        at_home,
        person=person,
        tenant=client,
        roles=frozenset(role for grant in grants for role in grant.roles),
        as_participant=False,
        rests_on=at_home.rests_on | {client.id: [client.id, *(grant.id for grant in grants)]},
        until=min(person.ends, *(day_after(grant.ends_on) for grant in grants)),
    )


def let_into(client_id: UUID | None, staff_id: UUID) -> tuple[OrganisationShown, list[StaffAccess], Limits]:
    """The client, the grants by which its own rows let this person in today, and its limits of sessions; NoAccess without a grant. The rows
    are the client's: they are asked in its name."""
    if client_id is None:
        raise NoAccess
    with acting_for(client_id), sessions_of("identity").begin() as theirs:
        client, grants = StaffAccess.valid_for(staff_id, theirs)
        client.lets_people_in()
        for grant in grants:
            grant.was_used(theirs)
        return organisation_shown(client), grants, closer(client.idle_minutes, client.session_hours)


def note_who_was_refused(client_id: UUID | None, at_home: AccessContext) -> None:
    """The client reads who of its consultancy stood before its rooms without a grant. Nobody else's people are its business."""
    if client_id is None:
        return
    with acting_for(client_id), sessions_of("identity").begin() as theirs:
        led_by = theirs.scalar(select(Organisation.consultancy_id))
        if led_by == at_home.home.id:
            note_once_an_hour(theirs, "access_refused", Actor("guest", at_home.person.id), client_id, {})


def organisation_shown(organisation: Organisation) -> OrganisationShown:
    return OrganisationShown(
        id=organisation.tenant_id,
        slug=organisation.slug,
        name=organisation.name,
        kind=organisation.kind,
        languages=organisation.languages,
        theme=organisation.theme,
        consultancy_id=organisation.consultancy_id,
    )


def ended(ids: list[UUID], session: Session) -> list[UUID]:
    """Returns those of these ids that no right rests on any more: not an open session, not a grant that holds, not an organisation
    that lets people in."""
    still = union_all(
        select(SignInSession.id).where(SignInSession.id.in_(ids), SignInSession.ends_at > func.now()),
        select(StaffAccess.id).where(StaffAccess.id.in_(ids), StaffAccess.holds()),
        select(Organisation.tenant_id).where(Organisation.suspended_at.is_(None)),
    )
    return sorted(set(ids) - set(session.scalars(still)))


def for_once(vouched: dict[str, Vouched]) -> list[str]:
    return [audience for audience, one in vouched.items() if one.for_once]
