"""Adding to the thread: what a transaction heard is gathered and written with its commit, each kind of row in one statement.

So one event costs what it did, and a batch of a thousand hardly more. Everything may come twice, and things may be
heard of in any order; of what is said about the same thing, the last word counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.orm import Session

Facts = dict[str, Any]


@dataclass
class Weave:
    """Collects what is to be written before the transaction commits, in the order of `write`."""

    things: dict[UUID, Facts] = field(default_factory=dict)
    readings: dict[UUID, Facts] = field(default_factory=dict)
    ended: dict[UUID, Facts] = field(default_factory=dict)  # they stand no more
    sources: dict[UUID, Facts] = field(default_factory=dict)  # by target
    editions: dict[UUID, Facts] = field(default_factory=dict)
    passages: set[tuple[UUID, UUID]] = field(
        default_factory=set
    )  # that stand in an edition: (edition, passage)
    openings: dict[UUID, Facts] = field(default_factory=dict)  # whether an edition is open to readers
    agreements: dict[UUID, Facts] = field(default_factory=dict)

    def write(self, session: Session) -> None:
        """Rows in the order of their ids: two who write the same ones wait for each other and never in a circle."""
        for words, act in (
            (self.things, KNOW),
            (self.readings, COUNT_READINGS),
            (self.ended, STAND_NO_MORE),
            (self.editions, FREEZE),
            (self.openings, OPEN_TO_READERS),
            (self.agreements, SIGN),
        ):
            if words:
                rows = [{"id": id} | words[id] for id in sorted(words)]
                session.execute(act, columns(rows, COLUMNS[act]))
                words.clear()
        self._write_sources(session)
        self._write_passages(session)

    def _write_sources(self, session: Session) -> None:
        if self.sources:
            targets = {"targets": sorted(self.sources)}
            rows = [
                {"source": source, "target": target, "run_id": facts["run_id"], "kind": facts["kind"]}
                for target, facts in sorted(self.sources.items())
                for source in sorted(facts["from"])
            ]
            edges = columns(rows, ("source", "target", "run_id", "kind"))
            session.execute(CUT, targets | {name: edges[name] for name in ("source", "target")})
            session.execute(LEAD, edges)
            self.sources.clear()

    def _write_passages(self, session: Session) -> None:
        if self.passages:
            pairs = sorted(self.passages)
            session.execute(
                PUT_IN, {"editions": [one for one, _ in pairs], "passages": [one for _, one in pairs]}
            )
            self.passages.clear()


def weave_of(session: Session) -> Weave:
    weave = session.info.get("weave")
    if weave is None:
        session.connection()  # from here on there is a transaction, whose end we hear of
        weave = session.info["weave"] = Weave()
    return weave


@event.listens_for(Session, "before_commit")
def write_what_was_woven(session: Session) -> None:
    if weave := session.info.pop("weave", None):
        weave.write(session)


@event.listens_for(Session, "after_rollback")
def drop_what_was_woven(session: Session) -> None:
    session.info.pop("weave", None)


def columns(rows: list[Facts], names: Iterable[str]) -> Facts:
    """One list a column, as unnest takes them."""
    return {name: [row[name] for row in rows] for name in names}


def after(session: Session, id: UUID, *later: str) -> Weave:
    """The weave, emptied first when what is said now about this thing comes after a word that is written later."""
    weave = weave_of(session)
    if any(id in getattr(weave, words) for words in later):
        weave.write(session)
    return weave


def know(session: Session, id: UUID, run_id: UUID, kind: str, *, stands: bool, **facts: Any) -> None:
    """There is such a thing, and this is so about it now."""
    weave = after(session, id, "readings", "ended")
    known = weave.things.setdefault(id, {"run_id": run_id, "detail": None, "part_of": None})
    known |= {"kind": kind, "stands": stands} | facts


def grew_from(session: Session, target: UUID, run_id: UUID, kind: str, sources: Iterable[UUID]) -> None:
    """These are all its sources now; what it grew from before and does not any more is cut."""
    about = {"run_id": run_id, "kind": kind, "from": set(sources) - {target}}
    weave_of(session).sources[target] = about


def stands_no_more(session: Session, id: UUID) -> None:
    weave_of(session).ended[id] = {}


def count_readings(session: Session, run_id: UUID, theme_id: UUID, readings: dict[str, int]) -> None:
    """How many read each view; a view not heard of yet is known by this."""
    for view, number in readings.items():
        id = UUID(view)
        weave = after(session, id, "ended")
        weave.readings[id] = {"run_id": run_id, "part_of": theme_id, "readings": number}


def stand_in(session: Session, edition_id: UUID, run_id: UUID, number: int, passages: Iterable[UUID]) -> None:
    """A frozen edition and all its passages."""
    weave = after(session, edition_id, "openings")
    weave.editions[edition_id] = {"run_id": run_id, "number": number}
    weave.passages |= {(edition_id, passage) for passage in passages}


def open_to_readers(session: Session, edition_id: UUID, is_launched: bool) -> None:
    weave_of(session).openings[edition_id] = {"is_launched": is_launched}


def sign(session: Session, agreement_id: UUID, run_id: UUID) -> None:
    weave_of(session).agreements[agreement_id] = {"run_id": run_id}


KNOW = text("""
    INSERT INTO thing (id, run_id, kind, detail, part_of, stands)
    SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:run_id AS uuid[]), CAST(:kind AS text[]),
                         CAST(:detail AS text[]), CAST(:part_of AS uuid[]), CAST(:stands AS boolean[]))
    ON CONFLICT (tenant_id, id) DO UPDATE SET kind = excluded.kind, stands = excluded.stands,
        detail = coalesce(excluded.detail, thing.detail), part_of = coalesce(excluded.part_of, thing.part_of)""")
COUNT_READINGS = text("""
    INSERT INTO thing (id, run_id, part_of, readings, kind, stands)
    SELECT *, 'view', true FROM unnest(CAST(:id AS uuid[]), CAST(:run_id AS uuid[]), CAST(:part_of AS uuid[]),
                                       CAST(:readings AS int[]))
    ON CONFLICT (tenant_id, id) DO UPDATE SET readings = excluded.readings""")
STAND_NO_MORE = text("UPDATE thing SET stands = false WHERE id = ANY(CAST(:id AS uuid[])) AND stands")
CUT = text("""
    DELETE FROM edge WHERE target_id = ANY(CAST(:targets AS uuid[])) AND (source_id, target_id) NOT IN
        (SELECT * FROM unnest(CAST(:source AS uuid[]), CAST(:target AS uuid[])))""")
LEAD = text("""
    INSERT INTO edge (source_id, target_id, run_id, kind)
    SELECT * FROM unnest(CAST(:source AS uuid[]), CAST(:target AS uuid[]), CAST(:run_id AS uuid[]),
                         CAST(:kind AS text[])) ON CONFLICT DO NOTHING""")
FREEZE = text("""
    INSERT INTO edition (id, run_id, number, is_launched)
    SELECT *, false FROM unnest(CAST(:id AS uuid[]), CAST(:run_id AS uuid[]), CAST(:number AS int[]))
    ON CONFLICT DO NOTHING""")
OPEN_TO_READERS = text("""
    UPDATE edition SET is_launched = said.is_launched
    FROM unnest(CAST(:id AS uuid[]), CAST(:is_launched AS boolean[])) AS said (id, is_launched)
    WHERE edition.id = said.id""")
SIGN = text("""
    INSERT INTO agreement (id, run_id) SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:run_id AS uuid[]))
    ON CONFLICT DO NOTHING""")
PUT_IN = text("""
    INSERT INTO standing (edition_id, passage_id)
    SELECT * FROM unnest(CAST(:editions AS uuid[]), CAST(:passages AS uuid[])) ON CONFLICT DO NOTHING""")
COLUMNS = {
    KNOW: ("id", "run_id", "kind", "detail", "part_of", "stands"),
    COUNT_READINGS: ("id", "run_id", "part_of", "readings"),
    STAND_NO_MORE: ("id",),
    FREEZE: ("id", "run_id", "number"),
    OPEN_TO_READERS: ("id", "is_launched"),
    SIGN: ("id", "run_id"),
}
