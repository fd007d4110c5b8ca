"""The townhall's shapes over HTTP."""

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range
from webargs.fields import DelimitedList

from services.townhall.models.hall import PURPOSES
from services.townhall.models.poll import KINDS, LONGEST_WORD, MOST_WORDS
from shared.languages import LANGUAGES
from shared.web.edit_conflicts import EditSchema
from shared.web.fields import Filled, Line

MOST_OPTIONS = 10


def in_languages(longest: int = 200, **options) -> ma.fields.Dict:
    """{"fi": ..., "sv": ...}: at least one language."""
    text = ma.fields.String(validate=Filled(longest))
    language = ma.fields.String(validate=OneOf(LANGUAGES))
    return ma.fields.Dict(keys=language, values=text, validate=Length(min=1), **options)


class TitleSchema(ma.Schema):
    title = Line(required=True, validate=Filled(200))
    description = ma.fields.String(load_default="", validate=Length(max=5000))


class CategorySchema(ma.Schema):
    key = Line(required=True, validate=Filled(40))
    words = in_languages(60, required=True)


class DescriptionSchema(EditSchema):
    """The host's description of an event; a field that is left out stays as it is."""

    words = ma.fields.Dict(
        keys=ma.fields.String(validate=OneOf(LANGUAGES)), values=ma.fields.Nested(TitleSchema)
    )
    script = ma.fields.String(validate=Length(max=20_000))
    stream_url = ma.fields.String(allow_none=True, validate=Length(max=2000))
    recording_url = ma.fields.String(allow_none=True, validate=Length(max=2000))
    transcript_url = ma.fields.String(allow_none=True, validate=Length(max=2000))
    asking = ma.fields.String(validate=OneOf(("anonymous", "pseudonymous")))
    moderation = ma.fields.String(validate=OneOf(("before", "after")))
    categories = ma.fields.List(ma.fields.Nested(CategorySchema), validate=Length(max=12))


class TimeSchema(EditSchema):
    starts_at = ma.fields.AwareDateTime(required=True)
    ends_at = ma.fields.AwareDateTime(required=True)


class StageSchema(ma.Schema):
    kind = ma.fields.String(required=True, validate=OneOf(("pause", "questions", "poll")))
    poll_id = ma.fields.UUID(load_default=None)

    @ma.validates_schema
    def a_poll_is_named(self, stage, **_):
        if (stage["kind"] == "poll") != (stage["poll_id"] is not None):
            raise ma.ValidationError("Say which poll, and only for a poll.", "poll_id")


class AskSchema(ma.Schema):
    words = ma.fields.String(required=True, validate=[Filled(500), Length(min=3)])
    language = ma.fields.String(required=True, validate=OneOf(LANGUAGES))
    category = ma.fields.String(load_default=None)


class ReplySchema(EditSchema):
    reply = ma.fields.String(load_default="", validate=Length(max=5000))


class TickedSchema(ma.Schema):
    questions = ma.fields.List(ma.fields.UUID(), required=True, validate=Length(max=500))


class PollSchema(ma.Schema):
    """A poll being prepared: choices for one choice, two ends for a scale, none for words."""

    kind = ma.fields.String(required=True, validate=OneOf(KINDS))
    words = in_languages(required=True)
    options = ma.fields.List(in_languages(120), load_default=list, validate=Length(max=MOST_OPTIONS))
    steps = ma.fields.Integer(load_default=5, validate=Range(2, 10))
    position = ma.fields.Integer(load_default=0, validate=Range(0, 1000))

    @ma.validates_schema
    def has_what_its_kind_needs(self, poll, **_):
        if poll["kind"] == "choice" and len(poll["options"]) < 2:
            raise ma.ValidationError("Give at least two choices.", "options")
        if poll["kind"] == "scale" and len(poll["options"]) not in (0, 2):
            raise ma.ValidationError("Name both ends of the scale, or none.", "options")


class WordSchema(ma.Schema):
    word = Line(required=True, validate=Filled(LONGEST_WORD))


class AnswerSchema(ma.Schema):
    value = ma.fields.Integer(load_default=None)
    words = ma.fields.List(
        ma.fields.String(validate=Length(max=LONGEST_WORD)),
        load_default=None,
        validate=Length(max=MOST_WORDS),
    )


class HallSchema(ma.Schema):
    """An event in a list."""

    id = ma.fields.UUID()
    run_id = ma.fields.UUID()
    purpose = ma.fields.String(validate=OneOf(PURPOSES))
    state = ma.fields.String()
    code = ma.fields.String()
    words = ma.fields.Dict()
    starts_at = ma.fields.AwareDateTime()
    ends_at = ma.fields.AwareDateTime()


class QuestionSchema(ma.Schema):
    id = ma.fields.UUID()
    words = ma.fields.String()
    language = ma.fields.String()
    category = ma.fields.String()
    state = ma.fields.String()
    reply = ma.fields.String()
    upvotes = ma.fields.Integer()
    is_carried_forward = ma.fields.Boolean()


class CarriedSchema(QuestionSchema):
    run_id = ma.fields.UUID()


class IdsSchema(ma.Schema):
    """ids=a,b,c"""

    ids = DelimitedList(ma.fields.UUID(), required=True, validate=Length(max=200))


class BarSchema(ma.Schema):
    value = ma.fields.Integer()
    count = ma.fields.Integer()


class CountedWordSchema(ma.Schema):
    word = ma.fields.String()
    count = ma.fields.Integer()


class ShownPollSchema(ma.Schema):
    """A poll on a screen; bars or cloud only where they may be seen; `withheld` below five answers."""

    id = ma.fields.UUID()
    kind = ma.fields.String()
    words = ma.fields.Dict()
    options = ma.fields.List(ma.fields.Dict())
    steps = ma.fields.Integer()
    position = ma.fields.Integer()
    state = ma.fields.String()
    is_revealed = ma.fields.Boolean()
    answers = ma.fields.Integer()
    withheld = ma.fields.Boolean()
    bars = ma.fields.List(ma.fields.Nested(BarSchema))
    cloud = ma.fields.List(ma.fields.Nested(CountedWordSchema))
    struck = ma.fields.List(ma.fields.String())


class MyAnswerSchema(ma.Schema):
    poll_id = ma.fields.UUID()
    value = ma.fields.Integer()
    words = ma.fields.List(ma.fields.String())


class MineSchema(ma.Schema):
    signed_up = ma.fields.Boolean()
    upvotes = ma.fields.List(ma.fields.UUID())
    questions = ma.fields.List(ma.fields.Nested(QuestionSchema))
    answer = ma.fields.Nested(MyAnswerSchema)


class ScreenSchema(HallSchema):
    """An event as it stands on a screen; which fields there are depends on whose screen it is."""

    version = ma.fields.Integer()
    signed_up = ma.fields.Integer()
    on_stage = ma.fields.String()
    poll = ma.fields.Nested(ShownPollSchema)
    questions = ma.fields.List(ma.fields.Nested(QuestionSchema))
    script = ma.fields.String()
    stream_url = ma.fields.String()
    recording_url = ma.fields.String()
    transcript_url = ma.fields.String()
    asking = ma.fields.String()
    moderation = ma.fields.String()
    categories = ma.fields.List(ma.fields.Nested(CategorySchema))
    is_time_to_join = ma.fields.Boolean()
    polls = ma.fields.List(ma.fields.Nested(ShownPollSchema))
    mine = ma.fields.Nested(MineSchema)
