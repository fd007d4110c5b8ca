"""A launch as it is asked for and shown."""

from typing import Any

import marshmallow as ma
from marshmallow import ValidationError, fields, validate, validates_schema

from services.publishing.models.launch import NOT_TOLD_YET, WRITES_TO
from shared.web.edit_conflicts import EditSchema


class WithdrawalSchema(ma.Schema):
    by = fields.UUID()
    at = fields.DateTime()
    reason = fields.String()


class LaunchSchema(ma.Schema):
    id = fields.UUID()
    edition_id = fields.UUID()
    number = fields.Integer(attribute="edition.number")
    at = fields.DateTime()
    set_by = fields.UUID()
    writes_to = fields.String()
    launched_at = fields.DateTime()
    state = fields.String()
    withdrawal = fields.Nested(WithdrawalSchema)


ONE_OF_BOTH = "Say a minute, or now."


class LaunchToMove(EditSchema):
    at = fields.AwareDateTime(required=True)


class LaunchToPlan(ma.Schema):
    """At a minute to come, or now."""

    at = fields.AwareDateTime(load_default=None)
    now = fields.Boolean(load_default=False)
    writes_to = fields.String(load_default=NOT_TOLD_YET, validate=validate.OneOf(WRITES_TO))

    @validates_schema
    def is_one_of_both(self, launch: dict, **kwargs: Any) -> None:
        if (launch["at"] is None) != launch["now"]:
            raise ValidationError(ONE_OF_BOTH, "at")


class WithdrawalToGive(ma.Schema):
    reason = fields.String(load_default="", validate=validate.Length(max=500))
