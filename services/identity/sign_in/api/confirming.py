"""A way in is confirmed: by a mailed link, or by the DNS of its domains."""

from typing import Any
from uuid import UUID

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields
from msgspec.structs import replace

from services.identity.models import ConfirmationLink, Connection, SamlProvider
from services.identity.sign_in.api.ways_in import shown
from services.identity.sign_in.models.connection import NotProven
from services.identity.sign_in.provider import SECONDS_A_STEP, SLOTS
from services.identity.tenants import dns_proof
from services.identity.tenants.handover import ours_to_change
from shared.contracts.api import identity as sign_in_shapes
from shared.contracts.api import identity_ways_in as shapes
from shared.contracts.api.identity import Identity
from shared.contracts.api.identity_ways_in import WaysIn
from shared.database import find
from shared.problems import NotFound
from shared.web.access import only_from, open_to
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.limits import limited
from shared.web.outbound import Deadline
from shared.web.serving import serves
from shared.web.shapes import shape_of

confirming = Blueprint("confirming", __name__, description="Ways in are confirmed")


@serves(confirming, WaysIn.prove_connection)
@limited(person=30)
def prove(connection_id: UUID) -> shapes.Connection:
    by, seen = ours_to_change(), find(session(), Connection, connection_id)
    seen.has_to_be_open()
    looked_for = (seen.names_to_prove, seen.token)
    session().commit()  # no transaction is open while DNS is asked
    is_there = all_proven(seen)
    connection = Connection.locked(connection_id, session())
    if not is_there or (connection.names_to_prove, connection.token) != looked_for:
        raise NotProven
    connection.confirm("dns", by, session())
    return shown(connection)


def all_proven(connection: Connection) -> bool:
    """All of them within the time of one step, and few such looks at once for one organisation."""
    domains, deadline = connection.names_to_prove, Deadline(SECONDS_A_STEP)
    with SLOTS.taken():
        return bool(domains) and all(
            dns_proof.proves(domain, connection.token, deadline) for domain in domains
        )


@serves(confirming, WaysIn.send_link)
@limited(person=30)
def send_link(connection_id: UUID) -> shapes.LinkSent:
    by = ours_to_change()
    connection = Connection.locked(connection_id, session())
    return shapes.LinkSent(sent_to=ConfirmationLink.send(connection, by, session()).name)


class LinkSecretSchema(Schema):
    secret = fields.String()


@confirming.route("/confirmation-links/<uuid:link_id>")
class OneLink(MethodView):
    @open_to("service")
    @confirming.response(200, LinkSecretSchema)
    def get(self, link_id: UUID) -> ConfirmationLink:
        """The secret of a link that waits, for the mail that brings it."""
        only_from("notification")
        if link := ConfirmationLink.waiting(link_id, g.session):
            return link
        raise NotFound


@serves(confirming, Identity.follow_link)
def follow_link(link_id: UUID, link: sign_in_shapes.LinkFollowed) -> sign_in_shapes.ToBeConfirmed:
    followed = ConfirmationLink.with_secret(link_id, link.secret, session())
    connection = followed.use(session()) if link.confirm else followed.to_be_confirmed(session())
    return to_be_confirmed(connection)


def to_be_confirmed(connection: Connection) -> sign_in_shapes.ToBeConfirmed:
    more: dict[str, Any] = {}
    if connection.kind == "saml":
        provider = SamlProvider.of(connection.id, session())
        more = {"sign_in_address": provider.address, "fingerprints": provider.fingerprints}
    return replace(shape_of(sign_in_shapes.ToBeConfirmed, connection), **more)
