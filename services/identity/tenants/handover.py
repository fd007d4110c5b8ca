"""The rules of what is the client's alone once its first administrator has signed in: its ways in, and who administers it."""

from uuid import UUID

from services.identity.models import Member, Organisation
from shared.problems import RuleBroken
from shared.tenancy.sessions import current_tenant
from shared.web.acts import caller, session


class TheClientsOwn(RuleBroken):
    """The client's administrator has signed in, and since then its ways to sign in are its own. Ask the client to change them."""

    status = 403


def ours_to_change() -> UUID:
    """Returns who changes a way in; refuses people of the consultancy once the client's first administrator has signed in."""
    if not may_change():
        raise TheClientsOwn
    return caller().subject


def may_change() -> bool:
    return not is_a_guest() or Organisation.ours(session()).handed_over_on is None


def is_a_guest() -> bool:
    """Somebody of the consultancy in a client's rooms."""
    return caller().home not in (None, current_tenant())


def only_the_client_makes_administrators(roles: set[str], member: Member | None = None) -> None:
    """Refuses a guest who would give or take the role that decides over ways in."""
    before = set(member.given_roles) if member else set()
    if "admin" in roles ^ before and not may_change():
        raise TheClientsOwn
