"""The consultancy's clients: opened from a screen, entered under a grant."""

from uuid import UUID, uuid4

from flask import g
from flask.views import MethodView
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.models import (
    Assignment,
    Client,
    ConfirmationLink,
    Connection,
    Member,
    Organisation,
    StaffAccess,
)
from services.identity.schemas import ClientSchema, NewClientSchema
from services.identity.tenants.models.organisation import OUR_COLOUR, checked_colour
from services.identity.tenants.models.staff_access import today
from shared.database import find, sessions_of
from shared.languages import by_name
from shared.problems import NotAllowed
from shared.tenancy.sessions import acting_for, current_tenant
from shared.web.access import open_to
from shared.web.acts import caller
from shared.web.arguments import Blueprint
from shared.web.limits import limited
from shared.web.roles import STAFF

clients = Blueprint("clients", __name__, description="The consultancy's clients")


@clients.route("/clients")
class Clients(MethodView):
    @open_to(*STAFF)
    @clients.response(200, ClientSchema(many=True))
    def get(self):
        """The clients that I may enter; those who lead see all clients, the others without roles."""
        only_at_the_consultancy()
        mine = entries_of(caller().subject)
        ours = sorted(g.session.scalars(select(Client).order_by(Client.client_id)), key=by_name)
        shown = [described(client, mine.get(client.client_id, [])) for client in ours]
        return [client for client in shown if client["roles"] or caller().is_any("lead")]

    @open_to("lead")
    @limited(person=30)
    @clients.arguments(NewClientSchema)
    @clients.response(201, ClientSchema)
    def post(self, form):
        """Open a new client: it has its host name, its sign-in and its first administrator at once."""
        only_at_the_consultancy()
        lead = find(g.session, Member, caller().subject)
        access = open_in_its_own_rows(form, lead, current_tenant())
        client = put_on_our_list(access, form)
        return described(client, entries_of(lead.id)[client.client_id])


def only_at_the_consultancy() -> None:
    if Organisation.ours(g.session).kind != "consultancy":
        raise NotAllowed


def entries_of(staff_id: UUID) -> dict[UUID, list[Assignment]]:
    valid = select(Assignment).filter_by(staff_id=staff_id, ended=False).where(Assignment.ends_on >= today())
    entries: dict[UUID, list[Assignment]] = {}
    for assignment in g.session.scalars(valid):
        entries.setdefault(assignment.client_id, []).append(assignment)
    return entries


def described(client: Client, entries: list[Assignment]) -> dict:
    known = {name: getattr(client, name) for name in ("client_id", "slug", "name", "colour", "opened_at")}
    roles = sorted({role for entry in entries for role in entry.roles})
    return known | {"roles": roles, "ends_on": max((entry.ends_on for entry in entries), default=None)}


def open_in_its_own_rows(form: dict, lead: Member, consultancy_id: UUID) -> StaffAccess:
    """The client, its way in, its first administrator, and the lead's own grant: all or nothing, in its own rows."""
    with acting_for(uuid4()), sessions_of("identity").begin() as session:
        about = {"kind": "client", "consultancy_id": consultancy_id, "name": form["name"]}
        organisation = Organisation.open(session, slug=form["slug"], languages=form["languages"], **about)
        organisation.describe(colour=form["colour"])
        way_in = {
            name: form[name] for name in ("name", "issuer", "client_id", "secret", "domains", "role_names")
        }
        connection = Connection.set_up(session, by=lead.id, **way_in)
        if form["admin_email"]:
            expect_the_first_administrator(form, organisation, session)
            ConfirmationLink.send(connection, lead.id, session)
        return let_the_lead_in(form, lead, consultancy_id, session)


def expect_the_first_administrator(form: dict, organisation: Organisation, session: Session) -> None:
    administrator = Member(
        name=form["admin_name"] or form["admin_email"],
        email=form["admin_email"],
        language=organisation.languages[0],
        given_roles=["admin", "coordinator"],
    ).join(session)
    session.flush()
    organisation.first_administrator_id = administrator.id


def let_the_lead_in(form: dict, lead: Member, consultancy_id: UUID, session: Session) -> StaffAccess:
    access = StaffAccess.grant(
        session,
        staff_id=lead.id,
        staff_name=lead.name,
        home_id=consultancy_id,
        roles=["lead", "facilitator", "editor"],
        reason=form["reason"],
        ends_on=form["ends_on"],
        granted_by=lead.name,
    )
    session.flush()
    return access


def put_on_our_list(access: StaffAccess, form: dict) -> Client:
    colour = checked_colour(form["colour"]) if form["colour"] else OUR_COLOUR
    client = Client.note(g.session, access.tenant_id, slug=form["slug"], name=form["name"], colour=colour)
    about = {"client_id": access.tenant_id, "staff_id": access.staff_id, "roles": access.roles}
    Assignment.note(g.session, access.id, **about, ends_on=access.ends_on)
    g.session.flush()
    g.session.refresh(client)
    return client
