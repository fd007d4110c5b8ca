"""The shapes of the workshops over HTTP."""

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import Length, OneOf, Range

from services.workshop.rounds import KINDS, ROUNDS
from shared.languages import LANGUAGES
from shared.privacy.taking_part import MOST_PEOPLE
from shared.web.edit_conflicts import EditSchema
from shared.web.fields import Filled, Line

WORDS = Filled(2000)


class WordingSchema(ma.Schema):
    """A wording per language; those that are missing are missing."""

    wording = fields.Dict(
        keys=fields.String(validate=OneOf(LANGUAGES)),
        values=fields.String(validate=Length(0, 500)),
        required=True,
    )


class RewordingSchema(WordingSchema, EditSchema):
    pass


class NewQuestionSchema(WordingSchema):
    theme_id = fields.UUID(required=True)
    views = fields.List(fields.UUID(), required=True, validate=Length(1, 200))


class SourceSchema(ma.Schema):
    view_id = fields.UUID(required=True)


class JoinSchema(ma.Schema):
    other_id = fields.UUID(required=True)


class SplitSchema(ma.Schema):
    views = fields.List(fields.UUID(), required=True)


class ReasonSchema(ma.Schema):
    reason = fields.String(required=True, validate=Length(0, 1000))


class ChangeSchema(ma.Schema):
    what = fields.String()
    by = fields.UUID(allow_none=True)
    at = fields.DateTime()
    reason = fields.String()
    views = fields.List(fields.String())
    other_id = fields.UUID(allow_none=True)
    is_undone = fields.Boolean()


class QuestionSchema(ma.Schema):
    id = fields.UUID()
    run_id = fields.UUID()
    theme_id = fields.UUID()
    seed_view_id = fields.UUID(allow_none=True)
    position = fields.Integer()
    state = fields.String()
    wording = fields.Dict(keys=fields.String(), values=fields.String())
    joined_to = fields.UUID(allow_none=True)
    view_ids = fields.List(fields.UUID())


class QuestionWithLogSchema(QuestionSchema):
    changes = fields.List(fields.Nested(ChangeSchema))


class QuestionsArguments(ma.Schema):
    state = fields.String(load_default=None, validate=OneOf(("proposed", "tabled", "put_aside", "joined")))
    theme_id = fields.UUID(load_default=None)


class RankedViewSchema(ma.Schema):
    view_id = fields.UUID()
    theme_id = fields.UUID()
    rank = fields.Integer()
    has_seat = fields.Boolean()
    is_read_enough = fields.Boolean()
    readings = fields.Integer(allow_none=True)


class RankedArguments(ma.Schema):
    theme_id = fields.UUID(load_default=None)


class IdsSchema(ma.Schema):
    ids = fields.List(fields.UUID(), required=True, validate=Length(0, 500))


class ScheduleSchema(ma.Schema):
    title = Line(required=True, validate=Filled(120))
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    places = fields.Integer(required=True, validate=Range(1, 2000))
    link = fields.Url(load_default="", schemes={"https", "http"}, allow_none=False, validate=Length(0, 500))

    @ma.pre_load
    def no_link_is_fine(self, given, **kwargs):
        return {name: value for name, value in given.items() if not (name == "link" and not value)}


class RescheduleSchema(ScheduleSchema, EditSchema):
    pass


class NewWorkshopSchema(ScheduleSchema):
    round = fields.Integer(required=True, validate=OneOf(ROUNDS))


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


class WorkshopsArguments(ma.Schema):
    round = fields.Integer(load_default=None, validate=OneOf(ROUNDS))


class GroupsSchema(EditSchema):
    size = fields.Integer(load_default=7, validate=Range(2, 40))
    questions = fields.List(fields.UUID(), required=True)
    together = fields.List(fields.List(fields.UUID()), load_default=list)
    apart = fields.List(fields.List(fields.UUID()), load_default=list)


class SeatedSchema(ma.Schema):
    """The groups as they stand: who sits in which."""

    groups = fields.Dict(keys=fields.UUID(), values=fields.List(fields.UUID()))


class MoveSchema(EditSchema):
    group_id = fields.UUID(required=True)


class StepSchema(ma.Schema):
    number = fields.Integer(required=True, validate=Range(0, 50))


class TimerSchema(ma.Schema):
    seconds = fields.Integer(required=True, validate=Range(0, 4 * 3600))


class SentenceSchema(ma.Schema):
    text = fields.String(required=True, validate=Length(0, 500))


class NotesSchema(EditSchema):
    notes = fields.String(required=True, validate=Length(0, 20_000))


class HandOverSchema(ma.Schema):
    to = fields.UUID(load_default=None)


class GroupQuestionSchema(EditSchema):
    question_id = fields.UUID(required=True)


class HelpSchema(ma.Schema):
    asks = fields.Boolean(required=True)


class ReadySchema(ma.Schema):
    ready = fields.Boolean(required=True)


class CardSchema(ma.Schema):
    text = fields.String()


class LogArguments(ma.Schema):
    after = fields.Integer(load_default=0)


class OutcomeWordsSchema(ma.Schema):
    kind = fields.String(required=True, validate=OneOf(KINDS))
    text = fields.String(required=True, validate=WORDS)
    language = fields.String(required=True, validate=OneOf(LANGUAGES))
    cards = fields.List(fields.UUID(), load_default=list, validate=Length(0, 100))
    outcomes = fields.List(fields.UUID(), load_default=list, validate=Length(0, 100))


class RewordedOutcomeSchema(OutcomeWordsSchema, EditSchema):
    pass


class OutcomesArguments(ma.Schema):
    round = fields.Integer(load_default=None, validate=OneOf(ROUNDS))
    question_id = fields.UUID(load_default=None)
    signed_off = fields.Boolean(load_default=None)


class SignOffSchema(ma.Schema):
    on = fields.Date()
    is_facilitator = fields.Boolean()


class OutcomeSchema(ma.Schema):
    id = fields.UUID()
    run_id = fields.UUID()
    theme_id = fields.UUID()
    question_id = fields.UUID()
    board_id = fields.UUID()
    round = fields.Integer()
    kind = fields.String()
    text = fields.String()
    language = fields.String()
    written_on = fields.Date()
    signed_off_on = fields.Date(allow_none=True)
    derived_from = fields.List(fields.UUID())
    cards = fields.List(fields.UUID())
    sign_offs = fields.List(fields.Nested(SignOffSchema))
    wording = fields.String()


class SignatureSchema(ma.Schema):
    """The wording that was read, as the outcome names it."""

    wording = fields.String(required=True, validate=Length(max=64))


class RoundSchema(ma.Schema):
    number = fields.Integer()
    state = fields.String()
    activity = fields.String()
    opened_at = fields.DateTime(allow_none=True)
    closes_at = fields.DateTime(allow_none=True)
    started_at = fields.DateTime(allow_none=True)
    ended_at = fields.DateTime(allow_none=True)
