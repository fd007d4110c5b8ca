"""What the townhall's nouns stand on."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from shared.database import base_for
from shared.problems import NotFound
from shared.tenancy.sessions import TenantOwned

Base: Any = base_for("townhall")
Thing = TypeVar("Thing", bound="Noun")
Words = dict[str, Any]  # {"fi": ..., "sv": ..., "en": ...}


class Noun(TenantOwned, Base):
    """A thing of the townhall that knows the session it came from."""

    __abstract__ = True

    @property
    def session(self) -> Session:
        session = object_session(self)
        assert session is not None
        return session

    @classmethod
    def held(cls: type[Thing], session: Session, id: UUID, read: bool = False) -> Thing:
        """The thing with this id, kept from changing (`read`: only from being changed by others) until we commit."""
        query = (
            select(cls).filter_by(id=id).with_for_update(read=read).execution_options(populate_existing=True)
        )
        found = session.scalars(query).one_or_none()
        if found is None:
            raise NotFound
        return found
