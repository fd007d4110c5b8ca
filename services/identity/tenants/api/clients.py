"""The consultancy's clients: opened from a screen, entered under a grant."""

from uuid import UUID, uuid4

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
from services.identity.tenants.models.organisation import OUR_COLOUR, checked_colour
from services.identity.tenants.models.staff_access import today
from shared.contracts.api import identity_tenants as shapes
from shared.contracts.api.identity_tenants import NewClient, Tenants
from shared.database import find, sessions_of
from shared.languages import by_name
from shared.problems import NotAllowed, RuleBroken
from shared.tenancy.sessions import acting_for, current_tenant
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.limits import limited
from shared.web.serving import serves

clients = Blueprint("clients", __name__, description="The consultancy's clients")


class HalfAWayIn(RuleBroken):
    """This is only a part of a way to sign in. Write both the issuer and the client id, or leave them, the secret and the groups empty: then the client's own IT sets it up by a link."""

    status = 422
    field = "client_id"


@serves(clients, Tenants.clients)
def on_our_list() -> list[shapes.Client]:
    only_at_the_consultancy()
    mine = entries_of(caller().subject)
    ours = sorted(session().scalars(select(Client).order_by(Client.client_id)), key=by_name)
    found = [shown(client, mine.get(client.client_id, [])) for client in ours]
    return [client for client in found if client.roles or caller().is_any("lead")]


@serves(clients, Tenants.open_client)
@limited(person=30)
def open_client(new: NewClient) -> shapes.Client:
    only_at_the_consultancy()
    lead = find(session(), Member, caller().subject)
    access = open_in_its_own_rows(new, lead, current_tenant())
    client = put_on_our_list(access, new)
    return shown(client, entries_of(lead.id)[client.client_id])


def only_at_the_consultancy() -> None:
    if Organisation.ours(session()).kind != "consultancy":
        raise NotAllowed


def entries_of(staff_id: UUID) -> dict[UUID, list[Assignment]]:
    valid = select(Assignment).filter_by(staff_id=staff_id, ended=False).where(Assignment.ends_on >= today())
    entries: dict[UUID, list[Assignment]] = {}
    for assignment in session().scalars(valid):
        entries.setdefault(assignment.client_id, []).append(assignment)
    return entries


def shown(client: Client, entries: list[Assignment]) -> shapes.Client:
    """The client as its consultancy has it, with these entries of the caller's."""
    return shapes.Client(
        id=client.client_id,
        slug=client.slug,
        name=client.name,
        colour=client.colour,
        opened_at=client.opened_at,
        roles=sorted({role for entry in entries for role in entry.roles}),
        ends_on=max((entry.ends_on for entry in entries), default=None),
    )


def open_in_its_own_rows(new: NewClient, lead: Member, consultancy_id: UUID) -> StaffAccess:
    """The client, its way in, its first administrator, and the lead's own grant: all or nothing, in its own rows."""
    with acting_for(uuid4()), sessions_of("identity").begin() as theirs:
        about = {"kind": "client", "consultancy_id": consultancy_id, "name": new.name}
        organisation = Organisation.open(theirs, slug=new.slug, languages=new.languages, **about)
        organisation.describe(colour=new.colour)
        organisation.name_mail_domains(new.domains)
        connection = way_in_of(new, lead, theirs) if has_a_way_in(new) else None
        if new.admin_email:
            expect_the_first_administrator(new, organisation, theirs)
        if new.admin_email and connection:
            ConfirmationLink.send(connection, lead.id, theirs)
        return let_the_lead_in(new, lead, consultancy_id, theirs)


def has_a_way_in(new: NewClient) -> bool:
    """Whether a way in is described; refuses half of one."""
    if any((new.issuer, new.client_id, new.secret, new.role_names)) and not (new.issuer and new.client_id):
        raise HalfAWayIn
    return bool(new.issuer)


def way_in_of(new: NewClient, lead: Member, theirs: Session) -> Connection:
    return Connection.set_up(
        theirs,
        by=lead.id,
        name=new.name,
        issuer=new.issuer,
        client_id=new.client_id,
        secret=new.secret,
        domains=new.domains,
        role_names=new.role_names,
    )


def expect_the_first_administrator(new: NewClient, organisation: Organisation, theirs: Session) -> None:
    administrator = Member(
        name=new.admin_name or new.admin_email,
        email=new.admin_email,
        language=organisation.languages[0],
        given_roles=["admin", "coordinator"],
    ).join(theirs)
    theirs.flush()
    organisation.first_administrator_id = administrator.id


def let_the_lead_in(new: NewClient, lead: Member, consultancy_id: UUID, theirs: Session) -> StaffAccess:
    access = StaffAccess.grant(
        theirs,
        staff_id=lead.id,
        staff_name=lead.name,
        home_id=consultancy_id,
        roles=["lead", "facilitator", "editor"],
        reason=new.reason,
        ends_on=new.ends_on,
        granted_by=lead.name,
    )
    theirs.flush()
    return access


def put_on_our_list(access: StaffAccess, new: NewClient) -> Client:
    colour = checked_colour(new.colour) if new.colour else OUR_COLOUR
    client = Client.note(session(), access.tenant_id, slug=new.slug, name=new.name, colour=colour)
    about = {"client_id": access.tenant_id, "staff_id": access.staff_id, "roles": access.roles}
    Assignment.note(session(), access.id, **about, ends_on=access.ends_on)
    session().flush()
    session().refresh(client)
    return client
