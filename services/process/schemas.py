"""The shapes of the process over HTTP."""

import marshmallow as ma

from services.process.agreement import OPENS_BY
from services.process.journey import GOALS, TEMPLATES
from shared.contracts.process import ACTIVITIES
from shared.fields import Filled, Line
from shared.languages import LANGUAGES

WORD = ma.validate.Regexp(r"^[a-z][a-z0-9_.]{0,60}$")
SETTING = ma.validate.Regexp(r"^[a-z0-9][a-z0-9_.]{0,60}$")
HANDFUL = ma.validate.Regexp(
    r"^([5-9]|[1-4][0-9]|50)$", error="A handful holds the views of 5 to 50 authors."
)


class PhaseShape(ma.Schema):
    id = ma.fields.UUID()
    key = ma.fields.String()
    step = ma.fields.String()
    state = ma.fields.String()
    activities = ma.fields.List(ma.fields.String())
    settings = ma.fields.Dict()
    goal = ma.fields.String(allow_none=True)
    goal_reached_at = ma.fields.AwareDateTime(allow_none=True)
    opens_by = ma.fields.String()
    opens_at = ma.fields.AwareDateTime(allow_none=True)
    closes_at = ma.fields.AwareDateTime(allow_none=True)
    opened_at = ma.fields.AwareDateTime(allow_none=True)
    closed_at = ma.fields.AwareDateTime(allow_none=True)


class RunShape(ma.Schema):
    """What everybody of the organisation may know: the agreed path and where on it we are."""

    id = ma.fields.UUID()
    name = ma.fields.String()
    template = ma.fields.String()
    languages = ma.fields.List(ma.fields.String())
    version = ma.fields.Integer()
    activities = ma.fields.List(ma.fields.String())
    completed_at = ma.fields.AwareDateTime(allow_none=True)
    phases = ma.fields.List(ma.fields.Nested(PhaseShape))


class DriftShape(ma.Schema):
    phase = ma.fields.String()
    kind = ma.fields.String()
    noticed_at = ma.fields.AwareDateTime()
    over_at = ma.fields.AwareDateTime(allow_none=True)


class DecisionShape(ma.Schema):
    id = ma.fields.UUID()
    phase = ma.fields.String()
    how = ma.fields.List(ma.fields.String())
    reason = ma.fields.String()
    party = ma.fields.String()
    decided_by = ma.fields.UUID()
    decided_at = ma.fields.AwareDateTime()


class PlannedMoveShape(ma.Schema):
    """A move that happens by itself at its moment, unless it is taken back; `to` is null where the path ends."""

    id = ma.fields.UUID()
    leaving = ma.fields.String()
    to = ma.fields.String(allow_none=True)
    party = ma.fields.String()
    planned_by = ma.fields.UUID()
    moves_at = ma.fields.AwareDateTime()


class SteeringShape(RunShape):
    """What those who steer need besides: goals, drift, decisions, what waits for a person."""

    turnout_target = ma.fields.Float()
    took_part = ma.fields.Integer()
    invited = ma.fields.Integer()
    waiting = ma.fields.List(ma.fields.String())
    strays = ma.fields.Function(lambda run: run.strays() if run.current else [])
    drifting = ma.fields.List(ma.fields.Nested(DriftShape))
    decisions = ma.fields.List(ma.fields.Nested(DecisionShape))
    planned_move = ma.fields.Nested(PlannedMoveShape, allow_none=True)


class TemplatePhase(ma.Schema):
    """A phase of a template: no dates, no words, only what it opens and how long it usually takes."""

    key = ma.fields.String(required=True, validate=WORD)
    step = ma.fields.String(required=True, validate=WORD)
    days = ma.fields.Integer(required=True, validate=ma.validate.Range(1, 1000))
    activities = ma.fields.List(ma.fields.String(validate=ma.validate.OneOf(ACTIVITIES)), required=True)
    goal = ma.fields.String(allow_none=True, load_default=None, validate=ma.validate.OneOf(GOALS))
    opens_by = ma.fields.String(load_default="hand", validate=ma.validate.OneOf(OPENS_BY))
    settings = ma.fields.Dict(
        keys=ma.fields.String(validate=WORD), values=ma.fields.String(validate=SETTING), load_default=dict
    )

    @ma.validates("settings")
    def a_handful_hides_everybody_in_it(self, settings: dict[str, str], data_key: str) -> None:
        if holds := settings.get("give_views.handful"):
            HANDFUL(holds)


class KeptShape(ma.Schema):
    """A template that the consultancy keeps."""

    id = ma.fields.UUID(dump_only=True)
    name = Line(required=True, validate=Filled(120))
    phases = ma.fields.List(
        ma.fields.Nested(TemplatePhase), required=True, validate=ma.validate.Length(min=1, max=50)
    )
    kept_at = ma.fields.AwareDateTime(dump_only=True)


