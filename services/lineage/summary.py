"""How whole a run's thread is: what hangs on nothing, and what leads nowhere."""

from uuid import UUID

from sqlalchemy import CTE, func, select
from sqlalchemy.orm import Session, aliased

from services.lineage.models import CLAUSE, OUTCOME, PASSAGE, VIEW, Edge, Thing
from shared.contracts.api.lineage import Summary

# Passages that speak for the staff; the consultancy's own prose, pictures and headings need no source
SPEAKING_FOR_STAFF = ("staff_voice", "experience", "tip", "idea_card", "principle")


def summary(session: Session, run_id: UUID) -> Summary:
    edges = select(func.count()).where(Edge.run_id == run_id)
    kinds = select(Thing.kind, func.count()).where(Thing.run_id == run_id, Thing.stands).group_by(Thing.kind)
    return Summary(
        edges=session.scalar(edges) or 0,
        things={kind: number for kind, number in session.execute(kinds) if kind != CLAUSE},
        passages_without_views=without_views(session, run_id, PASSAGE),
        outcomes_without_views=without_views(session, run_id, OUTCOME),
        orphan_outcomes=leading_nowhere(session, run_id),
    )


def reached_from_views(run_id: UUID) -> CTE:
    """Everything that grew from a view, each once."""
    views = select(Thing.id).where(Thing.run_id == run_id, Thing.kind == VIEW)
    reached = views.cte("reached", recursive=True)
    onward = select(Edge.target_id).join(reached, Edge.source_id == reached.c.id).where(Edge.run_id == run_id)
    return reached.union(onward)


def without_views(session: Session, run_id: UUID, kind: str) -> list[UUID]:
    """Things that speak for the staff, or say that they have sources, and yet lead back to no view."""
    reached = reached_from_views(run_id)
    has_sources = select(Edge.source_id).where(Edge.target_id == Thing.id).exists()
    speaks = Thing.detail.in_(SPEAKING_FOR_STAFF) if kind == PASSAGE else Thing.stands
    query = select(Thing.id).where(Thing.run_id == run_id, Thing.kind == kind, Thing.stands)
    lost = query.where(speaks | has_sources, Thing.id.not_in(select(reached.c.id)))
    return list(session.scalars(lost.order_by(Thing.id)))


def leading_nowhere(session: Session, run_id: UUID) -> list[UUID]:
    """Outcomes that groups signed and from which nothing grew, neither a later outcome nor a passage."""
    grown = aliased(Thing)
    from_it = select(grown.id).join(Edge, (Edge.target_id == grown.id) & (Edge.source_id == Thing.id))
    outcomes = select(Thing.id).where(Thing.run_id == run_id, Thing.kind == OUTCOME, Thing.stands)
    return list(session.scalars(outcomes.where(~from_it.where(grown.stands).exists()).order_by(Thing.id)))
