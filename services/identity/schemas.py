"""The shapes of identity over HTTP."""

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import Length, OneOf

from services.identity.pseudonyms.took_part import ASKED
from shared.web.edit_conflicts import EditSchema
from shared.web.fields import Filled, Line
from shared.web.paging import PageArguments

SHORT, LONG = Length(max=200), Length(max=2000)


def words(**more):
    return fields.List(fields.String(validate=SHORT), **more)


class MemberSchema(ma.Schema):
    id = fields.UUID(dump_only=True)
    name = fields.String()
    email = fields.String()
    language = fields.String()
    unit_id = fields.UUID(allow_none=True)
    site_id = fields.UUID(allow_none=True)
    roles = words()
    given_roles = words()
    vouched_roles = words()
    has_signed_in = fields.Function(lambda member: member.subject is not None)
    left_at = fields.DateTime(dump_only=True)


class MemberPageSchema(ma.Schema):
    items = fields.List(fields.Nested(MemberSchema))
    next = fields.String()


class MemberQuerySchema(PageArguments):
    words = fields.String(load_default="", validate=SHORT)
    unit_id = fields.UUID(load_default=None)
    site_id = fields.UUID(load_default=None)
    role = fields.String(load_default=None, validate=SHORT)


class ChangeMemberSchema(EditSchema):
    roles = words(load_default=None)
    unit_id = fields.UUID(allow_none=True)
    site_id = fields.UUID(allow_none=True)
    language = fields.String(validate=ma.validate.OneOf(("fi", "sv", "en")))


class RoleSchema(ma.Schema):
    role = fields.String(required=True, validate=SHORT)


class IdsSchema(ma.Schema):
    ids = fields.List(fields.UUID(), required=True, validate=Length(max=1000))


class AddressSchema(ma.Schema):
    id = fields.UUID()
    name = fields.String()
    email = fields.String()
    language = fields.String()


class ToRemindSchema(IdsSchema):
    """People who might be reminded of these activities."""

    activities = fields.List(
        fields.String(validate=OneOf(ASKED)), required=True, validate=Length(1, len(ASKED))
    )


class AtSessionSchema(IdsSchema):
    """People who may be concerned by news of a workshop session, or of one telling of its places."""

    telling = fields.Integer(load_default=None, allow_none=True)


class AddressesSchema(ma.Schema):
    addresses = fields.List(fields.Nested(AddressSchema))


class StandingAddressSchema(AddressSchema):
    standing = fields.String()


class SessionOfMailSchema(ma.Schema):
    """A session as a mail tells of it, with the name of whoever leads it."""

    title = fields.String()
    link = fields.String()
    starts_at = fields.String()
    ends_at = fields.String()
    state = fields.String()
    leader = fields.String()


class AtSessionAnswerSchema(ma.Schema):
    addresses = fields.List(fields.Nested(StandingAddressSchema))
    session = fields.Nested(SessionOfMailSchema, allow_none=True)


class PlaceSchema(ma.Schema):
    id = fields.UUID()
    name = fields.String()
    members = fields.Integer()


class PlacesSchema(ma.Schema):
    items = fields.List(fields.Nested(PlaceSchema))


class ListedPersonSchema(ma.Schema):
    name = Line(load_default="", validate=SHORT)
    email = Line(required=True, validate=Filled(200))
    unit = Line(load_default="", validate=SHORT)
    site = Line(load_default="", validate=SHORT)
    language = fields.String(load_default="", validate=SHORT)
    roles = words(load_default=list)


class ListOfPeopleSchema(ma.Schema):
    people = fields.List(fields.Nested(ListedPersonSchema), required=True, validate=Length(1, 5000))


class ImportedSchema(ma.Schema):
    added = fields.Integer()
    changed = fields.Integer()
    unchanged = fields.Integer()


class KeyDaySchema(ma.Schema):
    """When a key is destroyed, or was; `day` is none as long as the activities that need it have no end."""

    day = fields.Date(allow_none=True)
    is_destroyed = fields.Boolean()


class KeyDaysSchema(ma.Schema):
    """By run and purpose."""

    runs = fields.Dict(
        keys=fields.UUID(), values=fields.Dict(keys=fields.String(), values=fields.Nested(KeyDaySchema))
    )


class PartSchema(ma.Schema):
    id = fields.UUID()
    name = fields.String()
    invited = fields.Integer()
    took_part = fields.Integer(allow_none=True)


class TurnoutSchema(ma.Schema):
    activity = fields.String()
    invited = fields.Integer()
    took_part = fields.Integer(allow_none=True)
    units = fields.List(fields.Nested(PartSchema))
    sites = fields.List(fields.Nested(PartSchema))
