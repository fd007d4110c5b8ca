"""Passages: added, saved, moved, taken out and brought back, and the decisions on a colleague's words."""

from uuid import UUID

import msgspec
from msgspec.structs import asdict

from services.publishing import sources, workbooks
from services.publishing.api.showing import history_shown, passage_shown
from services.publishing.content import AnyBlock, read_block, too_long
from services.publishing.models import Passage, Revision
from shared.contracts.api import publishing_writing as shapes
from shared.contracts.api.publishing_writing import Writing
from shared.database import find
from shared.problems import RuleBroken
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.serving import serves

passages = Blueprint("passages", __name__, description="Passages of the workbook, and quotes to clear")


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

    keeps = True

    def __init__(self, aside: Revision, passage: Passage):
        super().__init__()
        both = {"yours": aside.written, "kept_as": aside.number, "theirs": passage.written}
        self.about = both | {"revision": passage.revision}


@serves(passages, Writing.add_passage)
def add_passage(run_id: UUID, new: shapes.PassageToAdd) -> shapes.Passage:
    workbook, block = workbooks.to_write(session(), run_id), block_from(new.block)
    return passage_shown(workbook.add(block, new.chapter_id, caller().subject, new.derived_from, new.after))


@serves(passages, Writing.passage)
def passage(passage_id: UUID) -> shapes.PassageHistory:
    return history_shown(find(session(), Passage, passage_id))


@serves(passages, Writing.save_passage)
def save_passage(passage_id: UUID, saved: shapes.PassageToSave) -> shapes.Passage:
    workbook, passage = workbooks.holding(session(), passage_id)
    block, by = block_from(saved.block), caller().subject
    revision = workbook.write(passage, block, saved.base_revision, by, saved.derived_from)
    if revision.is_aside:
        raise TwoWordings(revision, passage)
    return passage_shown(passage)


def block_from(written: shapes.Block) -> AnyBlock:
    try:
        block = read_block(written)
    except msgspec.ValidationError as wrong:
        raise UnknownBlock from wrong
    if field := too_long(block):
        raise PassageTooLong(field)
    return block


@serves(passages, Writing.remove_passage)
def remove_passage(passage_id: UUID) -> shapes.Passage:
    workbook, passage = workbooks.holding(session(), passage_id)
    workbook.remove(passage)
    return passage_shown(passage)


@serves(passages, Writing.move_passage)
def move_passage(passage_id: UUID, move: shapes.Move) -> shapes.Passage:
    workbook, passage = workbooks.holding(session(), passage_id)
    workbook.move(passage, move.direction)
    return passage_shown(passage)


@serves(passages, Writing.restore_passage)
def restore_passage(passage_id: UUID, restoration: shapes.Restoration) -> shapes.Passage:
    workbook, passage = workbooks.holding(session(), passage_id)
    workbook.restore(passage, restoration.revision, caller().subject)
    return passage_shown(passage)


@serves(passages, Writing.clear)
def clear(passage_id: UUID, clearing: shapes.ClearingToGive) -> shapes.PassageHistory:
    _, passage = workbooks.holding(session(), passage_id)
    withdrawn = sources.withdrawn_among(session(), passage.derived_from)
    passage.clear(by=caller().subject, withdrawn=withdrawn, **asdict(clearing))
    return history_shown(passage)
