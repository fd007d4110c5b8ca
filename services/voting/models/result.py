"""The result: every view's place, and the seats that propose the workshops' questions."""

from collections.abc import Sequence
from random import SystemRandom
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.voting.models.ballot import AlreadyReleased, Ballot, Release
from services.voting.models.base import Base
from services.voting.models.hand import Hand
from services.voting.models.view import NOT_SAID, STANDS, Tally, Theme, View, count_votes, wait_for_the_count
from services.voting.ranking import Standing, rank
from services.voting.ranking import Tally as Counted
from services.voting.seats import Group, fill_seats, merge_the_small
from shared.contracts.voting import RankingContinued, RankingReleased, VotersCounted, VotingEnded
from shared.database import belongs_to
from shared.tenancy import TenantOwned

IN_ONE_EVENT = 400
"""Views whose places fit into one event of 64 KiB."""
PARTICIPANTS_IN_ONE_EVENT = 1000


class Place(TenantOwned, Base):
    """Where one view stands in its theme, as counted when reading ended."""

    __tablename__ = "place"
    __table_args__ = (belongs_to("run_id", "ballot.run_id"), belongs_to("view_id", "view.id"))
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    theme_id: Mapped[UUID]
    position: Mapped[int]
    place: Mapped[int]
    place_best: Mapped[int]
    place_worst: Mapped[int]
    percentile: Mapped[int]
    agree: Mapped[float]
    agree_low: Mapped[float]
    agree_high: Mapped[float]
    heart: Mapped[float]
    priority: Mapped[float]
    agrees: Mapped[int]
    passes: Mapped[int]
    disagrees: Mapped[int]
    hearts: Mapped[int]
    read_enough: Mapped[bool]

    @property
    def answers(self) -> int:
        return self.agrees + self.passes + self.disagrees

    @classmethod
    def values_of(cls, standing: Standing, position: int, run_id: UUID, theme_id: UUID) -> dict:
        tally = standing.tally._asdict()
        names = (
            "place",
            "place_best",
            "place_worst",
            "percentile",
            "agree",
            "agree_low",
            "agree_high",
            "heart",
        )
        numbers = {name: getattr(standing, name) for name in (*names, "priority", "read_enough")}
        return {"run_id": run_id, "theme_id": theme_id, "position": position} | tally | numbers

    @classmethod
    def in_order(
        cls,
        run_id: UUID,
        session: Session,
        theme_id: UUID | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list["Place"]:
        """The places of the views that still stand, first to last, theme by theme; a part of them if so wished."""
        standing = (
            select(cls).join(View, View.id == cls.view_id).where(cls.run_id == run_id, View.status == STANDS)
        )
        if theme_id:
            standing = standing.where(cls.theme_id == theme_id)
        part = standing.where(cls.position > after).limit(limit)
        return list(session.scalars(part.order_by(cls.theme_id, cls.position)))


class Seat(TenantOwned, Base):
    """A place among the workshops' questions, and the view that a group puts there."""

    __tablename__ = "seat"
    __table_args__ = (belongs_to("run_id", "ballot.run_id"), belongs_to("view_id", "view.id"))
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    stratum: Mapped[str]
    view_id: Mapped[UUID]
    theme_id: Mapped[UUID]

    @classmethod
    def in_order(cls, run_id: UUID, session: Session) -> list["Seat"]:
        standing = (
            select(cls).join(View, View.id == cls.view_id).where(cls.run_id == run_id, View.status == STANDS)
        )
        return list(session.scalars(standing.order_by(cls.position)))


def bring_up_to_date(ballot: Ballot, session: Session) -> dict[UUID, list[Counted]]:
    """Count what has been answered and renew the floor; theme -> the tallies of its views."""
    count_votes(ballot.run_id, session)
    by_theme = View.counted(ballot.run_id, session)
    ballot.set_floor(voters(ballot.run_id, session), sum(map(len, by_theme.values())))
    return by_theme


def refresh(ballot: Ballot, session: Session) -> None:
    """The same, and tell how far the themes have been read."""
    by_theme = bring_up_to_date(ballot, session)
    for theme in Theme.of(ballot.run_id, session):
        theme.tell_the_readings([tally.answers for tally in by_theme.get(theme.id, [])], ballot.floor)


def settle(ballot: Ballot, session: Session) -> None:
    """Count the last answers and put every view in its place. Doing it again, a view fewer, is as good as once."""
    hands = select(Hand.id).filter_by(run_id=ballot.run_id).order_by(Hand.id)
    session.execute(hands.with_for_update())  # whoever was let in before the end, finishes first
    wait_for_the_count(ballot.run_id, session)
    refresh(ballot, session)
    session.execute(delete(Place).filter_by(run_id=ballot.run_id))
    if places := _places(ballot, session):
        session.execute(insert(Place), places)
    propose_seats(ballot, session)


def _places(ballot: Ballot, session: Session) -> list[dict]:
    return [
        Place.values_of(standing, position, ballot.run_id, theme_id)
        for theme_id, tallies in View.counted(ballot.run_id, session).items()
        for position, standing in enumerate(rank(tallies, hearts=ballot.with_hearts, floor=ballot.floor), 1)
    ]


def announce_the_end(ballot: Ballot, session: Session) -> None:
    """Tell that nobody can vote any more, and who has."""
    answered = select(func.sum(Hand.answered)).filter_by(run_id=ballot.run_id)
    votes: int = session.execute(answered).scalar() or 0
    ballot.tell(VotingEnded(run_id=ballot.run_id, voters=voters(ballot.run_id, session), votes=votes))
    tell_who_voted(ballot, session)


def propose_seats(ballot: Ballot, session: Session) -> None:
    """Let every group fill its seats among the questions from its own answers."""
    groups = merge_the_small(groups_of(ballot, session))
    theme_of = dict(session.execute(select(View.id, View.theme_id).filter_by(run_id=ballot.run_id)).all())
    seats = fill_seats(groups, ballot.questions, hearts=ballot.with_hearts, theme_of=theme_of)
    session.execute(delete(Seat).filter_by(run_id=ballot.run_id))
    rows = [
        {"run_id": ballot.run_id, "position": n, "stratum": seat.group, "view_id": seat.view_id}
        | {"theme_id": theme_of[seat.view_id]}
        for n, seat in enumerate(seats, 1)
    ]
    if rows:
        session.execute(insert(Seat), rows)


def groups_of(ballot: Ballot, session: Session) -> list[Group]:
    """The groups that voted, each with its tallies of all standing views."""
    view_ids = [
        tally.view_id for tallies in View.counted(ballot.run_id, session).values() for tally in tallies
    ]
    answered = Tally.by_stratum(ballot.run_id, ballot.seats_by, session)
    return [
        Group(name, people, [_counted(view_id, answered[name].get(view_id)) for view_id in view_ids])
        for name, people in people_by_group(ballot, session).items()
    ]


def _counted(view_id: UUID, tally: Tally | None) -> Counted:
    return Counted(view_id, *((tally.agrees, tally.passes, tally.disagrees, tally.hearts) if tally else ()))


def people_by_group(ballot: Ballot, session: Session) -> dict[str, int]:
    stratum = func.coalesce(getattr(Hand, ballot.seats_by), NOT_SAID)
    voted = select(stratum, func.count()).where(Hand.run_id == ballot.run_id, Hand.answered > 0)
    return dict(session.execute(voted.group_by(stratum).order_by(stratum)).all())


def voters(run_id: UUID, session: Session) -> int:
    voted = select(func.count()).select_from(Hand).where(Hand.run_id == run_id, Hand.answered > 0)
    return session.scalar(voted) or 0


def tell_who_voted(ballot: Ballot, session: Session) -> None:
    """The pseudonyms that have voted so far, shuffled: taking part is known apart from what was said."""
    voted = select(Hand.participant).where(Hand.run_id == ballot.run_id, Hand.answered > 0)
    shuffled = list(session.scalars(voted))
    SystemRandom().shuffle(shuffled)
    for part in _parts(shuffled, PARTICIPANTS_IN_ONE_EVENT):
        ballot.tell(VotersCounted(run_id=ballot.run_id, activity="prioritise", participants=part))


def release(ballot: Ballot, by: UUID, session: Session) -> None:
    """Make the results known to everybody, once."""
    ballot.must_be_counted()
    if ballot.released:
        raise AlreadyReleased
    ballot.released = True
    session.add(Release(run_id=ballot.run_id, released_by=by))
    seats = Seat.in_order(ballot.run_id, session)
    for theme in Theme.of(ballot.run_id, session):
        places = Place.in_order(ballot.run_id, session, theme.id)
        _tell_the_ranking(ballot, theme.id, places, [s.view_id for s in seats if s.theme_id == theme.id])


def _tell_the_ranking(ballot: Ballot, theme_id: UUID, places: Sequence[Place], seats: list[UUID]) -> None:
    first, *rest = _parts(places, IN_ONE_EVENT) or [[]]
    run_id = ballot.run_id
    ballot.tell(RankingReleased(run_id=run_id, theme_id=theme_id, seats=seats, **_told(first)))
    for nth, part in enumerate(rest, 1):
        after = nth * IN_ONE_EVENT
        ballot.tell(RankingContinued(run_id=run_id, theme_id=theme_id, after=after, **_told(part)))


def _told(places: Sequence[Place]) -> dict[str, Any]:
    return {
        "ranking": [place.view_id for place in places],
        "not_read_enough": [place.view_id for place in places if not place.read_enough],
        "readings": {str(place.view_id): place.answers for place in places},
    }


def _parts(whole: Sequence, size: int) -> list:
    return [whole[start : start + size] for start in range(0, len(whole), size)]
