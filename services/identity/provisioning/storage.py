"""The storage that scim2-server reads and writes: our rows, in the transaction of the request."""

from datetime import datetime
from typing import Any, TypeVar

from scim2_models import (
    InvalidCursorException,
    InvalidFilterException,
    NotImplementedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
)
from scim2_server.storage import ScimStorage, SearchPage
from sqlalchemy import Select, func, select, true, tuple_

from services.identity.provisioning.directory import Directory
from services.identity.provisioning.filters import ToDatabase, as_id
from services.identity.provisioning.groups import Groups
from services.identity.provisioning.people import People
from services.identity.provisioning.resources import LONGEST_PAGE

T = TypeVar("T")


class Storage(ScimStorage):
    """The rows that one directory may see and change: those that it has announced itself."""

    supports_cursors = True

    def __init__(self, directory: Directory) -> None:
        self.way, self.session = directory.way, directory.session
        self.kinds: dict[str, People | Groups] = {"User": People(directory), "Group": Groups(directory)}

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        """Returns a resource; locked where it will be changed, which is where no parameters are said."""
        kind: Any = self._kind(resource_type)
        found = kind.find(resource_id, lock=response_parameters is None)
        shown: Resource[Any] = kind.shown([found], response_parameters)[0]
        return shown

    def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,
    ) -> SearchPage:
        """Returns a page in the order in which the resources were made, by index or after the last one of the page before."""
        if len(resource_types) != 1:
            raise NotImplementedException(detail="Search for users and for groups separately.")
        kind: Any = self._kind(resource_types[0])
        where = [kind.noun.connection_id == self.way.id, condition(kind, search_request)]
        total = self.session.scalar(select(func.count()).select_from(kind.noun).where(*where)) or 0
        count = LONGEST_PAGE if search_request.count is None else search_request.count
        if count == 0 or (search_request.start_index or 1) > total:
            return SearchPage(total, [])
        found = self._page(kind.noun, where, search_request, position, count)
        more = len(found) > count
        page = found[:count]
        at = position_of(page[-1]) if more and search_request.cursor is not None else None
        return SearchPage(total, kind.shown(page, search_request), next=at)

    def _page(
        self, noun: Any, where: list[Any], asked: SearchRequest[Any], position: Any, count: int
    ) -> list[Any]:
        """Finds the ids of the page in the index alone, then their rows; one more than asked for."""
        order = (noun.made_at, noun.id)
        ids: Select[Any] = select(noun.id).where(*where).order_by(*order).limit(count + 1)
        if position is not None:
            ids = ids.where(tuple_(*order) > tuple_(*read(position)))
        elif asked.cursor is None:
            ids = ids.offset((asked.start_index or 1) - 1)
        rows = select(noun).where(noun.id.in_(list(self.session.scalars(ids)))).order_by(*order)
        return list(self.session.scalars(rows))

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        return self._kind(resource_type).create(resource)

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        return self._kind(resource_type).update(resource, expected_version)

    def delete(
        self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None
    ) -> None:
        self._kind(resource_type).delete(resource_id, expected_version)

    def _kind(self, resource_type: ResourceType) -> People | Groups:
        return self.kinds[str(resource_type.name)]


def condition(kind: Any, asked: SearchRequest[Any]) -> Any:
    if asked.filter is None:
        return true()
    if asked.filter.model is None:
        raise InvalidFilterException(detail="Filter users and groups separately.")
    return ToDatabase(asked.filter, kind.columns).condition()


def position_of(noun: Any) -> list[str]:
    return [noun.made_at.isoformat(), str(noun.id)]


def read(position: Any) -> tuple[datetime, Any]:
    """Reads what position_of wrote; the cursor was sealed, so it is ours."""
    try:
        made_at, id = position
        return datetime.fromisoformat(made_at), as_id(id)
    except (TypeError, ValueError):
        raise InvalidCursorException from None
