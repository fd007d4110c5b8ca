"""Settles a ballot: counts, puts every view in its place, proposes seats, tells the result, and forgets the answers."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from services.voting import views
from services.voting.models import Ballot, Hand, Place, Release, Seat, View
from services.voting.models.ballot import AlreadyReleased, AnswersAreGone
from services.voting.models.counting import Hands, Opened, count_all, count_votes, hold_all, open_all, sums
from services.voting.models.result import Shares
from services.voting.models.sealing import destroy_key
from services.voting.places import places_in_order, seats_in_order
from services.voting.ranking import Tally as Counted
from services.voting.ranking import rank
from services.voting.seats import Group, fill_seats, joined_by_the_small, merge_the_small
from services.voting.withholding import blurred, how_far, published, readings_told
from shared.contracts.voting import RankingContinued, RankingReleased, VotingEnded
from shared.privacy.disclosure import FEWEST, Decision, decided, enough_newcomers
from shared.privacy.keys import KeyIsDead
from shared.privacy.rewriting import ask_to_write_anew

IN_ONE_EVENT = 400
"""Views whose places fit into one event of 64 KiB."""
NOT_SAID = ""
"""The group of people whose organisation has not said where they belong."""


def refresh(ballot: Ballot, session: Session) -> None:
    """Counts what has been answered and renews the floor; when enough people have come anew, shows and tells how far the
    themes are read."""
    count_votes(ballot.run_id, session)
    _show_how_far(ballot, session)


def _show_how_far(ballot: Ballot, session: Session) -> None:
    session.refresh(ballot, ["voters"])
    people = ballot.voters
    ballot.set_floor(people, views.how_many_stand(session, ballot.run_id))
    if people < FEWEST or (ballot.ended_at is None and not enough_newcomers(people, ballot.voters_shown)):
        return
    ballot.voters_shown, by_theme = people, views.counted(session, ballot.run_id)
    views.show_the_readings(session, ballot.run_id)
    for theme in views.themes_of(session, ballot.run_id):
        readings = [tally.answers for tally in by_theme.get(theme.id, [])]
        theme.tell_the_readings(how_far(readings, ballot.floor), ballot.floor)


def settle(ballot: Ballot, session: Session) -> None:
    """Count the last answers and put every view in its place. Doing it again, a view fewer, is as good as once. Raises
    KeyIsDead, and has changed nothing, when nobody can open the hands any more.

    Where reading went on after a result was made, and fewer than five came anew, the result stays as it was: beside the
    earlier one it would tell what they answered.
    """
    hands = hold_all(ballot.run_id, session)
    count_all(hands, session)
    _show_how_far(ballot, session)
    groups = groups_of(ballot, hands, session)
    if ballot.voters_counted is None or enough_newcomers(ballot.voters_shown, ballot.voters_counted):
        ballot.voters_counted = ballot.voters_shown
        by_theme = as_published(views.counted(session, ballot.run_id))
        _put_in_place(ballot, by_theme, broken_down(ballot, by_theme, groups, session), session)
    else:
        _put_in_place_again(ballot, session)
    propose_seats(ballot, groups, session)
    views.show_only_the_floor(session, ballot.run_id, ballot.floor)


def settle_without_hands(ballot: Ballot, session: Session) -> None:
    """Puts every view in its place from the counters alone, once nobody can open the hands any more: no groups, and no seats."""
    ballot.voters_counted = ballot.voters_shown
    by_theme = as_published(views.counted(session, ballot.run_id))
    _put_in_place(ballot, by_theme, broken_down(ballot, by_theme, [], session), session)
    views.show_only_the_floor(session, ballot.run_id, ballot.floor)


def settle_again(ballot: Ballot, without: UUID, session: Session) -> None:
    """A view stands no more: put the others in their places. After the key's day it leaves its own place and seat alone."""
    try:
        settle(ballot, session)
    except KeyIsDead:
        for row in (Place, Seat):
            session.execute(delete(row).filter_by(run_id=ballot.run_id, view_id=without))


