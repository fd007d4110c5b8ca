"""The shapes in which publishing shows its nouns."""

from typing import Any

import msgspec

from services.publishing.content import Book
from services.publishing.layout import laid_out
from services.publishing.models import Edition, Launch, Passage, Revision, Workbook
from services.publishing.models.passage import QUESTIONS
from shared.contracts.api import publishing as shapes
from shared.contracts.api import publishing_reading as reading
from shared.contracts.api import publishing_writing as writing
from shared.web.shapes import shape_of

AS_IT_IS = (
    "id",
    "run_id",
    "chapter_id",
    "theme_id",
    "kind",
    "revision",
    "derived_from",
    "is_removed",
    "is_quoted",
    "is_cleared",
)


def workbook_shown(workbook: Workbook) -> writing.Workbook:
    return writing.Workbook(
        id=workbook.id,
        run_id=workbook.run_id,
        title=workbook.title,
        subtitle=workbook.subtitle,
        publisher=workbook.publisher,
        language=workbook.language,
        version=workbook.version,
        stage=workbook.stage,
        is_in_review=workbook.is_in_review,
        passages=[passage_shown(passage) for passage in workbook.standing],
        approvals=[shape_of(writing.Signature, one) for one in workbook.standing_approvals],
        reviews=[shape_of(writing.Signature, one) for one in workbook.reviews],
        editions=[edition_shown(edition) for edition in workbook.editions],
        launches=[launch_shown(launch) for launch in workbook.launches],
        lacks=[writing.Lack(passage_id=id, sentence=sentence) for id, sentence in workbook.book().lacks()],
        uncleared=[passage.id for passage in workbook.uncleared],
    )


def passage_shown(passage: Passage) -> writing.Passage:
    return writing.Passage(**facts_of(passage))


def history_shown(passage: Passage) -> writing.PassageHistory:
    return writing.PassageHistory(
        **facts_of(passage),
        revisions=[revision_shown(revision) for revision in passage.revisions],
        clearings=[shape_of(writing.Clearing, clearing) for clearing in passage.clearings],
    )


def facts_of(passage: Passage) -> dict[str, Any]:
    decisions = {question: passage.decision_on(question) for question in QUESTIONS}
    same = {name: getattr(passage, name) for name in AS_IT_IS}
    return same | decisions | {"block": passage.written, "lacks": passage.block.lacks()}


def revision_shown(revision: Revision) -> writing.Revision:
    return writing.Revision(
        number=revision.number,
        base=revision.base,
        block=revision.written,
        derived_from=revision.derived_from,
        by=revision.by,
        at=revision.at,
        is_aside=revision.is_aside,
    )


def edition_shown(edition: Edition) -> shapes.Edition:
    return shape_of(shapes.Edition, edition)


def launch_shown(launch: Launch) -> shapes.Launch:
    return shape_of(shapes.Launch, launch)


def book_shown(book: Book) -> reading.Book:
    return msgspec.convert(laid_out(book), reading.Book)


def book_read(edition: Edition, readable: Book) -> reading.BookRead:
    about = {
        "edition_id": edition.id,
        "frozen_at": edition.frozen_at,
        "sheets": {rendering.sheet: rendering.state for rendering in edition.renderings},
        "standing": edition.rendering("workbook").standing,
    }
    return msgspec.convert(laid_out(readable) | about, reading.BookRead)
