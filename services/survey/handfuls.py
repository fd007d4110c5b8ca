"""Handfuls: what authors send leaves their sealed rows together with others', so that no row of a view came with its author's.

A handful holds one view or new wording of each of at least so many authors as the phase says, five or more. One transaction
opens all their rows, writes the views in random order and seals the rows again. At closing what is left goes together.
"""

from collections import Counter
from collections.abc import Iterable
from random import SystemRandom
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.survey.authors import all_opened, locked_rows
from services.survey.models import Author, Collecting, View
from services.survey.models.view import WITHDRAWN
from services.survey.receipts import fresh_receipt, hash_of
from services.survey.writings import Waiting, Words, Writings
from shared.privacy.keys import KeyIsDead

CHANCE = SystemRandom()
Revision = tuple[UUID, Words]
Leaving = Waiting | Revision


def a_handful_leaves(collecting: Collecting, session: Session) -> bool:
    """Takes one of what each author has waiting, when there are enough of them; returns whether there were."""
    rows = locked_rows(session, collecting.id, only_waiting=True)
    if len(rows) < collecting.handful:
        return False
    return _leave(collecting, session, rows, one_of, collecting.handful)


def the_rest_leaves(collecting: Collecting, session: Session) -> None:
    """At closing everything leaves, of however few; and nobody's draft is kept."""
    rows = locked_rows(session, collecting.id, only_waiting=False)
    _leave(collecting, session, rows, all_of, at_least=0)


def _leave(collecting: Collecting, session: Session, rows: list[Author], choose, at_least: int) -> bool:
    try:
        with all_opened(session, collecting.id, rows) as opened:
            drop_the_void(session, opened)
            chosen = [choose(writings) for writings in opened]
            enough = sum(map(bool, chosen)) >= at_least
            if enough:
                put_before_moderators(collecting, session, [act for each in chosen for act in each])
            return enough
    except KeyIsDead:
        return False


def drop_the_void(session: Session, opened: list[Writings]) -> None:
    """New wordings of views that were taken back since, by receipt."""
    wanted = [view_id for writings in opened for view_id in writings.revisions]
    query = select(View.id).where(View.id.in_(wanted), View.status != WITHDRAWN)
    there = set(session.scalars(query)) if wanted else set()
    for writings in opened:
        writings.revisions = {id: words for id, words in writings.revisions.items() if id in there}


def one_of(writings: Writings) -> list[Leaving]:
    waiting: list[Leaving] = [*writings.unread, *writings.revisions.items()]
    return taken(writings, CHANCE.sample(waiting, min(1, len(waiting))))


def all_of(writings: Writings) -> list[Leaving]:
    writings.drafts = {}
    return taken(writings, [*writings.unread, *writings.revisions.items()])


def taken(writings: Writings, leaving: list[Leaving]) -> list[Leaving]:
    """Moves them out of the row, which remembers which views are her own."""
    for act in leaving:
        if isinstance(act, Waiting):
            writings.waiting.remove(act)
            writings.given[act.id] = act.theme_id
        else:
            del writings.revisions[act[0]]
    return leaving


def put_before_moderators(collecting: Collecting, session: Session, acts: list[Leaving]) -> None:
    """In an order that says nothing about whose is whose."""
    CHANCE.shuffle(acts)
    give_each_a_receipt_of_its_own(session, [act for act in acts if isinstance(act, Waiting)])
    standing = locked_views(session, [act[0] for act in acts if not isinstance(act, Waiting)])
    for act in acts:
        if isinstance(act, Waiting):
            session.add(collecting.take(act))
        elif view := standing.get(act[0]):
            view.revise(act[1].text, act[1].language, collecting.moderated_first)
    session.flush()


def locked_views(session: Session, ids: list[UUID]) -> dict[UUID, View]:
    query = select(View).where(View.id.in_(ids)).order_by(View.id).with_for_update()
    return {view.id: view for view in session.scalars(query)} if ids else {}


def give_each_a_receipt_of_its_own(session: Session, views: Iterable[Waiting]) -> None:
    """A receipt that two have used leads to neither's view: whoever made it up holds up nobody's handful."""
    used = Counter(view.receipt_hash for view in views)
    known = set(session.scalars(select(View.receipt_hash).where(View.receipt_hash.in_(list(used)))))
    for view in views:
        if view.receipt_hash in known or used[view.receipt_hash] > 1:
            view.receipt_hash = hash_of(fresh_receipt())
