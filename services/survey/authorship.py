"""Tells whose a view is: its author's as long as the key lives, and its receipt holder's once it has left the author's row."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from services.survey import authors, collectings
from services.survey.models import Collecting, Theme, View
from services.survey.models.view import WAITING, WITHDRAWN, AlreadyWithdrawn
from services.survey.receipts import hash_of
from services.survey.writing import written
from services.survey.writings import Waiting, Words, Writings
from shared.contracts.api.survey import OwnView
from shared.privacy.rewriting import ask_to_write_anew
from shared.problems import NotAllowed, NotFound
from shared.web.tokens import Caller


class NotYours(NotFound):
    """This view is not here, or not yours. If you sent it lately, it is not yet before the moderators, and its receipt alone does not open it: look again tomorrow, or sign in as its author."""


def in_the_row(run_id: UUID, view: Waiting) -> OwnView:
    return OwnView(
        id=view.id,
        run_id=run_id,
        theme_id=view.theme_id,
        text=view.text,
        language=view.language,
        status=WITHDRAWN if view.text is None else WAITING,
        waits_for_others=view.text is not None,
    )


def standing(view: View, newer: Words | None = None) -> OwnView:
    """`newer` is a wording that waits in the author's row."""
    newer = None if view.status == WITHDRAWN else newer
    return OwnView(
        id=view.id,
        run_id=view.run_id,
        theme_id=view.theme_id,
        text=newer.text if newer else view.latest_text,
        language=newer.language if newer else view.language,
        status=view.status,
        new_wording_waits=newer is not None or view.revision is not None,
        waits_for_others=newer is not None,
        ground=view.ground,
        reason=view.reason,
    )


def author_in(run_id: UUID, caller: Caller) -> UUID:
    """The caller's pseudonym in this run. A token of no run, or of another, could carry who somebody is: refused."""
    if caller.run_id != run_id:
        raise NotAllowed
    return caller.subject


def open_for_writing(session: Session, run_id: UUID) -> Collecting:
    """The run's collecting, held open until this transaction ends: nobody's view falls into the closing."""
    collecting = collectings.held_open(session, run_id)
    if collecting is None:
        raise NotFound
    return collecting


def revise(
    session: Session, view_id: UUID, caller: Caller, receipts: Iterable[str], text: str, language: str
) -> OwnView:
    """Puts a view in other words; those of one that has left wait in the author's row like a view."""
    if caller.run_id is None:
        raise NotAllowed
    collecting, text = open_for_writing(session, caller.run_id), written(text)
    with authors.writing(session, caller.run_id, caller.subject) as mine:
        waiting = mine.view(view_id)
        view = None if waiting else standing_own(session, view_id, caller, mine, receipts)
        collecting.must_be_open()
        if view:
            return revised(view, mine, Words(text, language))
        assert waiting
        if waiting.text is None:
            raise AlreadyWithdrawn
        waiting.text, waiting.language = text, language
    return in_the_row(caller.run_id, waiting)


def revised(view: View, mine: Writings, words: Words) -> OwnView:
    if view.status == WITHDRAWN:
        raise AlreadyWithdrawn
    mine.revisions[view.id] = words
    return standing(view, words)


def standing_own(
    session: Session,
    view_id: UUID,
    caller: Caller,
    mine: Writings,
    receipts: Iterable[str],
    lock: bool = False,
) -> View:
    """The view, if it has left its author's row and is the caller's, by receipt or by being its author."""
    query = select(View).filter_by(id=view_id)
    view = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if view is None or not (is_receipted(view, receipts) or is_given(view, caller, mine)):
        raise NotYours
    return view


def is_receipted(view: View, receipts: Iterable[str]) -> bool:
    return view.receipt_hash in {hash_of(receipt) for receipt in receipts}


def is_given(view: View, caller: Caller, mine: Writings) -> bool:
    return caller.run_id == view.run_id and view.id in mine.given


def take_back(
    session: Session, view_id: UUID, caller: Caller, receipts: Iterable[str]
) -> tuple[OwnView, Words | None]:
    """Withdraws it at once, and returns its last words for whoever changes their mind: nobody keeps them."""
    if caller.run_id is None:
        view = standing_own(session, view_id, caller, Writings(), receipts, lock=True)
        return withdrawn(session, view, None)
    with authors.writing(session, caller.run_id, caller.subject) as mine:
        if waiting := mine.view(view_id):
            words = Words(waiting.text, waiting.language) if waiting.text else None
            waiting.text = None
            return in_the_row(caller.run_id, waiting), words
        view = standing_own(session, view_id, caller, mine, receipts, lock=True)
        return withdrawn(session, view, mine.revisions.pop(view_id, None))


def withdrawn(session: Session, view: View, newer: Words | None) -> tuple[OwnView, Words | None]:
    words = newer or (Words(view.latest_text, view.language) if view.latest_text else None)
    view.withdraw()
    ask_to_write_anew(session, view.run_id)  # until then the words lie in a hole of the file
    return standing(view), words


def own_views(
    session: Session, run_id: UUID | None, caller: Caller, receipts: Iterable[str]
) -> tuple[list[OwnView], int]:
    """The caller's views: by the receipts, and in this run as their author; and how many receipts lead to none yet."""
    mine = authors.read(session, run_id, caller.subject) if run_id and caller.run_id == run_id else Writings()
    hashes = {hash_of(receipt) for receipt in receipts}
    found: ColumnElement[bool] = View.receipt_hash.in_(hashes)
    if mine.given:
        found = or_(found, View.id.in_(mine.given))
    views = session.scalars(select(View).where(found)).all() if hashes or mine.given else []
    known = {view.receipt_hash for view in views} | {view.receipt_hash for view in mine.waiting}
    own = [standing(view, mine.revisions.get(view.id)) for view in views]
    own += [in_the_row(run_id, view) for view in mine.waiting if run_id]
    return sorted(own, key=lambda view: (view.theme_id, view.id)), len(hashes - known)


def has_given(session: Session, theme: Theme, author: UUID) -> bool:
    return theme.id in given_by(session, theme.run_id, author)


def given_by(session: Session, run_id: UUID, author: UUID) -> dict[UUID, int]:
    """How many views this author has given on each theme, also those that wait."""
    return given_in(session, authors.read(session, run_id, author))


def given_in(session: Session, mine: Writings) -> dict[UUID, int]:
    standing = select(View.id).where(View.id.in_(mine.given), View.status != WITHDRAWN)
    themes = [view.theme_id for view in mine.unread]
    themes += [mine.given[view_id] for view_id in session.scalars(standing)] if mine.given else []
    return {theme_id: themes.count(theme_id) for theme_id in themes}
