"""The consultancy's access to a client's rooms: granted for a reason and a time, seen and ended by the client."""

from uuid import UUID

from sqlalchemy import select

from services.identity.models import Assignment, Client, Member, Organisation, StaffAccess
from shared.contracts.api import identity_tenants as shapes
from shared.contracts.api.identity_tenants import Tenants
from shared.database import find, sessions_of
from shared.problems import NotAllowed
from shared.tenancy.sessions import acting_for, current_tenant
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.serving import serves
from shared.web.shapes import shape_of

access = Blueprint("access", __name__, description="The consultancy's access to a client's rooms")


@serves(access, Tenants.access)
def grants() -> list[shapes.StaffAccess]:
    newest_first = select(StaffAccess).order_by(StaffAccess.granted_at.desc(), StaffAccess.id)
    return [shown(granted) for granted in session().scalars(newest_first)]


def shown(granted: StaffAccess) -> shapes.StaffAccess:
    return shape_of(shapes.StaffAccess, granted)


@serves(access, Tenants.grant)
def grant(wished: shapes.AccessWished) -> shapes.StaffAccess:
    home = only_in_a_clients_rooms()
    colleague, granted_by = colleague_of(home, wished.staff_id), colleague_of(home, caller().subject)
    granted = StaffAccess.grant(
        session(),
        staff_id=colleague.id,
        staff_name=colleague.name,
        home_id=home,
        roles=wished.roles,
        reason=wished.reason,
        ends_on=wished.ends_on,
        granted_by=granted_by.name,
    )
    session().flush()
    session().refresh(granted)
    put_on_our_list(granted, Organisation.ours(session()), current_tenant())
    return shown(granted)


def only_in_a_clients_rooms() -> UUID:
    """The consultancy that the caller comes from."""
    home = caller().home
    if home is None or home == current_tenant():
        raise NotAllowed
    return home


def colleague_of(home: UUID, member_id: UUID) -> Member:
    with acting_for(home), sessions_of("identity")() as ours:
        return find(ours, Member, member_id)


def put_on_our_list(granted: StaffAccess, client: Organisation, client_id: UUID) -> None:
    """A note in the consultancy's rows; if the grant itself should fail after it, the note opens nothing."""
    with acting_for(granted.home_id), sessions_of("identity").begin() as ours:
        Client.note(ours, client_id, slug=client.slug, name=client.name, colour=client.colour)
        about = {"staff_id": granted.staff_id, "roles": granted.roles, "ends_on": granted.ends_on}
        Assignment.note(ours, granted.id, client_id=client_id, **about)


@serves(access, Tenants.end_access)
def end_access(grant_id: UUID) -> shapes.StaffAccess:
    granted = find(session(), StaffAccess, grant_id)
    granted.end(name_of_caller(), session())
    with acting_for(granted.home_id), sessions_of("identity").begin() as ours:
        Assignment.strike(ours, grant_id)
    return shown(granted)


def name_of_caller() -> str:
    return colleague_of(caller().home or current_tenant(), caller().subject).name


@serves(access, Tenants.staff)
def staff() -> list[shapes.Colleague]:
    with acting_for(caller().home or current_tenant()), sessions_of("identity")() as ours:
        here = select(Member).where(Member.left_at.is_(None)).order_by(Member.sort_name, Member.id)
        return [shape_of(shapes.Colleague, member) for member in ours.scalars(here)]