def forget_the_answers(ballot: Ballot, session: Session) -> None:
    """Lets go of everything that the result does not need: the key first, then what it sealed, and every exact count."""
    destroy_key(ballot.run_id, session)
    session.execute(delete(Hand).filter_by(run_id=ballot.run_id))
    views.forget_the_counters(session, ballot.run_id)
    ballot.forget()
    ask_to_write_anew(session, ballot.run_id)


def _put_in_place_again(ballot: Ballot, session: Session) -> None:
    stood = places_in_order(session, ballot.run_id)
    _put_in_place(ballot, _tallies_of(stood), {place.view_id: place.groups for place in stood}, session)


def _put_in_place(
    ballot: Ballot, by_theme: dict[UUID, list[Counted]], groups: dict, session: Session
) -> None:
    places = [
        Place.values_of(standing, position, ballot.run_id, theme_id, groups[standing.view_id])
        for theme_id, tallies in by_theme.items()
        for position, standing in enumerate(rank(tallies, hearts=ballot.with_hearts, floor=ballot.floor), 1)
    ]
    session.execute(delete(Place).filter_by(run_id=ballot.run_id))
    if places:
        session.execute(insert(Place), places)


def _tallies_of(places: Sequence[Place]) -> dict[UUID, list[Counted]]:
    by_theme = defaultdict(list)
    for place in sorted(places, key=attrgetter("view_id")):
        counts = (place.agrees, place.passes, place.disagrees, place.hearts)
        by_theme[place.theme_id].append(Counted(place.view_id, *counts))
    return by_theme


def broken_down(
    ballot: Ballot, whole: dict[UUID, list[Counted]], groups: Sequence[Group], session: Session
) -> dict[UUID, dict[str, Shares | None]]:
    """View -> every group that took part -> its shares in steps, None where they are withheld.

    Whether a group is shown, and its shares, stay as drawn until enough of it have come anew.
    """
    shown, due = _decide(ballot, groups)
    stood = {place.view_id: place.groups for place in places_in_order(session, ballot.run_id)}
    found: dict[UUID, dict[str, Shares | None]] = {}
    for n, everybody in enumerate(chain.from_iterable(whole.values())):
        kept = {name: shares for name, shares in stood.get(everybody.view_id, {}).items() if name not in due}
        drawn = {group.name: group.tallies[n] for group in groups if group.name in shown}
        shares = {name: kept.get(name) or blurred(own, everybody) for name, own in drawn.items()}
        found[everybody.view_id] = {group.name: shares.get(group.name) for group in groups}
    return found


def _decide(ballot: Ballot, groups: Sequence[Group]) -> tuple[set[str], set[str]]:
    """The groups that are shown, and of these the ones whose shares are to be drawn now."""
    before = {name: Decision(bool(shown), next_at) for name, (shown, next_at) in ballot.groups.items()}
    now, due = decided({group.name: group.people for group in groups}, before)
    ballot.groups = {name: [int(decision.shown), decision.next_at] for name, decision in now.items()}
    return {name for name, decision in now.items() if decision.shown}, due


def as_published(by_theme: dict[UUID, list[Counted]]) -> dict[UUID, list[Counted]]:
    """Returns the result as everybody may know it, drawn once: blurred, and without what fewer than five people answered to a view."""
    return {theme_id: [published(tally) for tally in tallies] for theme_id, tallies in by_theme.items()}


def announce_the_end(ballot: Ballot, session: Session) -> None:
    """Tell that nobody can vote any more."""
    votes = views.answers_in_all(session, ballot.run_id)
    ballot.tell(VotingEnded(run_id=ballot.run_id, voters=ballot.voters, votes=votes))


