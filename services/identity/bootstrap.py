"""The first act of an installation: opens the consultancy, so that its first person can sign in at the console.

    POLKU_CONSULTANCY=tyohuone POLKU_CONSULTANCY_NAME="Työhuone Oy" POLKU_ISSUER=https://... POLKU_CLIENT_ID=... \
    POLKU_CLIENT_SECRET=... POLKU_DOMAINS=tyohuone.example POLKU_FIRST_LEAD=henna@tyohuone.example \
    POLKU_ROLE_NAMES="Polku leads=lead; Polku editors=editor" python -m services.identity.bootstrap

Prints the consultancy's id, and where its provider has to send people back to, below the console's address. Everything
after that is done on screens.
"""

import sys
from uuid import UUID, uuid4

from sqlalchemy import select

from services.identity.models import Connection, Host, Member, Organisation
from services.identity.tenants.models.organisation import CONSOLE
from shared.database import sessions_of
from shared.settings import setting
from shared.tenancy.sessions import acting_for


def open_consultancy(
    slug: str, name: str, way_in: dict, first_lead: str = "", languages: tuple = ("fi", "sv", "en")
) -> UUID:
    """The consultancy's id; opened at the first call, found at later ones."""
    if known := already_open():
        return known
    with acting_for(uuid4()) as consultancy, sessions_of("identity").begin() as session:
        Organisation.open(session, slug=slug, name=name, kind="consultancy", languages=list(languages))
        Host.register(CONSOLE, slug, session)
        Connection.set_up(session, **way_in).confirm("operator", None, session)
        if first_lead:
            Member(name=first_lead, email=first_lead, given_roles=["lead"]).join(session)
        return consultancy


def already_open() -> UUID | None:
    with acting_for(UUID(int=0)), sessions_of("identity")() as session:
        return session.scalars(select(Host.organisation_id).filter_by(name=CONSOLE)).one_or_none()


def role_names(text: str) -> dict[str, str]:
    """Which group of the consultancy's directory makes somebody what: `Polku leads=lead; Polku editors=editor`."""
    pairs = (pair.rpartition("=") for pair in text.split(";"))
    return {name.strip(): role.strip() for name, _, role in pairs if name.strip()}


def return_path() -> str:
    """Returns the path, below the console's address, that the consultancy's provider sends people back to: it has to be told."""
    with acting_for(already_open() or UUID(int=0)), sessions_of("identity")() as session:
        return Connection.open_ones(session)[0].return_address("")


def from_settings() -> UUID:
    way_in = {
        "name": setting("CONSULTANCY_NAME"),
        "issuer": setting("ISSUER"),
        "client_id": setting("CLIENT_ID"),
        "secret": setting("CLIENT_SECRET", ""),
        "domains": setting("DOMAINS").split(","),
        "role_names": role_names(setting("ROLE_NAMES", "")),
    }
    first_lead = setting("FIRST_LEAD", "")
    return open_consultancy(setting("CONSULTANCY"), setting("CONSULTANCY_NAME"), way_in, first_lead)


if __name__ == "__main__":
    sys.stdout.write(f"{from_settings()}\n{return_path()}\n")
