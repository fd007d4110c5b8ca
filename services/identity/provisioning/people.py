"""Users of SCIM as our people: who is announced joins or comes back, who is inactive or deleted leaves at once."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from scim2_models import (
    NotFoundException,
    PreconditionFailedException,
    Resource,
)
from sqlalchemy import delete, func, select

from services.identity.audit.models.entry import BY_ITSELF, note
from services.identity.audit.roles import who_decides_noted
from services.identity.models import (
    Member,
    ProvisionedGroup,
    ProvisionedGroupMember,
    ProvisionedPerson,
    SignInSession,
    Site,
    Unit,
)
from services.identity.people.deciding import others_with
from services.identity.people.models.member import (
    PEOPLE_LIST,
    NobodyLeftToDecide,
    deciding_role,
    spoken_by,
)
from services.identity.people.places import named
from services.identity.provisioning.directory import Directory
from services.identity.provisioning.filters import OF_PEOPLE, as_id
from services.identity.provisioning.joining import member_of
from services.identity.provisioning.models.person import folded, roles_by_groups
from services.identity.provisioning.resources import PERSON, address_in, name_in, site_in, tidy, unit_in
from shared.database import lock_of, sessions_of

NOT_KEPT = {"id", "meta", "groups"}  # ours to say


class People:
    """The users that a directory has announced."""

    noun, columns = ProvisionedPerson, OF_PEOPLE

    def __init__(self, directory: Directory) -> None:
        self.directory, self.way, self.session = directory, directory.way, directory.session

    def find(self, id: str, *, lock: bool = False) -> ProvisionedPerson:
        ours = select(ProvisionedPerson).filter_by(id=as_id(id), connection_id=self.way.id)
        found = self.session.scalars(ours.with_for_update(key_share=True) if lock else ours).one_or_none()
        if found is None:
            raise NotFoundException(detail="There is no such user here.")
        return found

    def shown(self, people: Iterable[ProvisionedPerson], wanted: Any = None) -> list[Resource[Any]]:
        people = list(people)
        groups = self._groups_of([person.id for person in people])
        return [as_resource(person, groups.get(person.id, [])) for person in people]

    def _groups_of(self, ids: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
        theirs = (
            select(ProvisionedGroupMember.person_id, ProvisionedGroup.id, ProvisionedGroup.name)
            .join(ProvisionedGroup, ProvisionedGroup.id == ProvisionedGroupMember.group_id)
            .where(ProvisionedGroupMember.person_id.in_(ids))
        )
        groups: dict[UUID, list[dict[str, Any]]] = {}
        for person, group, name in self.session.execute(theirs.order_by(ProvisionedGroup.name)):
            one = {"value": str(group), "$ref": f"Groups/{group}", "display": name}
            groups.setdefault(person, []).append(one)
        return groups

    def create(self, resource: Resource[Any]) -> Resource[Any]:
        said = said_by(resource)
        self._nobody_else_adds_people()
        person = ProvisionedPerson(
            connection_id=self.way.id,
            user_name=folded(said["userName"]),
            external_id=said.get("externalId"),
            said=said,
        )
        if person.is_active:
            self._bring_in(person)
        self.session.add(person)
        self.session.flush()
        return as_resource(person, [])

    def update(self, resource: Resource[Any], expected: str | None) -> Resource[Any]:
        person = self.find(str(resource.id), lock=True)
        has_version(person, expected)
        said, before = said_by(resource), person.said
        if said != before:
            self._nobody_else_adds_people()
            person.is_described(said, self.session)
            self._follow(person, before)
            self.session.flush()
        return self.shown([person])[0]

    def delete(self, id: str, expected: str | None) -> None:
        person = self.find(id, lock=True)
        has_version(person, expected)
        self._let_go(person)
        self.session.execute(delete(ProvisionedGroupMember).filter_by(person_id=person.id))
        self.session.delete(person)

    def _nobody_else_adds_people(self) -> None:
        """Lists, first sign-ins and directories wait for each other: each would add the same person."""
        self.session.execute(select(func.pg_advisory_xact_lock(lock_of(self.session, PEOPLE_LIST))))

    def _follow(self, person: ProvisionedPerson, before: dict[str, Any]) -> None:
        """Does what a new description asks for: the person comes, goes, or is called otherwise."""
        if not person.is_active:
            self._let_go(person)
        elif person.member_id is None or before.get("active") is False:
            self._bring_in(person)
        else:
            self._tell(Member.locked(person.member_id, self.session), person.said, before)

    def _bring_in(self, person: ProvisionedPerson) -> None:
        """Makes the person a member, or the one again that the person was."""
        known = Member.locked(person.member_id, self.session) if person.member_id else None
        member = known or member_of(person, self.directory)
        if member is None:
            person.member_id = self._newcomer(person.said).id
            return
        member.come_back()
        self._tell(member, person.said, {})
        person.member_id = member.id
        self.give_roles([person])

    def _newcomer(self, said: dict[str, Any]) -> Member:
        language = spoken_by(said.get("preferredLanguage"), self.directory.organisation)
        member = Member(name=name_in(said), email=address_in(said), language=language)
        member.external_id = said.get("externalId")
        member.unit_id = named(Unit, unit_in(said), self.session)
        member.site_id = named(Site, site_in(said), self.session)
        member.join(self.session)
        self.session.flush()
        return member

    def _tell(self, member: Member, said: dict[str, Any], before: dict[str, Any]) -> None:
        """Takes over what is said otherwise than before; what the person has chosen since stays."""
        news: dict[str, Any] = {"external_id": said.get("externalId")}
        if not before or name_in(said) != name_in(before):
            news["name"] = name_in(said)
        if address_in(said) != address_in(before):
            news["email"] = address_in(said)
        if unit_in(said) != unit_in(before):
            news["unit_id"] = named(Unit, unit_in(said), self.session)
        if site_in(said) != site_in(before):
            news["site_id"] = named(Site, site_in(said), self.session)
        if before and said.get("preferredLanguage") != before.get("preferredLanguage"):
            news["language"] = spoken_by(said.get("preferredLanguage"), self.directory.organisation)
        member.is_announced(**news)

    def give_roles(self, people: list[ProvisionedPerson], instead_of: Iterable[str] = ()) -> None:
        """Gives the roles that their groups bring now, instead of those that a changed group brought."""
        members = [person.member_id for person in people if person.member_id]
        roles = roles_by_groups(members, self.way, self.directory.roles, self.session)
        for member_id in members:
            if roles[member_id] or instead_of:
                member = Member.locked(member_id, self.session)
                if member.left_at is None:
                    with who_decides_noted(member, self.session):
                        member.groups_give(roles[member_id], set(instead_of), self.directory.organisation)

    def _let_go(self, person: ProvisionedPerson) -> None:
        """Ends the membership and all sessions. Whoever is the last to decide stays a member, without a session."""
        if person.member_id is None:
            return
        member = Member.locked(person.member_id, self.session)
        if member.left_at is not None:
            return
        if self._decides_alone(member):
            with sessions_of("identity").begin() as own:
                SignInSession.end_all_of(member.id, own)
            raise NobodyLeftToDecide
        member.leave()
        note(self.session, "membership_ended", BY_ITSELF, about_id=member.id, facts={"how": "directory"})
        SignInSession.end_all_of(member.id, self.session)

    def _decides_alone(self, member: Member) -> bool:
        role = deciding_role(self.directory.organisation.kind)
        return role in member.roles and not others_with(role, member, self.session)


def said_by(resource: Resource[Any]) -> dict[str, Any]:
    said = tidy(resource.model_dump())
    return {name: value for name, value in said.items() if name not in NOT_KEPT}


def has_version(noun: ProvisionedPerson | ProvisionedGroup, expected: str | None) -> None:
    if expected is not None and expected != version_of(noun):
        raise PreconditionFailedException


def version_of(noun: ProvisionedPerson | ProvisionedGroup) -> str:
    return f'W/"{noun.version}"'


def meta_of(noun: ProvisionedPerson | ProvisionedGroup, kind: str) -> dict[str, Any]:
    times = {"created": noun.made_at, "lastModified": noun.changed_at}
    return {"resourceType": kind, "version": version_of(noun)} | times


def as_resource(person: ProvisionedPerson, groups: list[dict[str, Any]]) -> Resource[Any]:
    about = {"id": str(person.id), "meta": meta_of(person, "User")} | ({"groups": groups} if groups else {})
    return PERSON.model_validate(person.said | about)