def propose_seats(ballot: Ballot, groups: Sequence[Group], session: Session) -> None:
    """Let every group fill its seats among the questions from its own answers."""
    people = {group.name: group.people for group in groups}
    large = ballot.large_groups(people)
    ballot.joined = joined_by_the_small(people, large)
    theme_of = dict(session.execute(select(View.id, View.theme_id).filter_by(run_id=ballot.run_id)).all())
    merged = merge_the_small(groups, large)
    seats = fill_seats(merged, ballot.questions, hearts=ballot.with_hearts, theme_of=theme_of)
    session.execute(delete(Seat).filter_by(run_id=ballot.run_id))
    rows = [
        {"run_id": ballot.run_id, "position": n, "stratum": seat.group, "view_id": seat.view_id}
        | {"theme_id": theme_of[seat.view_id]}
        for n, seat in enumerate(seats, 1)
    ]
    if rows:
        session.execute(insert(Seat), rows)


def propose_seats_again(ballot: Ballot, session: Session) -> None:
    """For another number of questions; raises AnswersAreGone after the key's day."""
    try:
        hands = open_all(ballot.run_id, session)
    except KeyIsDead:
        raise AnswersAreGone from None
    propose_seats(ballot, groups_of(ballot, hands, session), session)


def groups_of(ballot: Ballot, hands: Hands, session: Session) -> list[Group]:
    """The groups that voted, each with its tallies of all standing views: in memory alone."""
    by_theme = views.counted(session, ballot.run_id)
    view_ids = [tally.view_id for tallies in by_theme.values() for tally in tallies]
    groups = []
    for name, members in _by_group(ballot, hands):
        answered = sums(members)
        tallies = [Counted(view_id, *answered.get(view_id, ())) for view_id in view_ids]
        groups.append(Group(name, len(members), tallies))
    return groups


def _by_group(ballot: Ballot, hands: Hands) -> list[tuple[str, list[Opened]]]:
    members = defaultdict(list)
    for hand in hands:
        if hand.held.answered:
            members[getattr(hand.held, ballot.seats_by) or NOT_SAID].append(hand)
    return sorted(members.items())


def break_down_again(ballot: Ballot, session: Session) -> None:
    """Put a result of before in place anew, once: as it may be known, with groups in steps."""
    stood = places_in_order(session, ballot.run_id)
    by_theme = as_published(_tallies_of(stood))
    drawn = {place.view_id: place.groups for place in stood}
    if not any(drawn.values()):
        drawn = broken_down(ballot, by_theme, _groups_if_they_open(ballot, session), session)
    _put_in_place(ballot, by_theme, drawn, session)


def _groups_if_they_open(ballot: Ballot, session: Session) -> list[Group]:
    try:
        return groups_of(ballot, open_all(ballot.run_id, session), session)
    except KeyIsDead:
        return []


def release(ballot: Ballot, by: UUID, session: Session) -> None:
    """Make the results known to everybody, once."""
    ballot.must_be_counted()
    if ballot.released:
        raise AlreadyReleased
    ballot.released = True
    session.add(Release(run_id=ballot.run_id, released_by=by))
    seats = seats_in_order(session, ballot.run_id)
    for theme in views.themes_of(session, ballot.run_id):
        places = places_in_order(session, ballot.run_id, theme.id)
        ours = [seat.view_id for seat in seats if seat.theme_id == theme.id]
        _tell_the_ranking(ballot, theme.id, places, ours, by)


def _tell_the_ranking(
    ballot: Ballot, theme_id: UUID, places: Sequence[Place], seats: list[UUID], by: UUID
) -> None:
    first, *rest = _parts(places, IN_ONE_EVENT) or [[]]
    run_id = ballot.run_id
    about = _told(first, ballot) | {"seats": seats, "by_id": by}
    ballot.tell(RankingReleased(run_id=run_id, theme_id=theme_id, **about))
    for nth, part in enumerate(rest, 1):
        after = nth * IN_ONE_EVENT
        ballot.tell(RankingContinued(run_id=run_id, theme_id=theme_id, after=after, **_told(part, ballot)))


def _told(places: Sequence[Place], ballot: Ballot) -> dict[str, Any]:
    return {
        "ranking": [place.view_id for place in places],
        "not_read_enough": [place.view_id for place in places if not place.read_enough],
        "readings": {str(place.view_id): readings_told(place.answers, ballot.floor) for place in places},
    }


def _parts(whole: Sequence, size: int) -> list:
    return [whole[start : start + size] for start in range(0, len(whole), size)]
