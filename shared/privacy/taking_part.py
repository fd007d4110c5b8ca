"""The question of identity who of these pseudonyms has taken part in an activity, as each service that knows it answers it."""

from uuid import UUID

from marshmallow import Schema, fields, validate

from shared.web.access import only_from
from shared.web.limits import limited
from shared.web.tokens import ASKS_WHO_TOOK_PART

MOST_PEOPLE = 50_000  # PostgreSQL takes 65,535 parameters
not_too_often = limited(
    person=600
)  # the reminder of 1,300 people asks some thirty times, turnout once a night


class WhoTookPart(Schema):
    """An activity of a run, and the pseudonyms of all its people."""

    activity = fields.String(required=True, validate=validate.Length(1, 40))
    pseudonyms = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MOST_PEOPLE))


class TookPart(Schema):
    """The members of them that have taken part."""

    took_part = fields.List(fields.UUID())


def only_identity() -> None:
    """Refuses everybody but identity, which alone knows whose pseudonyms these are and keeps no list of the answers."""
    only_from(ASKS_WHO_TOOK_PART)


def answered(took_part: set[UUID]) -> dict[str, list[UUID]]:
    """Returns the answer, in an order that tells nothing."""
    return {"took_part": sorted(took_part)}
