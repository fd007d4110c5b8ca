"""Reads the thread, forward from what was said or back to it: one recursive statement, however much hangs on it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import CTE, Row, func, literal, select
from sqlalchemy.orm import Session

from services.lineage.models import (
    CLAUSE,
    OUTCOME,
    PASSAGE,
    QUESTION,
    VIEW,
    Agreement,
    Edge,
    Edition,
    Standing,
    Thing,
)
from shared.contracts.api.lineage import USUAL_DEPTH, Became, PassageThere

FEWEST_TEAMS = 5  # below this nobody is told how many teams: one could be recognised


def steps(start: Iterable[UUID], forward: bool, deepest: int) -> CTE:
    """(root, near, far, depth) for every edge on the way; clauses belong to teams and are never walked to."""
    near, far = (Edge.source_id, Edge.target_id) if forward else (Edge.target_id, Edge.source_id)
    on_the_way = [Edge.kind != CLAUSE] if forward else []
    first = select(near.label("root"), near.label("near"), far.label("far"), literal(1).label("depth"))
    way = first.where(near.in_(list(start)), *on_the_way).cte("way", recursive=True)
    onward = select(way.c.root, near, far, way.c.depth + 1).join(way, near == way.c.far)
    return way.union(onward.where(way.c.depth < deepest, *on_the_way))


@dataclass
class Thread:
    """Holds what one thing grew into, and what it grew from."""

    start: Thing
    things: dict[UUID, Thing] = field(default_factory=dict)
    edges: set[tuple[UUID, UUID]] = field(default_factory=set)

    def follow(self, session: Session, forward: bool, deepest: int) -> None:
        way = steps([self.start.id], forward, deepest)
        found = session.execute(select(way.c.near, way.c.far, Thing).join(Thing, Thing.id == way.c.far))
        for near, far, thing in found:
            self.things[far] = thing
            self.edges.add((near, far) if forward else (far, near))

    def only_what_readers_see(self, launched: set[UUID]) -> None:
        """Views that were taken back stay as a knot without words; drafts and unsigned outcomes are nobody's yet."""
        self.things = {
            id: thing
            for id, thing in self.things.items()
            if thing.kind == VIEW or (thing.stands and (thing.kind != PASSAGE or id in launched))
        }
        seen = {*self.things, self.start.id}
        self.edges = {edge for edge in self.edges if seen.issuperset(edge)}


def where_passages_stand(session: Session, ids: Iterable[UUID]) -> dict[UUID, int]:
    """The newest launched edition of each passage that readers can find."""
    query = select(Standing.passage_id, func.max(Edition.number))
    query = query.join(Edition, (Edition.id == Standing.edition_id) & Edition.is_launched)
    query = query.where(Standing.passage_id.in_(list(ids))).group_by(Standing.passage_id)
    return dict(session.execute(query).all())


def agreements_on(session: Session, passages: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """The signed agreements with a standing clause from each passage. Only their number may leave, and only from five."""
    query = select(Edge.source_id, Thing.part_of).join(Thing, (Thing.id == Edge.target_id) & Thing.stands)
    query = query.join(Agreement, Agreement.id == Thing.part_of).where(Edge.kind == CLAUSE)
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for passage, agreement in session.execute(query.where(Edge.source_id.in_(list(passages)))):
        if agreement:
            found[passage].add(agreement)
    return found


def number_of_teams(agreements: set[UUID]) -> int | None:
    return len(agreements) if len(agreements) >= FEWEST_TEAMS else None


def threads_of(session: Session, views: Iterable[UUID]) -> dict[UUID, Became]:
    """For many views at once, what became of each: readings, questions, outcomes, passages, teams."""
    known = {view.id: view for view in session.scalars(select(Thing).where(Thing.id.in_(list(views))))}
    reached = reached_from(session, known)
    passages = {row.id for row in reached if row.kind == PASSAGE}
    places = where_passages_stand(session, passages) if passages else {}
    agreements = agreements_on(session, passages) if passages else {}
    by_view: dict[UUID, list[Row]] = defaultdict(list)
    for row in reached:
        by_view[row.root].append(row)
    return {id: became(view, by_view[id], places, agreements) for id, view in known.items()}


def reached_from(session: Session, views: Collection[UUID]) -> Sequence[Row]:
    """(root, id, kind, detail) of everything that grew from each of these views."""
    if not views:
        return []
    way = steps(views, True, USUAL_DEPTH)
    found = select(way.c.root, Thing.id, Thing.kind, Thing.detail).join(Thing, Thing.id == way.c.far)
    return session.execute(found.where(Thing.stands).distinct()).all()


def became(
    view: Thing, reached: list[Row], places: dict[UUID, int], agreements: dict[UUID, set[UUID]]
) -> Became:
    """Of passages only those that readers can open."""
    stands = [row for row in reached if row.kind == PASSAGE and row.id in places]
    teams = set[UUID]().union(*(agreements.get(row.id, set()) for row in stands))
    return Became(
        readings=view.readings,
        stands=view.stands,
        questions=sorted(row.id for row in reached if row.kind == QUESTION),
        outcomes=sorted(row.id for row in reached if row.kind == OUTCOME),
        passages=[PassageThere(id=row.id, kind=row.detail, number=places[row.id]) for row in stands],
        teams=number_of_teams(teams),
    )
