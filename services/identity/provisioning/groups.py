"""Groups of SCIM: who is in them, and the roles that the administrator's table gives to their names."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from scim2_models import InvalidValueException, NotFoundException, Path, Resource
from sqlalchemy import Uuid as Ids
from sqlalchemy import any_, delete, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.identity.models import (
    ProvisionedGroup,
    ProvisionedGroupMember,
    ProvisionedPerson,
)
from services.identity.provisioning.directory import Directory
from services.identity.provisioning.filters import OF_GROUPS, as_id
from services.identity.provisioning.people import People, has_version, meta_of
from services.identity.provisioning.resources import Group, tidy


class Groups:
    """The groups that a directory has announced."""

    noun, columns = ProvisionedGroup, OF_GROUPS

    def __init__(self, directory: Directory) -> None:
        self.directory, self.way, self.session = directory, directory.way, directory.session

    def find(self, id: str, *, lock: bool = False) -> ProvisionedGroup:
        ours = select(ProvisionedGroup).filter_by(id=as_id(id), connection_id=self.way.id)
        found = self.session.scalars(ours.with_for_update(key_share=True) if lock else ours).one_or_none()
        if found is None:
            raise NotFoundException(detail="There is no such group here.")
        return found

    def shown(self, groups: Iterable[ProvisionedGroup], wanted: Any = None) -> list[Resource[Any]]:
        """Returns the groups, with their people unless the answer leaves these out."""
        groups = list(groups)
        people = self._people_of([group.id for group in groups]) if with_members(wanted) else {}
        return [as_resource(group, people.get(group.id, [])) for group in groups]

    def _people_of(self, ids: list[UUID]) -> dict[UUID, list[UUID]]:
        of = ProvisionedGroupMember
        rows = self.session.execute(select(of.group_id, of.person_id).where(of.group_id.in_(ids)))
        people: dict[UUID, list[UUID]] = {}
        for group, person in rows:
            people.setdefault(group, []).append(person)
        return people

    def create(self, resource: Any) -> Resource[Any]:
        name, external_id = tidy(resource.display_name), tidy(resource.external_id)
        group = ProvisionedGroup(connection_id=self.way.id, name=name, external_id=external_id)
        self.session.add(group)
        self.session.flush()
        self._has_people(group, people_in(resource), before=set(), renamed_from=None)
        return self.shown([group])[0]

    def update(self, resource: Any, expected: str | None) -> Resource[Any]:
        group = self.find(str(resource.id), lock=True)
        has_version(group, expected)
        before, called = set(self._people_of([group.id]).get(group.id, [])), group.name
        known = (group.name, group.external_id, before)
        group.name, group.external_id = tidy(resource.display_name), tidy(resource.external_id)
        wanted = people_in(resource)
        if known != (group.name, group.external_id, wanted):
            group.was_changed(self.session)
            self._has_people(group, wanted, before, renamed_from=called if called != group.name else None)
        return self.shown([group])[0]

    def delete(self, id: str, expected: str | None) -> None:
        group = self.find(id, lock=True)
        has_version(group, expected)
        self._has_people(group, set(), set(self._people_of([group.id]).get(group.id, [])), renamed_from=None)
        self.session.delete(group)

    def _has_people(
        self, group: ProvisionedGroup, wanted: set[UUID], before: set[UUID], renamed_from: str | None
    ) -> None:
        gone, new = before - wanted, wanted - before
        of = ProvisionedGroupMember
        if gone:
            self.session.execute(delete(of).where(of.group_id == group.id, of.person_id.in_(gone)))
        if new:
            self._have_to_be_ours(new)
            self.session.execute(insert(of), [{"group_id": group.id, "person_id": one} for one in new])
        changed = before | wanted if renamed_from else gone | new
        self._roles_follow(changed, {group.name, renamed_from} - {None})

    def _have_to_be_ours(self, people: set[UUID]) -> None:
        ours = select(ProvisionedPerson.id).filter_by(connection_id=self.way.id)
        found = set(self.session.scalars(ours.where(is_one_of(people))))
        if people - found:
            raise InvalidValueException(
                detail="A member of this group is no user here. Announce the user first."
            )

    def _roles_follow(self, people: set[UUID], names: Any) -> None:
        """People come into a group, or leave it: its role with them, where the administrator's table gives it one."""
        self.session.flush()
        table = self.directory.table
        if roles := {table[name] for name in names if name in table}:
            theirs = select(ProvisionedPerson).where(is_one_of(people))
            People(self.directory).give_roles(list(self.session.scalars(theirs)), roles)


def is_one_of(people: set[UUID]) -> Any:
    return ProvisionedPerson.id == any_(literal(list(people), ARRAY(Ids)))


def with_members(wanted: Any) -> bool:
    """Whether an answer with these parameters holds members: a large group is not read for nothing."""
    if wanted is None:
        return True
    left = {"attributes": wanted.attributes, "excluded_attributes": wanted.excluded_attributes}
    return any(str(path).rpartition(":")[2].startswith("members") for path in Path[Group].iter_paths(**left))


def people_in(resource: Any) -> set[UUID]:
    ids = {str(member.value): as_id(member.value) for member in resource.members or []}
    if None in ids.values():
        raise InvalidValueException(detail="A member of a group is named by the id of a user.")
    return {id for id in ids.values() if id}


def as_resource(group: ProvisionedGroup, people: list[UUID]) -> Resource[Any]:
    members = [{"value": str(one), "$ref": f"Users/{one}", "type": "User"} for one in people]
    about = {"id": str(group.id), "displayName": group.name, "meta": meta_of(group, "Group")}
    about |= {"externalId": group.external_id} if group.external_id else {}
    return Group.model_validate(about | ({"members": members} if members else {}))
