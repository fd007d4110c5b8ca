"""A list of people from a spreadsheet: who belongs to the organisation, before they sign in for the first time."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from services.identity.models import Connection, Member, Organisation, SignInSession, Site, Unit
from services.identity.people.accounts import way_of
from services.identity.people.models.member import PEOPLE_LIST, NoSuchRole, roles_of, spoken_by
from shared.contracts.api.identity_people import ListedPerson
from shared.database import lock_of


class ListOfPeople:
    """The people whom the organisation knows already, looked up once for a whole list.

    An account that only ever came by an unconfirmed way in is nobody on a list, whatever address it says it has. Of
    several accounts with one address the list means the one that is here and has signed in most lately.
    Lists of one organisation, and whoever signs in for the first time, wait for each other: each would add the same person.
    """

    def __init__(self, session: Session):
        session.execute(select(func.pg_advisory_xact_lock(lock_of(session, PEOPLE_LIST))))
        self.session, self.organisation = session, Organisation.ours(session)
        self.members = {member.email.lower(): member for member in session.scalars(known_to_lists(session))}
        self.units = {unit.name: unit for unit in session.scalars(select(Unit))}
        self.sites = {site.name: site for site in session.scalars(select(Site))}
        self.counted = {"added": 0, "changed": 0, "unchanged": 0}

    def take_in(self, people: list[ListedPerson]) -> dict[str, int]:
        """Add those who are new, move those who moved, leave out nobody who is not on the list."""
        self._hold(address_of(person) for person in people)
        for person in people:
            self.counted[self._take(person)] += 1
        return self.counted

    def _hold(self, addresses: Iterable[str]) -> None:
        """Locks and returns those on the list who are known, as they are now; whoever lets one of them go meanwhile waits."""
        ids = {self.members[address].id for address in addresses if address in self.members}
        held = select(Member).where(Member.id.in_(ids)).order_by(Member.id).with_for_update(key_share=True)
        self.session.scalars(held.execution_options(populate_existing=True)).all()

    def _take(self, person: ListedPerson) -> str:
        address = address_of(person)
        if set(person.roles) - roles_of(self.organisation.kind):
            raise NoSuchRole
        if member := self.members.get(address):
            return self._bring_up_to_date(member, person)
        self._add(address, person)
        return "added"

    def _add(self, address: str, person: ListedPerson) -> None:
        unit, site = (
            self._place(Unit, self.units, person.unit),
            self._place(Site, self.sites, person.site),
        )
        member = Member(
            name=person.name.strip() or address,
            email=address,
            language=spoken_by(person.language, self.organisation),
            given_roles=sorted(person.roles),
            unit_id=unit,
            site_id=site,
        )
        self.members[address] = member.join(self.session)

    def _bring_up_to_date(self, member: Member, person: ListedPerson) -> str:
        before = (member.unit_id, member.site_id, member.name, member.given_roles, member.left_at)
        unit = self._place(Unit, self.units, person.unit) or member.unit_id
        site = self._place(Site, self.sites, person.site) or member.site_id
        member.come_back()
        member.move(unit, site)
        if member.subject is None:  # afterwards their own directory says how they are called
            member.name = person.name.strip() or member.name
        if person.roles:
            roles = {*member.given_roles, *person.roles}
            member.give_roles(roles, self.organisation, way_of(member, self.session))
        after = (member.unit_id, member.site_id, member.name, member.given_roles, member.left_at)
        return "unchanged" if before == after else "changed"

    def _place(self, kind: type, known: dict[str, Any], name: str) -> Any:
        if not (name := name.strip()):
            return None
        if name not in known:
            known[name] = kind(name=name)
            self.session.add(known[name])
            self.session.flush()
        return known[name].id


def address_of(person: ListedPerson) -> str:
    return person.email.strip().lower()


def known_to_lists(session: Session) -> Select[Member]:
    """Selects those whom a list may mean; of accounts with one address the one that it means comes last."""
    confirmed = [way.id for way in session.scalars(select(Connection)) if way.is_confirmed]
    may_be_meant = or_(Member.subject.is_(None), Member.is_vouched, Member.connection_id.in_(confirmed))
    latest = select(SignInSession.member_id, func.max(SignInSession.ends_at).label("ends_at")).group_by(
        SignInSession.member_id
    )
    session_of = latest.subquery()
    known = select(Member).outerjoin(session_of, session_of.c.member_id == Member.id)
    return known.where(Member.email != "", may_be_meant).order_by(
        Member.left_at.is_(None),
        Member.signed_in_on.asc().nulls_first(),
        session_of.c.ends_at.asc().nulls_first(),
        Member.joined_at,
        Member.id,
    )