class NewRun(ma.Schema):
    """A run from our template, or from `phases` that were kept from another run."""

    name = Line(required=True, validate=Filled(120))
    template = ma.fields.String(load_default="hybrid-work", validate=ma.validate.OneOf(list(TEMPLATES)))
    phases = ma.fields.List(
        ma.fields.Nested(TemplatePhase), load_default=None, validate=ma.validate.Length(min=1, max=50)
    )
    starts_at = ma.fields.AwareDateTime(required=True)
    languages = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(LANGUAGES)),
        required=True,
        validate=ma.validate.Length(min=1),
    )


class PlannedPhaseShape(ma.Schema):
    """The part of a phase that a proposal may say; what is left out stays as agreed."""

    key = ma.fields.String(required=True)
    opens_at = ma.fields.AwareDateTime(allow_none=True)
    closes_at = ma.fields.AwareDateTime(allow_none=True)
    opens_by = ma.fields.String(validate=ma.validate.OneOf(OPENS_BY))
    activities = ma.fields.List(ma.fields.String(validate=ma.validate.OneOf(ACTIVITIES)))


class PlanAsShown(ma.Schema):
    """The plan that a proposal changes, as its page showed it: {phase: what it says}."""

    class Meta:
        unknown = ma.EXCLUDE

    phases = ma.fields.Dict(
        keys=ma.fields.String(), values=ma.fields.Nested(PlannedPhaseShape), load_default=dict
    )


class NewProposal(ma.Schema):
    was = ma.fields.Nested(PlanAsShown, load_only=True, allow_none=True, load_default=None)
    phases = ma.fields.List(ma.fields.Nested(PlannedPhaseShape), required=True)
    why = ma.fields.String(load_default="", validate=ma.validate.Length(max=2000))


class ChangeShape(ma.Schema):
    phase = ma.fields.String()
    what = ma.fields.String()
    was = ma.fields.Raw(allow_none=True)
    becomes = ma.fields.Raw(allow_none=True)


class AnswerShape(ma.Schema):
    party = ma.fields.String()
    accepts = ma.fields.Boolean()
    answered_by = ma.fields.UUID()
    answered_at = ma.fields.AwareDateTime()
    reason = ma.fields.String()


class ProposalShape(ma.Schema):
    id = ma.fields.UUID()
    version = ma.fields.Integer()
    state = ma.fields.String()
    waits_for = ma.fields.String(allow_none=True)
    proposed_by = ma.fields.String()
    proposed_at = ma.fields.AwareDateTime()
    why = ma.fields.String()
    changes = ma.fields.List(ma.fields.Nested(ChangeShape))
    phases = ma.fields.Raw()
    answers = ma.fields.List(ma.fields.Nested(AnswerShape))


class Refusing(ma.Schema):
    reason = ma.fields.String(required=True, validate=Filled(2000))


class Move(ma.Schema):
    reason = ma.fields.String(load_default="", validate=ma.validate.Length(max=2000))
    to = ma.fields.String(load_default=None, allow_none=True)
    leaving = ma.fields.String(load_default="")
    in_minutes = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, 60))


class Towards(ma.Schema):
    """Which phase would open: the next, or a later one."""

    to = ma.fields.String(load_default=None)


class AheadShape(ma.Schema):
    """What a move would do; activities by their names."""

    leaving = ma.fields.String()
    to = ma.fields.String(allow_none=True)
    closes_at = ma.fields.AwareDateTime(allow_none=True)
    closes = ma.fields.List(ma.fields.String())
    goes_on = ma.fields.List(ma.fields.String())
    opens = ma.fields.List(ma.fields.String())
    skips = ma.fields.List(ma.fields.Nested(PhaseShape))
    strays = ma.fields.List(ma.fields.String())


class StandingShape(ma.Schema):
    run_id = ma.fields.UUID()
    client_id = ma.fields.UUID()
    template = ma.fields.String()
    phase = ma.fields.String()
    step = ma.fields.String()
    steps = ma.fields.List(ma.fields.String())
    next_phase = ma.fields.String(allow_none=True)
    next_at = ma.fields.AwareDateTime(allow_none=True)
    drift = ma.fields.List(ma.fields.String())
    waiting = ma.fields.List(ma.fields.String())
    took_part = ma.fields.Integer()
    invited = ma.fields.Integer()
    completed = ma.fields.Boolean()
    turnout_target = ma.fields.Float()
    led_by = ma.fields.UUID(allow_none=True)
    needs_a_person = ma.fields.Boolean()
