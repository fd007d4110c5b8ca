"""Shapes over HTTP."""

from marshmallow import Schema, fields, validate

from shared.languages import LANGUAGES
from shared.web.edit_conflicts import EditSchema
from shared.web.fields import Filled, Line
from shared.web.paging import PageArguments


class WishesSchema(Schema):
    """A person's wishes about mails."""

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
    is_off = fields.Boolean()


class EntrySchema(Schema):
    """A calendar entry's own words, beside the date that stands here; kept nowhere."""

    title = Line(load_default="", validate=validate.Length(max=120))
    place = Line(load_default="", validate=validate.Length(max=500))


class OccasionSchema(Schema):
    """How far the telling of one occasion has come; nobody's name is in it."""

    id = fields.UUID()
    kind = fields.String()
    arose_at = fields.DateTime()
    told_at = fields.DateTime(allow_none=True)
    notices = fields.Dict(keys=fields.String(), values=fields.Integer())


class OpeningArguments(Schema):
    """A phase that would open now, and the activities that it would begin."""

    phase = fields.String(required=True, validate=validate.Length(1, 61))
    activities = fields.List(fields.String(validate=validate.Length(1, 61)), load_default=list)
    closes_at = fields.AwareDateTime(load_default=None)


class LetterSchema(Schema):
    """A mail as it would go, addressed to nobody."""

    language = fields.String()
    subject = fields.String()
    text = fields.String()


class MailingSchema(Schema):
    """How many people would be written to, and what: one letter for each language that they read."""

    people = fields.Integer()
    letters = fields.List(fields.Nested(LetterSchema))


class ReadersSchema(Schema):
    """Whom a launch of an edition would write to: all, those who have got no mail of it; and how many have got one."""

    people = fields.Integer()
    not_told = fields.Integer()
    told = fields.Integer()


class UndeliveredSchema(Schema):
    """A mail that a person did not get, and why, in a word."""

    id = fields.UUID()
    member_id = fields.UUID()
    kind = fields.String()
    run_id = fields.UUID(allow_none=True)
    why = fields.String()
    failed_on = fields.Date()
    still_holds = fields.Boolean()


class UndeliveredPageSchema(Schema):
    items = fields.List(fields.Nested(UndeliveredSchema))
    next = fields.String(allow_none=True)


class MailServerSchema(Schema):
    """How the mail server takes our letters; `since` is null where all is well."""

    since = fields.DateTime(allow_none=True)
    waiting = fields.Integer()
    kind = fields.String(allow_none=True)
    step = fields.String(allow_none=True)
    answer = fields.String(allow_none=True)


class NoticesSchema(Schema):
    """How many mails."""

    notices = fields.Integer()


class AudienceArguments(Schema):
    """Of what kind of mail."""

    kind = fields.String(required=True, validate=validate.OneOf(["launch"]))


class AudienceSchema(Schema):
    """How many people a mail would go to."""

    people = fields.Integer()


class WishedWebhookSchema(Schema):
    """An endpoint as an administrator wishes it."""

    name = Line(required=True, validate=Filled(80))
    address = fields.String(required=True, validate=Filled(2000))
    types = fields.List(fields.String(validate=validate.Length(1, 100)), required=True)


class ChangedWebhookSchema(WishedWebhookSchema, EditSchema):
    pass


class WebhookSchema(Schema):
    """An endpoint; its secret is not in it."""

    id = fields.UUID()
    name = fields.String()
    address = fields.String()
    types = fields.List(fields.String())
    state = fields.String()
    why_off = fields.String(allow_none=True)
    opened_at = fields.DateTime()
    failing_since = fields.DateTime(allow_none=True)
    old_secret_until = fields.DateTime(allow_none=True)


class ShownSecretSchema(Schema):
    """Shown once."""

    id = fields.UUID()
    secret = fields.String()


class OfferSchema(Schema):
    group = fields.String()
    types = fields.List(fields.String())


class WebhookChangeSchema(Schema):
    webhook_id = fields.UUID()
    webhook_name = fields.String()
    what = fields.String()
    member_id = fields.UUID(allow_none=True)
    made_at = fields.DateTime()


class WebhookChangesSchema(Schema):
    items = fields.List(fields.Nested(WebhookChangeSchema))
    next = fields.String(allow_none=True)


class LogArguments(PageArguments):
    state = fields.String(load_default=None, validate=validate.OneOf(["waiting", "delivered", "failed"]))


class DeliverySchema(Schema):
    """How one event got to an endpoint; what was in it is not repeated."""

    id = fields.UUID()
    event_id = fields.UUID()
    type = fields.String()
    state = fields.String()
    happened_at = fields.DateTime()
    due_at = fields.DateTime()
    attempts = fields.Integer()
    tried_at = fields.DateTime(allow_none=True)
    status = fields.Integer(allow_none=True)
    trouble = fields.String(allow_none=True)
    milliseconds = fields.Integer(allow_none=True)


class LogSchema(Schema):
    items = fields.List(fields.Nested(DeliverySchema))
    next = fields.String(allow_none=True)


class SinceSchema(Schema):
    since = fields.AwareDateTime(required=True)


class SentAgainSchema(Schema):
    deliveries = fields.Integer()
