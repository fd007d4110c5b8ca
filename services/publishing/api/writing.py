"""The workbook as it is being written: its facts and chapters, sources, review and approval, and the draft."""

from uuid import UUID

from services.publishing import printing, sources, workbooks
from services.publishing.api.showing import book_shown, passage_shown, workbook_shown
from services.publishing.models import Source
from services.publishing.typesetting import draft as draft_printed
from services.publishing.typesetting import proof as proof_printed
from shared.contracts.api import publishing_writing as shapes
from shared.contracts.api.publishing_reading import Book
from shared.contracts.api.publishing_writing import Writing
from shared.database import find
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct
from shared.web.limits import limited
from shared.web.operations import File
from shared.web.roles import CLIENT_SIDE
from shared.web.serving import serves
from shared.web.shapes import shape_of

writing = Blueprint("writing", __name__, description="The workbook as it is being written")


@serves(writing, Writing.workbook)
def workbook(run_id: UUID) -> shapes.Workbook:
    return workbook_shown(workbooks.of_run(session(), run_id))


@serves(writing, Writing.begin)
def begin(run_id: UUID, begun: shapes.WorkbookToBegin) -> shapes.Workbook:
    return workbook_shown(workbooks.begin(session(), run_id, caller().subject, begun))


@serves(writing, Writing.rename)
def rename(run_id: UUID, facts: shapes.WorkbookToRename) -> shapes.Workbook:
    workbook = workbooks.to_write(session(), run_id)
    workbook.rename(**merged_struct(facts, workbook))
    return workbook_shown(workbook)


@serves(writing, Writing.open_chapter)
def open_chapter(run_id: UUID, chapter: shapes.ChapterToOpen) -> shapes.Passage:
    workbook = workbooks.to_write(session(), run_id)
    return passage_shown(workbook.open_chapter(chapter.title, caller().subject, chapter.theme_id))


@serves(writing, Writing.ask_for_review)
def ask_for_review(run_id: UUID) -> shapes.Workbook:
    workbook = workbooks.to_write(session(), run_id)
    workbook.ask_for_review(caller().subject)
    return workbook_shown(workbook)


@serves(writing, Writing.approve)
def approve(run_id: UUID, read: shapes.ApprovalToGive) -> shapes.Workbook:
    workbook = workbooks.to_write(session(), run_id)
    side = "client" if caller().is_any(*CLIENT_SIDE) else "consultancy"
    workbook.approve(side, caller().subject, read.version)
    return workbook_shown(workbook)


# sources


@serves(writing, Writing.sources)
def sources_of_run(
    run_id: UUID, theme_id: UUID | None = None, kind: str | None = None, limit: int = 50
) -> list[shapes.Source]:
    found = sources.panel(session(), run_id, theme_id, kind, limit)
    return [shape_of(shapes.Source, source) for source in found]


@serves(writing, Writing.source)
def source(source_id: UUID) -> shapes.Source:
    return shape_of(shapes.Source, find(session(), Source, source_id))


# the draft


@serves(writing, Writing.read_draft)
def read_draft(run_id: UUID) -> Book:
    return book_shown(workbooks.of_run(session(), run_id).book())


@serves(writing, Writing.proof)
def proof(run_id: UUID, chapter: UUID | None = None, page: int = 1) -> File:
    pages = proof_printed(printing.draft_of(session(), run_id, chapter))
    page = min(page, len(pages))
    numbers = {"X-Pages": str(len(pages)), "X-Page": str(page)}
    return File(type="image/png", content=pages[page - 1], headers=numbers)


@serves(writing, Writing.draft)
@limited(person=60, address=600)
def draft(run_id: UUID) -> File:
    return File(type="application/pdf", content=draft_printed(printing.draft_of(session(), run_id)))
