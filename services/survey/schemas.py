"""The shapes of the survey over HTTP."""

import marshmallow as ma
from marshmallow import fields, validate

from services.survey.models.moderation import GROUNDS
from services.survey.receipts import LONGEST as LONGEST_RECEIPT
from services.survey.receipts import SHORTEST as SHORTEST_RECEIPT
from services.survey.writing import LONGEST
from shared.edit_conflicts import EditSchema
from shared.fields import Filled, Line, Secret

MOST_IDS = 1000
language = validate.Regexp(r"^[a-z]{2,3}$", error="A language is two or three small letters, for example fi.")
# Far above what a view may be: a long text is refused by its own sentence, a flood by the schema
not_a_flood = validate.Length(max=20 * LONGEST)
Receipt = lambda **more: Secret(  # noqa: E731
    validate=validate.Length(SHORTEST_RECEIPT, LONGEST_RECEIPT), **more
)


class Reader(ma.Schema):
    """In which language somebody reads just now, when it is not their usual one."""

    language = fields.String(load_default=None, validate=language)


class Words(ma.Schema):
    text = fields.String(required=True, validate=not_a_flood)
    language = fields.String(required=True, validate=language)


class Giving(Words):
    receipt = Receipt(load_default=None, allow_none=True)


class Receipts(ma.Schema):
    """What the author's browser holds; which of them belongs to which view, only we can tell."""

    receipts = fields.List(Receipt(), load_default=list, validate=validate.Length(max=200))


class Revision(Words, Receipts):
    pass


class OwnView(ma.Schema):
    """A view as its author sees it."""

    id = fields.UUID()
    run_id = fields.UUID()
    theme_id = fields.UUID()
    text = fields.String(allow_none=True)
    language = fields.String()
    status = fields.String()
    new_wording_waits = fields.Boolean()
    waits_for_others = fields.Boolean()
    ground = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class WordsKept(ma.Schema):
    text = fields.String()
    language = fields.String()


class TakenBack(OwnView):
    words = fields.Nested(WordsKept, allow_none=True)


class Given(ma.Schema):
    view = fields.Nested(OwnView)
    receipt = fields.String()


class OwnViews(ma.Schema):
    """`not_yet` counts receipts that lead to no view, or to one that has not left its author's row."""

    views = fields.List(fields.Nested(OwnView))
    not_yet = fields.Integer()


class SharedView(ma.Schema):
    id = fields.UUID()
    theme_id = fields.UUID()
    text = fields.String()
    language = fields.String()


class SharedViews(ma.Schema):
    items = fields.List(fields.Nested(SharedView))
    next = fields.String(allow_none=True)


class Another(ma.Schema):
    view = fields.Nested(SharedView, allow_none=True)


class Ids(ma.Schema):
    ids = fields.List(fields.UUID(), required=True, validate=validate.Length(max=MOST_IDS))


class TextOfView(ma.Schema):
    text = fields.String()
    language = fields.String()
    theme_id = fields.UUID()
    status = fields.String()


class Texts(ma.Schema):
    texts = fields.Dict(keys=fields.String(), values=fields.Nested(TextOfView))


class WordsOfTheme(ma.Schema):
    name = Line(required=True, validate=Filled(80))
    question = fields.String(required=True, validate=Filled(300))
    hint = fields.String(load_default="", validate=validate.Length(max=500))


class ThemeWording(ma.Schema):
    words = fields.Dict(
        keys=fields.String(validate=language),
        values=fields.Nested(WordsOfTheme),
        required=True,
        validate=validate.Length(min=1),
    )


class ThemeRewording(ThemeWording, EditSchema):
    pass


class ThemeToEdit(ThemeWording):
    id = fields.UUID()
    position = fields.Integer()
    key = fields.String()
    views = fields.Integer()


class Themes(ma.Schema):
    state = fields.String()
    languages = fields.List(fields.String())
    themes = fields.List(fields.Nested(ThemeToEdit))
    statuses = fields.Dict(keys=fields.String(), values=fields.Integer())


class ThemeToAnswer(ma.Schema):
    id = fields.UUID()
    position = fields.Integer()
    key = fields.String()
    name = fields.String()
    question = fields.String()
    hint = fields.String()
    views = fields.Integer()
    mine = fields.Integer()
    may_read = fields.Boolean()
    draft = fields.Nested(WordsKept, allow_none=True)


class CollectingNow(ma.Schema):
    """Everything a page of giving views needs."""

    state = fields.String()
    closes_at = fields.AwareDateTime(allow_none=True)
    moderated_first = fields.Boolean()
    read_first = fields.Boolean()
    languages = fields.List(fields.String())
    handful = fields.Integer()
    longest = fields.Integer()
    seeds = fields.List(fields.UUID())
    themes = fields.List(fields.Nested(ThemeToAnswer))


class HowMany(ma.Schema):
    how_many = fields.Integer(load_default=10, validate=validate.Range(1, 50))


class HeldView(ma.Schema):
    """A view as a moderator sees it: words and theme, nothing about its author."""

    id = fields.UUID()
    theme_id = fields.UUID()
    text = fields.String(attribute="latest_text")
    earlier_text = fields.Function(lambda view: view.text if view.revision is not None else None)
    language = fields.Function(lambda view: view.revision_language or view.language)
    status = fields.String()
    wording = fields.String()


class Queue(ma.Schema):
    waiting = fields.Integer()
    held = fields.Integer()
    mine = fields.List(fields.Nested(HeldView))


class OneDecision(ma.Schema):
    view_id = fields.UUID(required=True)
    decision = fields.String(required=True, validate=validate.OneOf(("accept", "reject")))
    wording = fields.String(required=True, validate=validate.Length(max=64))
    ground = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(GROUNDS))
    reason = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))


class Decisions(ma.Schema):
    decisions = fields.List(fields.Nested(OneDecision), required=True, validate=validate.Length(1, 50))


class Decided(ma.Schema):
    decided = fields.Integer()
    missed = fields.List(fields.UUID())


class RejectedView(ma.Schema):
    id = fields.UUID()
    theme_id = fields.UUID()
    text = fields.String()
    language = fields.String()
    ground = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class RejectedViews(ma.Schema):
    items = fields.List(fields.Nested(RejectedView))
    next = fields.String(allow_none=True)
