"""Whose view is it? Its pseudonym's as long as the key lives, and always its receipt holder's."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from services.survey.models import Collecting, Draft, Theme, View
from services.survey.models.draft import drop_draft
from services.survey.models.view import WITHDRAWN
from services.survey.receipts import fresh_receipt, hash_of
from services.survey.writing import written
from shared.database import find
from shared.problems import NotAllowed, NotFound
from shared.tokens import Caller


class NotYours(NotFound):
    """This view is not here, or not yours. Open it with its receipt."""


def author_in(run_id: UUID, caller: Caller) -> UUID:
    """The caller's pseudonym in this run. A token of no run, or of another, could carry who somebody is: refused."""
    if caller.run_id != run_id:
        raise NotAllowed
    return caller.subject


def give(
    session: Session, theme: Theme, author: UUID, text: str, language: str, receipt: str | None = None
) -> tuple[View, str]:
    """A new view and its receipt. The same form sent twice, also at the same moment, is one view."""
    receipt, text = receipt or fresh_receipt(), written(text)
    one_at_a_time(session, hash_of(receipt))
    if already := session.scalar(select(View).filter_by(receipt_hash=hash_of(receipt))):
        if already.author == author and already.latest_text == text:
            return already, receipt
        receipt = fresh_receipt()
    collecting = open_for_writing(session, theme.run_id)
    view = collecting.take(theme, author, text, language, hash_of(receipt))
    session.add(view)
    drop_draft(session, theme.id, author)
    return view, receipt


def one_at_a_time(session: Session, receipt_hash: bytes) -> None:
    number = int.from_bytes(receipt_hash[:8], "big", signed=True)
    session.execute(select(func.pg_advisory_xact_lock(number)))


def open_for_writing(session: Session, run_id: UUID) -> Collecting:
    """The run's collecting, held open until this transaction ends: nobody's view falls into the closing."""
    query = select(Collecting).filter_by(id=run_id).with_for_update(read=True)
    collecting = session.scalars(query).one_or_none()
    if collecting is None:
        raise NotFound
    return collecting


def own_view(session: Session, view_id: UUID, caller: Caller, receipts: Iterable[str]) -> View:
    """The view, locked, if it is the caller's by receipt or by pseudonym."""
    view = session.scalars(select(View).filter_by(id=view_id).with_for_update()).one_or_none()
    if view is None or not (is_receipted(view, receipts) or wrote(view, caller)):
        raise NotYours
    return view


def is_receipted(view: View, receipts: Iterable[str]) -> bool:
    return view.receipt_hash in {hash_of(receipt) for receipt in receipts}


def wrote(view: View, caller: Caller) -> bool:
    return view.author is not None and caller.run_id == view.run_id and caller.subject == view.author


def own_views(session: Session, run_id: UUID | None, caller: Caller, receipts: Iterable[str]) -> list[View]:
    """The caller's views: by the receipts, and in this run by the pseudonym too."""
    mine: ColumnElement[bool] = View.receipt_hash.in_([hash_of(receipt) for receipt in receipts])
    if run_id and caller.run_id == run_id:
        mine = or_(mine, (View.author == caller.subject) & (View.run_id == run_id))
    return list(session.scalars(select(View).where(mine).order_by(View.theme_id, View.id)))


def has_given(session: Session, theme: Theme, author: UUID) -> bool:
    mine = select(View.id).filter_by(run_id=theme.run_id, author=author, theme_id=theme.id)
    return session.scalar(mine.where(View.status != WITHDRAWN).limit(1)) is not None


def take_back(session: Session, view: View, caller: Caller) -> None:
    """Withdraw it; while views are taken, its words wait as a draft for whoever changes their mind."""
    words, language = view.latest_text, view.language
    view.withdraw()
    if words and wrote(view, caller) and find(session, Collecting, view.run_id).is_open:
        keep_for_second_thoughts(session, view, words, language)


def keep_for_second_thoughts(session: Session, view: View, words: str, language: str) -> None:
    """Unless a newer draft is there."""
    assert view.author
    if session.get(Draft, (view.tenant_id, view.theme_id, view.author)) is None:
        session.add(
            Draft(
                theme_id=view.theme_id, author=view.author, run_id=view.run_id, language=language, text=words
            )
        )


def forget_who_wrote(session: Session, run_id: UUID) -> None:
    """The key behind the pseudonyms is gone: nothing that one person wrote hangs together any more."""
    session.execute(update(View).filter_by(run_id=run_id).values(author=None))
    session.execute(update(Collecting).filter_by(id=run_id).values(counted=0))  # a new key counts anew
