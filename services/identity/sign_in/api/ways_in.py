"""How an organisation's people sign in: set up together with the consultancy, and the client's alone after that."""

from uuid import UUID

from flask import g
from flask.views import MethodView
from sqlalchemy import select

from services.identity.models import ConfirmationLink, Connection, Member, WayInChange
from services.identity.schemas import (
    ChangeConnectionSchema,
    ClosingSchema,
    ConnectionSchema,
    LinkSecretSchema,
    LinkSentSchema,
    ProviderSchema,
    WaysInSchema,
)
from services.identity.sign_in.models.connection import NotProven
from services.identity.sign_in.models.last_way_in import LastWayIn
from services.identity.sign_in.provider import SECONDS_A_STEP, SLOTS, look_at
from services.identity.tenants import dns_proof
from services.identity.tenants.handover import may_change, ours_to_change
from shared.contracts.api import identity as shapes
from shared.contracts.api.identity import Identity
from shared.problems import NotFound
from shared.web.access import only_from, open_to
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged
from shared.web.limits import limited
from shared.web.outbound import Deadline
from shared.web.paging import PageArguments, page
from shared.web.serving import serves

ways_in = Blueprint("ways_in", __name__, description="How an organisation's people sign in")


@ways_in.route("/ways-in")
class WaysIn(MethodView):
    @open_to("admin", "lead")
    @ways_in.arguments(PageArguments, location="query")
    @ways_in.response(200, WaysInSchema)
    def get(self, asked):
        """Whether I may change the ways in, who confirms mine, and the log of their changes, the latest first."""
        confirms = Member.confirms_ways_in(caller().subject, g.session)
        keys = (WayInChange.at, WayInChange.id)
        log = page(g.session, select(WayInChange), keys, **asked, newest_first=True)
        return {
            "may_change": may_change(),
            "first_administrator": confirms.name if confirms else "",
            "changes": log.items,
            "next": log.next,
        }


@ways_in.route("/connections")
class Connections(MethodView):
    @open_to("admin", "lead")
    @ways_in.response(200, ConnectionSchema(many=True))
    def get(self):
        """The ways in."""
        return list(g.session.scalars(select(Connection).order_by(Connection.name, Connection.id)))

    @open_to("admin", "lead")
    @limited(person=30)
    @ways_in.arguments(ConnectionSchema)
    @ways_in.response(201, ConnectionSchema)
    def post(self, form):
        """Set up another way in; the first administrator gets a link to confirm it."""
        connection = Connection.set_up(g.session, by=ours_to_change(), **form)
        ask_for_confirmation(connection)
        return connection


def ask_for_confirmation(connection: Connection) -> None:
    """By mail, where there is anybody to ask; the settings page says how else."""
    g.session.flush()
    if (
        not connection.is_confirmed
        and connection.closed_at is None
        and Member.confirms_ways_in(caller().subject, g.session)
    ):
        ConfirmationLink.send(connection, caller().subject, g.session)


@ways_in.route("/connections/<uuid:connection_id>")
class OneConnection(MethodView):
    @open_to("admin", "lead")
    @limited(person=30)
    @ways_in.arguments(ChangeConnectionSchema)
    @ways_in.response(200, ConnectionSchema)
    def put(self, form, connection_id):
        """Change a way in; an empty secret keeps the old one."""
        by, connection = ours_to_change(), Connection.locked(connection_id, g.session)
        connection.change(session=g.session, by=by, **merged(form, ChangeConnectionSchema, connection))
        ask_for_confirmation(connection)
        return connection

    @open_to("admin", "lead")
    @limited(person=30)
    @ways_in.arguments(ClosingSchema, location="query")
    @ways_in.response(200, ConnectionSchema)
    def delete(self, asked, connection_id):
        """Close a way in; its people stay known. The last one is closed by naming who of the consultancy can still get in."""
        by, connection = ours_to_change(), Connection.locked(connection_id, g.session)
        keeper = LastWayIn(connection, g.session).keeper(asked["still_gets_in"])
        connection.close(by, keeper, g.session)
        return connection


