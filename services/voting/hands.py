"""Finds the hand of a reader and opens it, and deals the first one."""

from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.voting.models.ballot import VotingHasClosed
from services.voting.models.card import Held
from services.voting.models.hand import Hand, NotDealtToYou
from services.voting.models.sealing import Seal
from services.voting.models.view import STANDS, View
from shared.privacy.keys import KeyIsDead


def of(session: Session, participant: UUID, run_id: UUID) -> Hand | None:
    """Returns the reader's hand, opened; None where there is none, or its key is dead."""
    try:
        return _opened(MINE, session, participant, run_id)
    except KeyIsDead:
        return None


def held(session: Session, participant: UUID, run_id: UUID) -> Hand:
    """Returns the reader's hand, opened and locked until we commit: two clicks at once are one after the other. Raises NotDealtToYou
    where there is none, VotingHasClosed once its key is dead."""
    hand = _held(session, participant, run_id)
    if hand is None:
        raise NotDealtToYou
    return hand


def dealt_to(session: Session, participant: UUID, run_id: UUID, unit: str | None, site: str | None) -> Hand:
    """Gets or creates the hand, locked. Where the reader belongs is written down once and stays, so that nobody counts
    for two groups."""
    hand = _held(session, participant, run_id)
    return hand or _made(Held(unit, site), session, participant, run_id)


def _made(empty: Held, session: Session, participant: UUID, run_id: UUID) -> Hand:
    try:
        sealed = Seal.of(run_id, session).close(empty, participant, version=0)
    except KeyIsDead:
        raise VotingHasClosed from None
    new = insert(Hand).values(run_id=run_id, participant=participant, sealed=sealed)
    session.execute(new.on_conflict_do_nothing())
    return held(session, participant, run_id)


def _held(session: Session, participant: UUID, run_id: UUID) -> Hand | None:
    try:
        return _opened(MINE_LOCKED, session, participant, run_id)
    except KeyIsDead:
        raise VotingHasClosed from None


def _opened(mine: Select, session: Session, participant: UUID, run_id: UUID) -> Hand | None:
    found = session.connection().execute(mine, {"run": run_id, "reader": participant}).one_or_none()
    if found is None:
        return None
    version, sealed, gone = found
    hand = Hand(run_id=run_id, participant=participant, version=version, sealed=sealed)
    hand.open(Seal.of(run_id, session), set(gone))
    return hand


# Every vote asks these, so they are made once and load columns, not objects that the session would keep
# (docs/performance.md). The views of the run that do not stand come along: one statement.
_hand = Hand.__table__.c
_gone = select(View.id).where(View.run_id == bindparam("run"), View.status != STANDS).scalar_subquery()
MINE = select(_hand.version, _hand.sealed, func.array(_gone)).where(
    _hand.run_id == bindparam("run"), _hand.participant == bindparam("reader")
)
MINE_LOCKED = MINE.with_for_update(of=Hand.__table__)
