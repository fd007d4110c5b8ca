"""Counting: dirty hands are opened, at least five at once, and what is new in them is added to the views' counters.

A hand remembers, sealed, what of it has been counted, so that counting late, twice or after a crash comes to the same.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, TextClause, func, select, text
from sqlalchemy.orm import Session

from services.voting import ballots
from services.voting.models.ballot import Ballot, VotingHasClosed
from services.voting.models.base import as_array
from services.voting.models.card import Card, Held
from services.voting.models.hand import Hand
from services.voting.models.lying import take_away
from services.voting.models.sealing import Seal
from services.voting.models.view import STANDS, View
from shared.database import lock_of
from shared.privacy.disclosure import FEWEST
from shared.privacy.keys import KeyIsDead

log = logging.getLogger(__name__)
A_MOMENT = 1.0
"""Seconds between two counts before deals, in each process."""
_counted_at: dict[UUID, float] = {}
Sums = dict[UUID, list[int]]
"""View -> agrees, passes, disagrees, hearts."""
COLUMN_OF = {1: 0, 0: 1, -1: 2}
HEARTS = 3


class Opened(NamedTuple):
    """A hand among others, open."""

    participant: UUID
    version: int
    held: Held


class Hands(list[Opened]):
    """Hands of one run, opened together by one use of their key."""

    def __init__(self, run_id: UUID, which: Select, session: Session, at_least: int = 0) -> None:
        """Opens none when there are not so many; raises KeyIsDead."""
        found = session.execute(which.where(Hand.run_id == run_id)).all()
        self.run_id, self.session, self.seal = run_id, session, Seal.of(run_id, session)
        if len(found) < at_least:
            return
        gone = set(session.scalars(select(View.id).where(View.run_id == run_id, View.status != STANDS)))
        for participant, version, sealed in found:
            held = self.seal.open(sealed, participant, version)
            held.let_hearts_fall(gone)
            self.append(Opened(participant, version, held))

    def seal_again(self) -> None:
        """Seals all of them as their next versions, marked as counted."""
        for hand in self:
            hand.held.mark_as_counted()
        sealed = [self.seal.close(hand.held, hand.participant, hand.version + 1) for hand in self]
        given = {
            "participants": as_array(hand.participant for hand in self),
            "sealed": as_array(value.hex() for value in sealed),
        }
        self.session.execute(SEAL_AGAIN, {"run": self.run_id} | given)


SEALED = select(Hand.participant, Hand.version, Hand.sealed)
SEAL_AGAIN = text("""
    UPDATE hand SET version = version + 1, dirty = false, sealed = decode(anew.sealed, 'hex')
    FROM unnest(CAST(:participants AS uuid[]), CAST(:sealed AS text[])) AS anew (participant, sealed)
    WHERE hand.run_id = :run AND hand.participant = anew.participant""")


def open_all(run_id: UUID, session: Session) -> Hands:
    """Opens every hand of the run, for reading; raises KeyIsDead."""
    return Hands(run_id, SEALED, session)


def open_some(run_id: UUID, participants: Collection[UUID], session: Session) -> Hands:
    """Opens the hands of these readers; raises KeyIsDead."""
    return Hands(run_id, SEALED.where(Hand.participant.in_(participants)), session)


def hold_all(run_id: UUID, session: Session) -> Hands:
    """Opens every hand of the run and locks it until we commit: whoever was let in before the end finishes first."""
    return Hands(run_id, SEALED.order_by(Hand.participant).with_for_update(), session)


def count_before_a_deal(run_id: UUID, but: UUID, session: Session) -> None:
    """Counts, at most once a moment. The reader's own hand is left out: it is open. Raises VotingHasClosed if the key has died
    since then."""
    now = time.monotonic()
    if now - _counted_at.get(run_id, 0.0) < A_MOMENT:
        return
    _counted_at[run_id] = now
    try:
        count_votes(run_id, session, but)
    except KeyIsDead:
        raise VotingHasClosed from None


def count_votes(run_id: UUID, session: Session, but: UUID | None = None) -> int:
    """Brings the counters up to date with the hands, and returns how many were counted: none while fewer than five are dirty,
    because their sum would point to them.

    One counts a run at a time: whoever comes while somebody counts goes on with counters that are a moment old. Nobody is
    waited for: a hand that is being answered is counted next time.
    """
    if not session.scalar(select(func.pg_try_advisory_xact_lock(_the_count(run_id, session)))):
        return 0
    dirty = SEALED.where(Hand.dirty, Hand.participant != but).with_for_update(skip_locked=True)
    hands = Hands(run_id, dirty, session, at_least=FEWEST)
    if hands:
        _change(ADD, changes(hands), session)
        _note_new_voters(hands, session)
        take_away(_answered_anew(hands), session)
        hands.seal_again()
    return len(hands)


def count_all(hands: Hands, session: Session) -> None:
    """The last count, of hands that are held. What the counters say is compared with the hands, and these are believed."""
    session.execute(select(func.pg_advisory_xact_lock(_the_count(hands.run_id, session))))
    expected, found = _counters(hands.run_id, session), sums(hands)
    for view_id, change in changes(hands).items():
        expected[view_id] = [a + b for a, b in zip(expected[view_id], change, strict=True)]
    if wrong := sum(expected[view_id] != found[view_id] for view_id in expected):
        log.error(DIFFERENT, wrong, hands.run_id)
    _change(REPLACE, {view_id: found[view_id] for view_id in expected}, session)
    ballots.note_voters(session, hands.run_id, sum(bool(hand.held.answered) for hand in hands))
    hands.seal_again()


DIFFERENT = "the counters of %d views of run %s are not what its hands say; the hands are believed"


def _the_count(run_id: UUID, session: Session) -> Any:
    return lock_of(session, f"count:{run_id}")


def sums(hands: Iterable[Opened]) -> Sums:
    """Returns the answers in these hands, view by view."""
    return _summed((card, card.answer, bool(card.heart), 1) for hand in hands for card in hand.held.cards)


def changes(hands: Iterable[Opened]) -> Sums:
    """Returns what the counters lack of these hands, view by view."""
    cards = [card for hand in hands for card in hand.held.cards if card.is_uncounted]
    now = [(card, card.answer, bool(card.heart), 1) for card in cards]
    before = [(card, card.counted, card.counted_heart, -1) for card in cards]
    return _summed(now + before)


def _summed(said: Iterable[tuple[Card, int | None, bool, int]]) -> Sums:
    found: Sums = defaultdict(lambda: [0, 0, 0, 0])
    for card, answer, heart, weight in said:
        if answer is not None:
            found[card.view_id][COLUMN_OF[answer]] += weight
        if heart:
            found[card.view_id][HEARTS] += weight
    return found


def _answered_anew(hands: Iterable[Opened]) -> Counter[UUID]:
    return Counter(
        card.view_id
        for hand in hands
        for card in hand.held.cards
        if card.counted is None and card.answer is not None
    )


def _counters(run_id: UUID, session: Session) -> Sums:
    rows = select(View.id, View.agrees, View.passes, View.disagrees, View.hearts).filter_by(run_id=run_id)
    return {view_id: list(counts) for view_id, *counts in session.execute(rows)}


def _change(how: TextClause, by_view: Sums, session: Session) -> None:
    """In the order of ids, so that nobody waits crosswise."""
    ids = sorted(by_view, key=attrgetter("int"))
    names = ("agrees", "passes", "disagrees", "hearts")
    counts = {name: as_array(by_view[id][nr] for id in ids) for nr, name in enumerate(names)}
    session.execute(how, {"ids": as_array(ids)} | counts)


CHANGED = """
    FROM unnest(CAST(:ids AS uuid[]), CAST(:agrees AS int[]), CAST(:passes AS int[]), CAST(:disagrees AS int[]),
        CAST(:hearts AS int[])) AS found (id, agrees, passes, disagrees, hearts)
    WHERE view.id = found.id"""
ADD = text(f"""
    UPDATE view SET agrees = view.agrees + found.agrees, passes = view.passes + found.passes,
        disagrees = view.disagrees + found.disagrees, hearts = view.hearts + found.hearts {CHANGED}""")
REPLACE = text(f"""
    UPDATE view SET agrees = found.agrees, passes = found.passes, disagrees = found.disagrees, hearts = found.hearts
    {CHANGED}""")


def _note_new_voters(hands: Hands, session: Session) -> None:
    new = sum(bool(hand.held.answered) - hand.held.counted_as_voter for hand in hands)
    if new:
        ballots.note_voters(session, hands.run_id, Ballot.voters + new)
