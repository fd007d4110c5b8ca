"""Editions: frozen, printed again, and on paper."""

from uuid import UUID

from services.publishing import themes, workbooks
from services.publishing.api.showing import edition_shown
from services.publishing.models import Edition
from shared.contracts.api import publishing as shapes
from shared.contracts.api.publishing import Publishing
from shared.database import find
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.limits import limited
from shared.web.operations import File
from shared.web.serving import serves

editions = Blueprint("editions", __name__, description="Editions and their launch")


@serves(editions, Publishing.editions)
def editions_of_run(run_id: UUID) -> list[shapes.Edition]:
    return [edition_shown(edition) for edition in workbooks.of_run(session(), run_id).editions]


@serves(editions, Publishing.freeze)
def freeze(run_id: UUID) -> shapes.Edition:
    workbook = workbooks.to_write(session(), run_id)
    edition = workbook.freeze(caller().subject, themes.in_force(session()))
    session().flush()
    edition.have_printed()
    return edition_shown(edition)


@serves(editions, Publishing.print_again)
def print_again(edition_id: UUID) -> shapes.Edition:
    edition = find(session(), Edition, edition_id)
    edition.have_printed()
    return edition_shown(edition)


@serves(editions, Publishing.edition_on_paper)
@limited(person=60, address=600)
def edition_on_paper(edition_id: UUID, sheet: str) -> File:
    rendering = find(session(), Edition, edition_id).rendering(sheet)
    return File(type="application/pdf", content=rendering.file)
