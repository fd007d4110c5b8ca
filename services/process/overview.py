"""Makes the structs that show a run: to everybody on its path, to those who steer it, to the consultancy."""

from msgspec import convert
from msgspec.structs import asdict

from services.process.models import Decision, Drift, KeptTemplate, Phase, PlannedMove, Proposal, Run, Standing
from services.process.models.moving import Ahead
from services.process.models.proposal import Answer, Change
from shared.contracts.api import process as shapes


def path_of(run: Run) -> shapes.Run:
    return shapes.Run(
        id=run.id,
        name=run.name,
        template=run.template,
        languages=run.languages,
        version=run.version,
        activities=run.activities,
        completed_at=run.completed_at,
        phases=[_phase(phase) for phase in run.phases],
    )


def _phase(phase: Phase) -> shapes.Phase:
    return shapes.Phase(
        id=phase.id,
        key=phase.key,
        step=phase.step,
        state=phase.state,
        activities=phase.activities,
        settings=phase.settings,
        goal=phase.goal,
        goal_reached_at=phase.goal_reached_at,
        opens_by=phase.opens_by,
        opens_at=phase.opens_at,
        closes_at=phase.closes_at,
        opened_at=phase.opened_at,
        closed_at=phase.closed_at,
    )


def steering_of(run: Run) -> shapes.Steering:
    """The path with what has happened on it, and how moving on now would leave it."""
    return shapes.Steering(
        **asdict(path_of(run)),
        turnout_target=run.turnout_target,
        took_part=run.took_part,
        invited=run.invited,
        waiting=run.waiting,
        strays=run.strays() if run.current else [],
        drifting=[_drift(drift) for drift in run.drifting],
        decisions=[_decision(decision) for decision in run.decisions],
        planned_move=_planned_move(run.planned_move) if run.planned_move else None,
    )


def _drift(drift: Drift) -> shapes.Drift:
    return shapes.Drift(
        phase=drift.phase, kind=drift.kind, noticed_at=drift.noticed_at, over_at=drift.over_at
    )


def _decision(decision: Decision) -> shapes.Decision:
    return shapes.Decision(
        id=decision.id,
        phase=decision.phase,
        how=decision.how,
        reason=decision.reason,
        party=decision.party,
        decided_by=decision.decided_by,
        decided_at=decision.decided_at,
    )


def _planned_move(move: PlannedMove) -> shapes.PlannedMove:
    return shapes.PlannedMove(
        id=move.id,
        leaving=move.leaving,
        to=move.to,
        party=move.party,
        planned_by=move.planned_by,
        moves_at=move.moves_at,
    )


def ahead_of(move: Ahead) -> shapes.Ahead:
    return shapes.Ahead(
        leaving=move.leaving,
        to=move.to,
        closes_at=move.closes_at,
        closes=move.closes,
        goes_on=move.goes_on,
        opens=move.opens,
        skips=[_phase(phase) for phase in move.skips],
        strays=move.strays,
    )


def proposal_of(proposal: Proposal) -> shapes.Proposal:
    return shapes.Proposal(
        id=proposal.id,
        version=proposal.version,
        state=proposal.state,
        waits_for=proposal.waits_for,
        proposed_by=proposal.proposed_by,
        proposed_at=proposal.proposed_at,
        why=proposal.why,
        changes=[_change(change) for change in proposal.changes],
        phases=convert(proposal.phases, list[shapes.WrittenPhase]),
        answers=[_answer(answer) for answer in proposal.answers],
    )


def _change(change: Change) -> shapes.Change:
    return shapes.Change(phase=change.phase, what=change.what, was=change.was, becomes=change.becomes)


def _answer(answer: Answer) -> shapes.Answer:
    return shapes.Answer(
        party=answer.party,
        accepts=answer.accepts,
        answered_by=answer.answered_by,
        answered_at=answer.answered_at,
        reason=answer.reason,
    )


def kept_of(template: KeptTemplate) -> shapes.KeptTemplate:
    return shapes.KeptTemplate(
        id=template.id, name=template.name, phases=template.path, kept_at=template.kept_at
    )


def standing_of(standing: Standing) -> shapes.Standing:
    return shapes.Standing(
        run_id=standing.run_id,
        client_id=standing.client_id,
        template=standing.template,
        phase=standing.phase,
        step=standing.step,
        steps=standing.steps,
        next_phase=standing.next_phase,
        next_at=standing.next_at,
        drift=standing.drift,
        waiting=standing.waiting,
        took_part=standing.took_part,
        invited=standing.invited,
        completed=standing.completed,
        turnout_target=standing.turnout_target,
        led_by=standing.led_by,
        needs_a_person=standing.needs_a_person,
    )
