"""A directory that announces people: the way in behind which it stands, and the organisation whose it is."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.identity.models import Connection, Organisation
from services.identity.people.models.member import given_by_groups
from services.identity.provisioning.models.group import roles_by_name


@dataclass(frozen=True)
class Directory:
    """It sees and changes what it has announced itself, in the transaction of its request."""

    way: Connection
    organisation: Organisation
    session: Session

    @property
    def roles(self) -> frozenset[str]:
        """Returns the roles that its groups may give at all."""
        return given_by_groups(self.organisation.kind)

    @property
    def table(self) -> dict[str, str]:
        """Returns which group gives which role, as the organisation's administrator says."""
        return roles_by_name(self.way, self.roles)

    @property
    def joins_by_subject(self) -> bool:
        """Whether accounts from before joining values were noted are known by their subject."""
        return (self.way.claims.get("joining") or "sub") == "sub"
