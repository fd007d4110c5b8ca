"""Gives a view, or keeps a draft of it: both wait in their author's row."""

from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.survey import authors
from services.survey.authorship import in_the_row, open_for_writing, standing
from services.survey.models import Theme, View
from services.survey.receipts import fresh_receipt, hash_of
from services.survey.writing import written
from services.survey.writings import Waiting, Words, Writings
from shared.contracts.api.survey import OwnView


def give(
    session: Session, theme: Theme, author: UUID, text: str, language: str, receipt: str | None = None
) -> tuple[OwnView, str]:
    """A new view and its receipt. The same form sent twice, also at the same moment, is one view. It waits in the author's
    row, the only one that is written."""
    receipt, text = receipt or fresh_receipt(), written(text)
    collecting = open_for_writing(session, theme.run_id)
    with authors.writing(session, theme.run_id, author) as mine:
        known, already = sent_with(session, theme.run_id, mine, hash_of(receipt))
        if already and already.text == text:
            return already, receipt
        collecting.must_be_open()
        receipt = fresh_receipt() if known else receipt
        view = Waiting(uuid4(), theme.id, text, language, hash_of(receipt))
        mine.waiting.append(view)
        mine.drafts.pop(theme.id, None)
    return in_the_row(theme.run_id, view), receipt


def sent_with(
    session: Session, run_id: UUID, mine: Writings, receipt_hash: bytes
) -> tuple[bool, OwnView | None]:
    """Returns whether the receipt is in use, and the view that it was sent with if that is the author's own."""
    if waiting := mine.with_receipt(receipt_hash):
        return True, in_the_row(run_id, waiting)
    view = session.scalar(select(View).filter_by(receipt_hash=receipt_hash))
    own = standing(view, mine.revisions.get(view.id)) if view and view.id in mine.given else None
    return view is not None, own


def keep_draft(session: Session, theme: Theme, author: UUID, text: str, language: str) -> None:
    """Keeps what was typed, over what was kept before; an empty box keeps nothing."""
    open_for_writing(session, theme.run_id).must_be_open()
    with authors.writing(session, theme.run_id, author) as mine:
        if text.strip():
            mine.drafts[theme.id] = Words(text, language)
        else:
            mine.drafts.pop(theme.id, None)
