"""Shapes of the workbook over HTTP."""

import marshmallow as ma
from marshmallow import fields, validate

from services.publishing.launch_schemas import LaunchSchema
from shared.web.edit_conflicts import EditSchema
from shared.web.fields import Filled, Line

LANGUAGE = validate.OneOf(("fi", "sv", "en"))
NAME = Filled(200)


class ChapterToOpen(ma.Schema):
    title = Line(required=True, validate=NAME)
    theme_id = fields.UUID(load_default=None, allow_none=True)


class WorkbookToBegin(ma.Schema):
    title = Line(required=True, validate=NAME)
    language = fields.String(required=True, validate=LANGUAGE)
    subtitle = Line(load_default="", validate=validate.Length(max=300))
    publisher = Line(load_default="", validate=validate.Length(max=200))
    chapters = fields.List(fields.Nested(ChapterToOpen), load_default=list, validate=validate.Length(max=40))


class WorkbookToRename(EditSchema):
    title = Line(validate=NAME)
    language = fields.String(validate=LANGUAGE)
    subtitle = Line(validate=validate.Length(max=300))
    publisher = Line(validate=validate.Length(max=200))


class PassageToAdd(ma.Schema):
    chapter_id = fields.UUID(required=True)
    block = fields.Dict(required=True)
    derived_from = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=200))
    after = fields.UUID(load_default=None, allow_none=True)


class PassageToSave(ma.Schema):
    base_revision = fields.Integer(required=True, validate=validate.Range(min=1))
    block = fields.Dict(required=True)
    derived_from = fields.List(fields.UUID(), load_default=None, validate=validate.Length(max=200))


class Move(ma.Schema):
    direction = fields.String(required=True, validate=validate.OneOf(("up", "down")))


class Restoration(ma.Schema):
    revision = fields.Integer(required=True)


class ApprovalToGive(ma.Schema):
    version = fields.Integer(required=True, validate=validate.Range(min=1))


class ClearingToGive(ma.Schema):
    revision = fields.Integer(required=True, validate=validate.Range(min=1))
    question = fields.String(required=True, validate=validate.OneOf(("identifiability", "wording")))
    decision = fields.String(required=True, validate=validate.OneOf(("cleared", "refused")))
    note = fields.String(load_default="", validate=validate.Length(max=500))


class ClearingSchema(ma.Schema):
    question = fields.String()
    decision = fields.String()
    revision = fields.Integer()
    note = fields.String()
    by = fields.UUID()
    at = fields.DateTime()


class RevisionSchema(ma.Schema):
    number = fields.Integer()
    base = fields.Integer()
    block = fields.Dict(attribute="written")
    derived_from = fields.List(fields.UUID())
    by = fields.UUID()
    at = fields.DateTime()
    is_aside = fields.Boolean()


class PassageSchema(ma.Schema):
    id = fields.UUID()
    run_id = fields.UUID()
    chapter_id = fields.UUID()
    theme_id = fields.UUID()
    kind = fields.String()
    revision = fields.Integer()
    block = fields.Dict(attribute="written")
    derived_from = fields.List(fields.UUID())
    is_removed = fields.Boolean()
    is_quoted = fields.Boolean()
    is_cleared = fields.Boolean()
    identifiability = fields.Function(lambda passage: passage.decision_on("identifiability"))
    wording = fields.Function(lambda passage: passage.decision_on("wording"))
    lacks = fields.Function(lambda passage: passage.block.lacks())


class PassageHistorySchema(PassageSchema):
    revisions = fields.List(fields.Nested(RevisionSchema))
    clearings = fields.List(fields.Nested(ClearingSchema))


class SignatureSchema(ma.Schema):
    by = fields.UUID()
    at = fields.DateTime()
    side = fields.String()
    version = fields.Integer()


class RenderingSchema(ma.Schema):
    sheet = fields.String()
    state = fields.String()
    sentence = fields.String()
    made_at = fields.DateTime()


class EditionSchema(ma.Schema):
    id = fields.UUID()
    run_id = fields.UUID()
    number = fields.Integer()
    of_version = fields.Integer()
    frozen_by = fields.UUID()
    frozen_at = fields.DateTime()
    renderings = fields.List(fields.Nested(RenderingSchema))


SIGNATURES = SignatureSchema(many=True)


class WorkbookSchema(ma.Schema):
    id = fields.UUID()
    run_id = fields.UUID()
    title = fields.String()
    subtitle = fields.String()
    publisher = fields.String()
    language = fields.String()
    version = fields.Integer()
    stage = fields.String()
    is_in_review = fields.Boolean()
    passages = fields.List(fields.Nested(PassageSchema), attribute="standing")
    approvals = fields.Function(lambda workbook: SIGNATURES.dump(workbook.standing_approvals))
    reviews = fields.List(fields.Nested(SignatureSchema))
    editions = fields.List(fields.Nested(EditionSchema))
    launches = fields.List(fields.Nested(LaunchSchema))
    lacks = fields.Function(
        lambda workbook: [{"passage_id": id, "sentence": s} for id, s in workbook.book().lacks()]
    )
    uncleared = fields.Function(lambda workbook: [passage.id for passage in workbook.uncleared])


class SourceSchema(ma.Schema):
    id = fields.UUID()
    kind = fields.String()
    theme_id = fields.UUID()
    place = fields.Integer()
    readings = fields.Integer()
    round = fields.Integer()
    question_id = fields.UUID()
    outcome_kind = fields.String()
    is_withdrawn = fields.Boolean()


class SourceArguments(ma.Schema):
    theme_id = fields.UUID(load_default=None)
    kind = fields.String(load_default=None, validate=validate.OneOf(("outcome", "view")))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class ReadingArguments(ma.Schema):
    edition = fields.Integer(load_default=None, validate=validate.Range(min=1))


class ProofArguments(ma.Schema):
    chapter = fields.UUID(load_default=None)
    page = fields.Integer(load_default=1, validate=validate.Range(1, 400))
