"""The consultancy's access to a client's rooms: granted for a reason and a time, seen and ended by the client."""

from uuid import UUID

from flask import g
from flask.views import MethodView
from sqlalchemy import select

from services.identity.models import Assignment, Client, Member, Organisation, StaffAccess
from services.identity.schemas import ColleagueSchema, GrantSchema, StaffAccessSchema
from shared.database import find, sessions_of
from shared.problems import NotAllowed
from shared.tenancy.sessions import acting_for, current_tenant
from shared.web.access import open_to
from shared.web.acts import caller
from shared.web.arguments import Blueprint
from shared.web.roles import CLIENT_SIDE, STAFF

access = Blueprint("access", __name__, description="The consultancy's access to a client's rooms")


@access.route("/staff-access")
class AccessOfStaff(MethodView):
    @open_to(*CLIENT_SIDE, *STAFF)
    @access.response(200, StaffAccessSchema(many=True))
    def get(self):
        """Every grant there is and was, the newest first."""
        return list(
            g.session.scalars(select(StaffAccess).order_by(StaffAccess.granted_at.desc(), StaffAccess.id))
        )

    @open_to("lead")
    @access.arguments(GrantSchema)
    @access.response(201, StaffAccessSchema)
    def post(self, form):
        """Let a colleague of the consultancy in; the client sees who, why and until when."""
        home = only_in_a_clients_rooms()
        colleague, granted_by = colleague_of(home, form["staff_id"]), colleague_of(home, caller().subject)
        granted = StaffAccess.grant(
            g.session,
            staff_id=colleague.id,
            staff_name=colleague.name,
            home_id=home,
            roles=form["roles"],
            reason=form["reason"],
            ends_on=form["ends_on"],
            granted_by=granted_by.name,
        )
        g.session.flush()
        g.session.refresh(granted)
        put_on_our_list(granted, Organisation.ours(g.session), current_tenant())
        return granted


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


@access.route("/staff-access/<uuid:grant_id>/end")
class EndOfAccess(MethodView):
    @open_to(*CLIENT_SIDE, "lead")
    @access.response(200, StaffAccessSchema)
    def post(self, grant_id):
        """End somebody's access at once."""
        granted = find(g.session, StaffAccess, grant_id)
        granted.end(name_of_caller(), g.session)
        with acting_for(granted.home_id), sessions_of("identity").begin() as ours:
            Assignment.strike(ours, grant_id)
        return granted


def name_of_caller() -> str:
    return colleague_of(caller().home or current_tenant(), caller().subject).name


@access.route("/staff")
class Staff(MethodView):
    @open_to(*STAFF)
    @access.response(200, ColleagueSchema(many=True))
    def get(self):
        """The people of the consultancy that the caller comes from."""
        with acting_for(caller().home or current_tenant()), sessions_of("identity")() as ours:
            here = select(Member).where(Member.left_at.is_(None)).order_by(Member.sort_name, Member.id)
            return list(ours.scalars(here))
