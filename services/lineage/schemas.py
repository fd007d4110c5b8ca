"""The shapes of the thread over HTTP."""

import marshmallow as ma
from marshmallow import fields, validate

from services.lineage.walking import DEEPEST, USUAL_DEPTH

MOST_VIEWS = 500


class Walk(ma.Schema):
    direction = fields.String(load_default="both", validate=validate.OneOf(("forward", "back", "both")))
    depth = fields.Integer(load_default=USUAL_DEPTH, validate=validate.Range(1, DEEPEST))


class Knot(ma.Schema):
    """A thing on the thread; its words are fetched from its owner."""

    id = fields.UUID()
    kind = fields.String()
    detail = fields.String(allow_none=True)
    stands = fields.Boolean()
    readings = fields.Integer(allow_none=True)
    number = fields.Integer(allow_none=True)  # of the newest edition in which readers find a passage
    teams = fields.Integer(allow_none=True)  # from five on


class TheThread(ma.Schema):
    start = fields.Nested(Knot)
    things = fields.List(fields.Nested(Knot))
    edges = fields.List(fields.List(fields.UUID()))  # [[source, target]]


class Views(ma.Schema):
    ids = fields.List(fields.UUID(), required=True, validate=validate.Length(max=MOST_VIEWS))


class PassageThere(ma.Schema):
    id = fields.UUID()
    kind = fields.String(allow_none=True)
    number = fields.Integer()


class Became(ma.Schema):
    readings = fields.Integer(allow_none=True)
    stands = fields.Boolean()
    questions = fields.List(fields.UUID())
    outcomes = fields.List(fields.UUID())
    passages = fields.List(fields.Nested(PassageThere))
    teams = fields.Integer(allow_none=True)


class Threads(ma.Schema):
    threads = fields.Dict(keys=fields.String(), values=fields.Nested(Became))


class Summary(ma.Schema):
    edges = fields.Integer()
    things = fields.Dict(keys=fields.String(), values=fields.Integer())
    passages_without_views = fields.List(fields.UUID())
    outcomes_without_views = fields.List(fields.UUID())
    orphan_outcomes = fields.List(fields.UUID())
