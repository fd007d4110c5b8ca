"""Names and addresses for mails: notification alone may ask, at the moment of posting, over HTTP.

Of what it asks, nothing is declared in shared/contracts/api: that is for the portal.
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf
from sqlalchemy import ColumnElement, any_, literal, select

from services.identity.models import Member, StaffAccess
from services.identity.people.models.member import is_here
from services.identity.pseudonyms.places import concerned_by
from services.identity.pseudonyms.took_part import ASKED, who_took_part_in_any
from shared.database import sessions_of
from shared.web.access import only_from, open_to
from shared.web.acts import session
from shared.web.arguments import Blueprint

addresses = Blueprint("addresses", __name__, description="Names and addresses for mails")


class IdsSchema(Schema):
    ids = fields.List(fields.UUID(), required=True, validate=Length(max=1000))


class ToRemindSchema(IdsSchema):
    """People who might be reminded of these activities."""

    activities = fields.List(
        fields.String(validate=OneOf(ASKED)), required=True, validate=Length(1, len(ASKED))
    )


class AtSessionSchema(IdsSchema):
    """People who may be concerned by news of a workshop session, or of one telling of its places."""

    telling = fields.Integer(load_default=None, allow_none=True)


class AddressSchema(Schema):
    id = fields.UUID()
    name = fields.String()
    email = fields.String()
    language = fields.String()


class AddressesSchema(Schema):
    addresses = fields.List(fields.Nested(AddressSchema))


class StandingAddressSchema(AddressSchema):
    standing = fields.String()


class SessionOfMailSchema(Schema):
    """A session as a mail tells of it, with the name of whoever leads it."""

    title = fields.String()
    link = fields.String()
    starts_at = fields.String()
    ends_at = fields.String()
    state = fields.String()
    leader = fields.String()


class AtSessionAnswerSchema(Schema):
    addresses = fields.List(fields.Nested(StandingAddressSchema))
    session = fields.Nested(SessionOfMailSchema, allow_none=True)


@addresses.route("/addresses")
class Addresses(MethodView):
    @open_to("service")
    @addresses.arguments(IdsSchema)
    @addresses.response(200, AddressesSchema)
    def post(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Names, e-mail addresses and languages of those who are still here, for notices to be sent."""
        only_from("notification")
        return {"addresses": those_here(Member.id.in_(payload["ids"]))}


def those_here(*which: ColumnElement[bool]) -> list[Member]:
    return list(session().scalars(select(Member).where(*which, is_here()).order_by(Member.id)))


@addresses.route("/runs/<uuid:run_id>/to-remind")
class ToRemind(MethodView):
    @open_to("service")
    @addresses.arguments(ToRemindSchema)
    @addresses.response(200, AddressesSchema)
    def post(self, payload: dict[str, Any], run_id: UUID) -> dict[str, Any]:
        """Of these people those who are still here and have taken part in none of the activities, with their addresses. Who has
        is asked now, and kept nowhere; of whom nobody can know it any more, nobody is reminded."""
        only_from("notification")
        took_part = who_took_part_in_any(run_id, payload["activities"], sessions_of("identity"))
        if took_part is None:
            return {"addresses": []}
        reads_along = literal(run_id) == any_(Member.reads_along)
        return {"addresses": those_here(Member.id.in_(set(payload["ids"]) - took_part), ~reads_along)}


@addresses.route("/runs/<uuid:run_id>/sessions/<uuid:workshop_id>/concerned")
class ConcernedBySession(MethodView):
    @open_to("service")
    @addresses.arguments(AtSessionSchema)
    @addresses.response(200, AtSessionAnswerSchema)
    def post(self, payload: dict[str, Any], run_id: UUID, workshop_id: UUID) -> dict[str, Any]:
        """Of these people those who are still here and whom news of a workshop session concern, with their addresses, how they stand
        to it, and what a mail says of it. Who they are is asked now, and kept nowhere."""
        only_from("notification")
        found = concerned_by(run_id, workshop_id, payload["telling"], sessions_of("identity"))
        if found is None:
            return {"addresses": [], "session": None}
        members = those_here(Member.id.in_(found.standing.keys() & set(payload["ids"])))
        known = [addressed(member) | {"standing": found.standing[member.id]} for member in members]
        leader = name_of_staff(found.session["facilitator"])
        return {"addresses": known, "session": found.session | {"leader": leader}}


def addressed(member: Member) -> dict[str, Any]:
    return {name: getattr(member, name) for name in ("id", "name", "email", "language")}


def name_of_staff(id: str | None) -> str:
    """The name of one of the consultancy's people; empty when nobody of that id was let in."""
    name = select(StaffAccess.staff_name).where(StaffAccess.staff_id == id).limit(1)
    return (session().scalar(name) if id else None) or ""
