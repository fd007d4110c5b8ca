"""Shapes over HTTP."""

from marshmallow import Schema, fields, validate

from shared.languages import LANGUAGES


class WishesSchema(Schema):
    """What a person wishes to be told by mail."""

    invitations = fields.Boolean()
    changes = fields.Boolean()
    reminders = fields.Boolean()
    mail_language = fields.String(validate=validate.OneOf(LANGUAGES), allow_none=True)


class StopSchema(Schema):
    """The token out of a mail's stop link."""

    token = fields.UUID(required=True)


class AppointmentSchema(Schema):
    id = fields.UUID()
    kind = fields.String()
    title = fields.String()
    starts_at = fields.DateTime()
    ends_at = fields.DateTime()


class OccasionSchema(Schema):
    """How far the telling of one occasion has come; nobody's name is in it."""

    id = fields.UUID()
    kind = fields.String()
    arose_at = fields.DateTime()
    told_at = fields.DateTime(allow_none=True)
    notices = fields.Dict(keys=fields.String(), values=fields.Integer())
