"""Writing the workbook over HTTP: passages, quotes, review and approval."""

from uuid import UUID

import msgspec
from flask import Response
from flask.views import MethodView

from services.publishing import schemas
from services.publishing.content import AnyBlock, read_block, too_long
from services.publishing.models import Passage, Revision, Source, Workbook
from shared.database import find
from shared.problems import RuleBroken
from shared.web.access import open_to
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged
from shared.web.refusals import Problem
from shared.web.roles import CLIENT_SIDE
from shared.web.service import answered

WRITERS = ("lead", "editor")
READERS = ("lead", "facilitator", "editor", "coordinator", "designer", "admin")
DECIDERS = (*WRITERS, *CLIENT_SIDE)

writing = Blueprint("writing", __name__, description="The workbook as it is being written")


class PassageTooLong(RuleBroken):
    """A text is longer than its field takes. Shorten it, or make a second passage of a part of it, then save it again."""

    status = 422

    def __init__(self, field: str):
        super().__init__()
        self.field = field


class UnknownBlock(RuleBroken):
    """This kind of passage is not known here, or one of its fields is not what it should be. Look at the form again."""

    status = 422


class TwoWordings(RuleBroken):
    """Somebody else changed this passage while you wrote. Both texts are kept: theirs stands, yours is in the history."""


@writing.route("/runs/<uuid:run_id>/workbook")
class TheWorkbook(MethodView):
    @open_to(*READERS)
    @writing.response(200, schemas.WorkbookSchema)
    def get(self, run_id: UUID):
        """The workbook as it stands, with what it still lacks."""
        return Workbook.of(run_id, session())

    @open_to(*WRITERS)
    @writing.arguments(schemas.WorkbookToBegin)
    @writing.response(201, schemas.WorkbookSchema)
    def post(self, facts: dict, run_id: UUID):
        """Begin the workbook, with a chapter for each theme and an introduction."""
        return Workbook.begin(run_id, session(), caller().subject, **facts)

    @open_to(*WRITERS)
    @writing.arguments(schemas.WorkbookToRename)
    @writing.response(200, schemas.WorkbookSchema)
    def patch(self, facts: dict, run_id: UUID):
        """Change title, subtitle, publisher or language."""
        workbook = Workbook.of(run_id, session(), to_write=True)
        workbook.rename(**merged(facts, schemas.WorkbookToRename, workbook))
        return workbook


@writing.route("/runs/<uuid:run_id>/chapters")
class Chapters(MethodView):
    @open_to(*WRITERS)
    @writing.arguments(schemas.ChapterToOpen)
    @writing.response(201, schemas.PassageSchema)
    def post(self, chapter: dict, run_id: UUID):
        """Open a chapter at the end of the workbook."""
        return Workbook.of(run_id, session(), to_write=True).open_chapter(by=caller().subject, **chapter)


@writing.route("/runs/<uuid:run_id>/passages")
class Passages(MethodView):
    @open_to(*WRITERS)
    @writing.arguments(schemas.PassageToAdd)
    @writing.response(201, schemas.PassageSchema)
    def post(self, new: dict, run_id: UUID):
        """Add a passage to a chapter, with the sources that it is written from."""
        workbook = Workbook.of(run_id, session(), to_write=True)
        block = block_from(new["block"])
        return workbook.add(block, new["chapter_id"], caller().subject, new["derived_from"], new["after"])


@writing.route("/passages/<uuid:passage_id>")
class OnePassage(MethodView):
    @open_to(*READERS)
    @writing.response(200, schemas.PassageHistorySchema)
    def get(self, passage_id: UUID):
        """A passage with every wording it had and every decision on its quote."""
        return find(session(), Passage, passage_id)

    @open_to(*WRITERS)
    @writing.arguments(schemas.PassageToSave)
    @writing.response(200, schemas.PassageSchema)
    def put(self, saved: dict, passage_id: UUID):
        """Save a wording written over `base_revision`; 409 with both wordings when another writer was faster."""
        workbook, passage = Workbook.holding(passage_id, session())
        revision = workbook.write(
            passage,
            block_from(saved["block"]),
            saved["base_revision"],
            caller().subject,
            saved["derived_from"],
        )
        return kept_aside(revision, passage) if revision.is_aside else passage

    @open_to(*WRITERS)
    @writing.response(200, schemas.PassageSchema)
    def delete(self, passage_id: UUID):
        """Take a passage out of the workbook; its wordings stay in the history."""
        workbook, passage = Workbook.holding(passage_id, session())
        workbook.remove(passage)
        return passage


