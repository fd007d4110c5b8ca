"""Voting's shapes over HTTP."""

import marshmallow as ma

from services.voting.models.card import ANSWERS
from services.voting.models.hand import Answer
from shared.edit_conflicts import EditSchema

MOST_OWN_VIEWS, MOST_ANSWERS = 2000, 100


class AnswerSchema(ma.Schema):
    answer = ma.fields.String(required=True, validate=ma.validate.OneOf(ANSWERS))
    heart = ma.fields.Boolean(load_default=None, allow_none=True)


class AnswerToViewSchema(AnswerSchema):
    view_id = ma.fields.UUID(required=True)

    @ma.post_load
    def as_answer(self, fields, **_):
        return Answer(**fields)


class AnswersSchema(ma.Schema):
    answers = ma.fields.List(
        ma.fields.Nested(AnswerToViewSchema), required=True, validate=ma.validate.Length(1, MOST_ANSWERS)
    )


class DealSchema(ma.Schema):
    after = ma.fields.Integer(required=True, validate=ma.validate.Range(min=0))
    themes = ma.fields.List(ma.fields.UUID(), load_default=list, validate=ma.validate.Length(max=100))
    own_views = ma.fields.List(
        ma.fields.UUID(), load_default=list, validate=ma.validate.Length(max=MOST_OWN_VIEWS)
    )
    languages = ma.fields.List(
        ma.fields.String(validate=ma.validate.Length(2, 3)), load_default=None, allow_none=True
    )


class BatchArguments(ma.Schema):
    batch = ma.fields.Integer(load_default=None, validate=ma.validate.Range(min=1))


class PlacesArguments(ma.Schema):
    """Which part of the ranking: of one theme or all, and within each after which position."""

    theme_id = ma.fields.UUID(load_default=None)
    after = ma.fields.Integer(load_default=0, validate=ma.validate.Range(min=0))
    limit = ma.fields.Integer(load_default=None, validate=ma.validate.Range(1, 1000))


class ProgressSchema(ma.Schema):
    """How far the reader is."""

    state = ma.fields.String()
    closes_at = ma.fields.AwareDateTime(allow_none=True)
    goal = ma.fields.Integer()
    answered = ma.fields.Integer()
    with_hearts = ma.fields.Boolean()
    hearts_given = ma.fields.Integer()
    hearts_left = ma.fields.Integer()
    batches = ma.fields.Integer()


class CardSchema(ma.Schema):
    view_id = ma.fields.UUID()
    theme_id = ma.fields.UUID()
    answer = ma.fields.String(attribute="word", allow_none=True)
    heart = ma.fields.Boolean()
    batch = ma.fields.Integer()


class HeartedSchema(ma.Schema):
    cards = ma.fields.List(ma.fields.Nested(CardSchema))


class ThemeReadSchema(ma.Schema):
    theme_id = ma.fields.UUID()
    views = ma.fields.Integer()
    dealt = ma.fields.Integer()


class DeckSchema(ProgressSchema):
    """One batch of cards before the reader, 0 when nothing has been dealt or nothing is left."""

    batch = ma.fields.Integer()
    cards = ma.fields.List(ma.fields.Nested(CardSchema))
    themes = ma.fields.List(ma.fields.Nested(ThemeReadSchema))
    languages = ma.fields.List(ma.fields.String())
    reads = ma.fields.List(ma.fields.String(), allow_none=True)


class TermsSchema(EditSchema):
    """What is agreed on before reading opens."""

    goal = ma.fields.Integer(validate=ma.validate.Range(5, 200))
    with_hearts = ma.fields.Boolean()
    questions = ma.fields.Integer(validate=ma.validate.Range(1, 60))
    seats_by = ma.fields.String(validate=ma.validate.OneOf(("unit", "site")))
    expected_readers = ma.fields.Integer(allow_none=True, validate=ma.validate.Range(1, 1_000_000))


class ThemeReadingsSchema(ma.Schema):
    """How far one theme is read. Of single views nothing is told beyond the floor: `fewest` and `median` end there, and so
    does `by_view`, which is there once the answers are counted (0: fewer than five)."""

    theme_id = ma.fields.UUID()
    views = ma.fields.Integer()
    readings = ma.fields.Integer()
    fewest = ma.fields.Integer()
    median = ma.fields.Float()
    below_floor = ma.fields.Integer()
    by_view = ma.fields.Dict(keys=ma.fields.UUID(), values=ma.fields.Integer())


class ReadingsSchema(TermsSchema):
    """How far the views have been read; nothing of what the answers say."""

    state = ma.fields.String()
    opened_at = ma.fields.AwareDateTime(allow_none=True)
    closes_at = ma.fields.AwareDateTime(allow_none=True)
    invited = ma.fields.Integer(allow_none=True)
    floor = ma.fields.Integer()
    voters = ma.fields.Integer()
    expected_votes_a_view = ma.fields.Float()
    themes = ma.fields.List(ma.fields.Nested(ThemeReadingsSchema))


class GroupAnswersSchema(ma.Schema):
    """A group's shares of one view in steps of a fifth (0.1 to 0.9), blurred by chance; none where it is withheld."""

    name = ma.fields.String()
    withheld = ma.fields.Boolean()
    agree = ma.fields.Float()
    disagree = ma.fields.Float()


class PlaceSchema(ma.Schema):
    """A view's place, reckoned from answers that are blurred by chance, once. `answers` is the promised floor where it is reached
    and told in fives below; the other counts are to the nearest five. What fewer than five people answered is left out: then
    the view counts as not read."""

    view_id = ma.fields.UUID()
    position = ma.fields.Integer()
    place = ma.fields.Integer()
    place_best = ma.fields.Integer()
    place_worst = ma.fields.Integer()
    percentile = ma.fields.Integer()
    priority = ma.fields.Float()
    agree = ma.fields.Float()
    agree_low = ma.fields.Float()
    agree_high = ma.fields.Float()
    heart = ma.fields.Float()
    answers = ma.fields.Integer()
    agrees = ma.fields.Integer()
    passes = ma.fields.Integer()
    disagrees = ma.fields.Integer()
    hearts = ma.fields.Integer()
    read_enough = ma.fields.Boolean()
    proposed = ma.fields.Boolean()
    groups = ma.fields.List(ma.fields.Nested(GroupAnswersSchema))


class ThemeRankingSchema(ma.Schema):
    theme_id = ma.fields.UUID()
    views = ma.fields.Integer()
    places = ma.fields.List(ma.fields.Nested(PlaceSchema))
    dividing = ma.fields.List(ma.fields.UUID())


class RankingSchema(ma.Schema):
    """Every view's place with its uncertainty, and the seats that propose the questions."""

    state = ma.fields.String()
    floor = ma.fields.Integer()
    voters = ma.fields.Integer()
    with_hearts = ma.fields.Boolean()
    grouped_by = ma.fields.String()
    themes = ma.fields.List(ma.fields.Nested(ThemeRankingSchema))


class SeatSchema(ma.Schema):
    position = ma.fields.Integer()
    group = ma.fields.String(attribute="stratum")
    view_id = ma.fields.UUID()
    theme_id = ma.fields.UUID()


class SeatsSchema(ma.Schema):
    """The views proposed as questions. `joined`: groups too small for seats of their own, and whom they joined."""

    state = ma.fields.String()
    questions = ma.fields.Integer()
    seats_by = ma.fields.String()
    seats = ma.fields.List(ma.fields.Nested(SeatSchema))
    joined = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String())