@ways_in.route("/connections/<uuid:connection_id>/reopening")
class Reopening(MethodView):
    @open_to("admin", "lead")
    @limited(person=30)
    @ways_in.response(200, ConnectionSchema)
    def post(self, connection_id):
        """Open a closed way in again."""
        connection = Connection.locked(connection_id, g.session)
        by = caller().subject if connection.keeper_id == caller().subject else ours_to_change()
        connection.reopen(by, g.session)
        return connection


@ways_in.route("/connections/<uuid:connection_id>/test")
class TestOfConnection(MethodView):
    @open_to("admin", "lead")
    @ways_in.response(200, ProviderSchema)
    def post(self, connection_id):
        """Look whether the provider answers and has keys."""
        ours_to_change()
        connection = the_one(connection_id)
        g.session.commit()  # no transaction is open while the provider answers
        seen = look_at(connection.issuer)
        connection.was_tested(g.session)
        return seen


def the_one(connection_id: UUID) -> Connection:
    ours = select(Connection).filter_by(id=connection_id)
    return g.session.scalars(ours).one_or_none() or not_here()


def not_here() -> Connection:
    raise NotFound


@ways_in.route("/connections/<uuid:connection_id>/proof")
class ProofOfDomains(MethodView):
    @open_to("admin", "lead")
    @limited(person=30)
    @ways_in.response(200, ConnectionSchema)
    def post(self, connection_id):
        """Look for the DNS records of its domains; once all are there, it is confirmed."""
        by, seen = ours_to_change(), the_one(connection_id)
        seen.has_to_be_open()
        g.session.commit()  # no transaction is open while DNS is asked
        is_there = all_proven(seen)
        connection = Connection.locked(connection_id, g.session)
        if not is_there or (connection.domains, connection.token) != (seen.domains, seen.token):
            raise NotProven
        connection.confirm("dns", by, g.session)
        return connection


def all_proven(connection: Connection) -> bool:
    """All of them within the time of one step, and few such looks at once for one organisation."""
    domains, deadline = connection.domains, Deadline(SECONDS_A_STEP)
    with SLOTS.taken():
        return bool(domains) and all(
            dns_proof.proves(domain, connection.token, deadline) for domain in domains
        )


@ways_in.route("/connections/<uuid:connection_id>/link")
class LinkToConfirm(MethodView):
    @open_to("admin", "lead")
    @limited(person=30)
    @ways_in.response(201, LinkSentSchema)
    def post(self, connection_id):
        """Send the first administrator a fresh link; an earlier one is good for nothing then."""
        by = ours_to_change()
        connection = Connection.locked(connection_id, g.session)
        return {"sent_to": ConfirmationLink.send(connection, by, g.session).name}


@ways_in.route("/confirmation-links/<uuid:link_id>")
class OneLink(MethodView):
    @open_to("service")
    @ways_in.response(200, LinkSecretSchema)
    def get(self, link_id):
        """The secret of a link that waits, for the mail that brings it."""
        only_from("notification")
        return ConfirmationLink.waiting(link_id, g.session) or not_here()


@serves(ways_in, Identity.follow_link)
def follow_link(link_id: UUID, link: shapes.LinkFollowed) -> shapes.ToBeConfirmed:
    followed = ConfirmationLink.with_secret(link_id, link.secret, session())
    return to_be_confirmed(followed.use(session()) if link.confirm else followed.to_be_confirmed(session()))


def to_be_confirmed(connection: Connection) -> shapes.ToBeConfirmed:
    return shapes.ToBeConfirmed(
        name=connection.name,
        issuer=connection.issuer,
        client_id=connection.client_id,
        domains=connection.domains,
        claims=connection.claims,
        role_names=connection.role_names,
    )
