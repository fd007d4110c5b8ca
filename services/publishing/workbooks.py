"""Begins workbooks, and finds them and their passages, to read and to write."""

from uuid import UUID

from msgspec.structs import asdict
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from services.publishing.models import Passage, PlannedRun, Workbook
from services.publishing.models.workbook import AlreadyBegun, NoWorkbookYet
from shared.contracts.api.publishing_writing import WorkbookToBegin
from shared.database import find
from shared.problems import NotFound


def of_run(session: Session, run_id: UUID) -> Workbook:
    """Returns the run's workbook with its passages; raises NoWorkbookYet."""
    wanted = select(Workbook).filter_by(run_id=run_id)
    passages = selectinload(Workbook.passages).selectinload(Passage.clearings)
    return begun(session.scalars(wanted.options(passages)).one_or_none())


def to_write(session: Session, run_id: UUID) -> Workbook:
    """Returns the run's workbook, locked until we commit, so that `version` counts every change."""
    wanted = select(Workbook).filter_by(run_id=run_id).with_for_update()
    return begun(session.scalars(wanted).one_or_none())


def begun(found: Workbook | None) -> Workbook:
    if found is None:
        raise NoWorkbookYet
    return found


def holding(session: Session, passage_id: UUID) -> tuple[Workbook, Passage]:
    """Returns the workbook that this passage is in, locked for writing, and the passage as it stands after the lock."""
    of_passage = select(Passage.workbook_id).where(Passage.id == passage_id).scalar_subquery()
    wanted = select(Workbook).where(Workbook.id == of_passage).with_for_update()
    found = session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound
    return found, find(session, Passage, passage_id)


def begin(session: Session, run_id: UUID, by: UUID, wanted: WorkbookToBegin) -> Workbook:
    """Lays out the workbook: a chapter for each of the titles, in order. Raises NobodyPlannedIt for an unknown run."""
    PlannedRun.known(run_id, session)
    if session.scalars(select(Workbook).filter_by(run_id=run_id)).first():
        raise AlreadyBegun
    facts = asdict(wanted)
    chapters = facts.pop("chapters")
    workbook = Workbook(run_id=run_id, **facts)
    session.add(workbook)
    session.flush()
    for chapter in chapters:
        workbook.open_chapter(chapter.title, by, chapter.theme_id)
    return workbook
