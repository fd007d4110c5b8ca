"""What the nouns of practice stand on."""

from typing import Any

from sqlalchemy.orm import Session, object_session

from shared.database import base_for
from shared.tenancy.sessions import TenantOwned

Base: Any = base_for("practice")


class Noun(TenantOwned, Base):
    """A thing that knows the session it came from."""

    __abstract__ = True

    @property
    def session(self) -> Session:
        session = object_session(self)
        assert session is not None
        return session
