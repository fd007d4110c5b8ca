"""The shapes of what identity asks of the workshops."""

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import Length

from shared.privacy.taking_part import MOST_PEOPLE


class PseudonymsSchema(ma.Schema):
    """The pseudonyms of people whom identity asks about."""

    pseudonyms = fields.List(fields.UUID(), required=True, validate=Length(1, MOST_PEOPLE))


class WhoIsConcernedSchema(PseudonymsSchema):
    """All people of the run; of a telling of the session's places, or of the session."""

    telling = fields.Integer(load_default=None, allow_none=True)


class LeaversSchema(PseudonymsSchema):
    """All people who have left the organisation since the run began."""


class SessionOfMailSchema(ma.Schema):
    """A session as a mail tells of it; the title and the address are its facilitators'."""

    title = fields.String()
    link = fields.String()
    starts_at = fields.DateTime()
    ends_at = fields.DateTime()
    state = fields.String()
    facilitator = fields.UUID(allow_none=True)


class ConcernedSchema(ma.Schema):
    concerned = fields.Dict(keys=fields.UUID(), values=fields.String())
    session = fields.Nested(SessionOfMailSchema)