def block_from(written: dict) -> AnyBlock:
    try:
        block = read_block(written)
    except msgspec.ValidationError as wrong:
        raise UnknownBlock from wrong
    if field := too_long(block):
        raise PassageTooLong(field)
    return block


def kept_aside(revision: Revision, passage: Passage) -> Response:
    """A refusal that keeps what was written: unlike a raised one, it is committed with the wording in the history."""
    refusal = TwoWordings()
    both = {"yours": revision.written, "kept_as": revision.number, "theirs": passage.written}
    told = {"json": both | {"revision": passage.revision}}
    return answered(Problem(refusal.status, refusal.code, refusal.sentence, told))


@writing.route("/passages/<uuid:passage_id>/moves")
class Moves(MethodView):
    @open_to(*WRITERS)
    @writing.arguments(schemas.Move)
    @writing.response(200, schemas.PassageSchema)
    def post(self, move: dict, passage_id: UUID):
        """Move a passage, or a whole chapter, one place up or down."""
        workbook, passage = Workbook.holding(passage_id, session())
        workbook.move(passage, **move)
        return passage


@writing.route("/passages/<uuid:passage_id>/restorations")
class Restorations(MethodView):
    @open_to(*WRITERS)
    @writing.arguments(schemas.Restoration)
    @writing.response(200, schemas.PassageSchema)
    def post(self, restoration: dict, passage_id: UUID):
        """Bring an earlier wording back, also of a removed passage."""
        workbook, passage = Workbook.holding(passage_id, session())
        workbook.restore(passage, restoration["revision"], caller().subject)
        return passage


@writing.route("/passages/<uuid:passage_id>/clearings")
class Clearings(MethodView):
    @open_to(*DECIDERS)
    @writing.arguments(schemas.ClearingToGive)
    @writing.response(201, schemas.PassageHistorySchema)
    def post(self, clearing: dict, passage_id: UUID):
        """Decide whether a colleague's words may be published: can anybody be recognised, is the wording right."""
        _, passage = Workbook.holding(passage_id, session())
        passage.clear(by=caller().subject, **clearing)
        return passage


@writing.route("/runs/<uuid:run_id>/reviews")
class Reviews(MethodView):
    @open_to(*WRITERS)
    @writing.response(201, schemas.WorkbookSchema)
    def post(self, run_id: UUID):
        """Ask both sides to read the workbook as it stands."""
        workbook = Workbook.of(run_id, session(), to_write=True)
        workbook.ask_for_review(caller().subject)
        return workbook


@writing.route("/runs/<uuid:run_id>/approvals")
class Approvals(MethodView):
    @open_to("lead", *CLIENT_SIDE)
    @writing.arguments(schemas.ApprovalToGive)
    @writing.response(201, schemas.WorkbookSchema)
    def post(self, read: dict, run_id: UUID):
        """Stand behind the version of the workbook that one has read, for one's own side."""
        workbook = Workbook.of(run_id, session(), to_write=True)
        side = "client" if caller().is_any(*CLIENT_SIDE) else "consultancy"
        workbook.approve(side, caller().subject, read["version"])
        return workbook


@writing.route("/runs/<uuid:run_id>/sources")
class Sources(MethodView):
    @open_to(*READERS)
    @writing.arguments(schemas.SourceArguments, location="query")
    @writing.response(200, schemas.SourceSchema(many=True))
    def get(self, wanted: dict, run_id: UUID):
        """Returns the sources to write from: signed-off outcomes, then views, best first."""
        return Source.panel(run_id, session(), **wanted)


@writing.route("/sources/<uuid:source_id>")
class OneSource(MethodView):
    @open_to(*READERS)
    @writing.response(200, schemas.SourceSchema)
    def get(self, source_id: UUID):
        """Returns what is known of one outcome or view; the words stay with the service where they were said."""
        return find(session(), Source, source_id)
