"""The shapes of practice over HTTP."""

import marshmallow as ma
from marshmallow.validate import Length, OneOf

from services.practice.models.agreement import HEADINGS
from services.practice.models.round import CAN_LIVE, NEEDS_TALK
from shared.edit_conflicts import EditSchema
from shared.fields import Filled, Line

LANGUAGE = Length(2, 8)


class FoundSchema(ma.Schema):
    name = Line(required=True, validate=Filled(120))


class RenameSchema(FoundSchema, EditSchema):
    pass


class CodeSchema(ma.Schema):
    code = Line(required=True, validate=Filled(60))


class MemberSchema(ma.Schema):
    member_id = ma.fields.UUID(required=True)


class WordingSchema(ma.Schema):
    heading = ma.fields.String(required=True, validate=OneOf(HEADINGS))
    words = ma.fields.String(required=True, validate=[Filled(1000), Length(min=3)])
    language = ma.fields.String(required=True, validate=LANGUAGE)


class RewordSchema(WordingSchema, EditSchema):
    pass


class ClauseSchema(WordingSchema):
    id = ma.fields.UUID(dump_only=True)
    source_id = ma.fields.UUID(load_default=None)
    source_has_changed = ma.fields.Boolean(dump_only=True)


class FateSchema(ma.Schema):
    fate = ma.fields.String(required=True, validate=OneOf(("dealt", "kept", "put_aside")))


class AskSchema(ma.Schema):
    """A round: who is present, and when the rules are looked at again."""

    present = ma.fields.List(ma.fields.UUID(), required=True, validate=Length(max=500))
    review_on = ma.fields.Date(required=True)


class SaySchema(ma.Schema):
    round_id = ma.fields.UUID(required=True)
    says = ma.fields.String(required=True, validate=OneOf((CAN_LIVE, NEEDS_TALK)))
    reason = ma.fields.String(load_default="", validate=Length(max=1000))
    clause_id = ma.fields.UUID(load_default=None)


class ResolutionSchema(EditSchema):
    resolution = ma.fields.String(required=True, validate=Filled(1000))


class ReadSchema(ma.Schema):
    """The wording that was read, as the space names it."""

    wording = ma.fields.String(required=True, validate=Length(max=64))


class ReviewSchema(ReadSchema):
    review_on = ma.fields.Date(required=True)


class VoiceSchema(ma.Schema):
    member_id = ma.fields.UUID()
    says = ma.fields.String()
    reason = ma.fields.String()
    clause_id = ma.fields.UUID()
    resolution = ma.fields.String()


class RoundSchema(ma.Schema):
    id = ma.fields.UUID()
    version = ma.fields.Integer()
    present = ma.fields.List(ma.fields.UUID())
    review_on = ma.fields.Date()
    opened_on = ma.fields.Date()
    voices = ma.fields.List(ma.fields.Nested(VoiceSchema))
    waits_for = ma.fields.List(ma.fields.UUID())


class VersionSchema(ma.Schema):
    number = ma.fields.Integer()
    agreed_on = ma.fields.Date()
    review_on = ma.fields.Date()
    present = ma.fields.List(ma.fields.UUID())
    clauses = ma.fields.List(ma.fields.Dict())
    talks = ma.fields.List(ma.fields.Dict())


class CardSchema(ma.Schema):
    passage_id = ma.fields.UUID()
    fate = ma.fields.String()


class TeamSchema(ma.Schema):
    """A team in a list."""

    id = ma.fields.UUID()
    run_id = ma.fields.UUID()
    name = ma.fields.String()
    members = ma.fields.Integer()
    state = ma.fields.String()
    version = ma.fields.Integer()
    review_on = ma.fields.Date()
    is_review_due = ma.fields.Boolean()
    waits_for_me = ma.fields.Boolean()


class MyTeamsSchema(ma.Schema):
    is_open = ma.fields.Boolean()
    teams = ma.fields.List(ma.fields.Nested(TeamSchema))


class InvitationSchema(ma.Schema):
    id = ma.fields.UUID()
    name = ma.fields.String()
    lead_id = ma.fields.UUID()


class PrincipleChangeSchema(ma.Schema):
    passage_id = ma.fields.UUID()
    wording = ma.fields.String()


class SpaceSchema(ma.Schema):
    """Everything that lies on a team's table."""

    id = ma.fields.UUID()
    run_id = ma.fields.UUID()
    name = ma.fields.String()
    lead_id = ma.fields.UUID()
    is_lead = ma.fields.Boolean()
    code = ma.fields.String()
    members = ma.fields.List(ma.fields.UUID())
    state = ma.fields.String()
    version = ma.fields.Integer()
    review_on = ma.fields.Date()
    is_review_due = ma.fields.Boolean()
    wording = ma.fields.String()
    clauses = ma.fields.List(ma.fields.Nested(ClauseSchema))
    round = ma.fields.Nested(RoundSchema)
    my_voice = ma.fields.Nested(VoiceSchema)
    versions = ma.fields.List(ma.fields.Nested(VersionSchema))
    principles = ma.fields.List(ma.fields.UUID())
    changed_principles = ma.fields.List(ma.fields.UUID())
    principle_changes = ma.fields.List(ma.fields.Nested(PrincipleChangeSchema))
    cards = ma.fields.List(ma.fields.Nested(CardSchema))
    cards_left = ma.fields.Integer()


class CountsSchema(ma.Schema):
    teams = ma.fields.Integer()
    drafting = ma.fields.Integer()
    agreeing = ma.fields.Integer()
    agreed = ma.fields.Integer(metadata={"description": "Teams whose rules stand agreed now."})
    have_agreed = ma.fields.Integer(metadata={"description": "Teams that have agreed at least once."})
