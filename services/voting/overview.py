"""Makes the structs that show a ballot: to its reader, to staff, to everybody."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import asdict
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.voting.models import Ballot, Hand, Place, Seat, View
from services.voting.models.card import Card, Held
from services.voting.models.result import Shares
from services.voting.models.view import STANDS
from services.voting.places import places_in_order, seats_in_order
from services.voting.ranking import READERS_TO_DIVIDE
from services.voting.views import shown_readings, standing_views, themes_of
from services.voting.withholding import how_far, readings_told, to_the_nearest_five
from shared.contracts.api import voting as shapes
from shared.contracts.api import voting_results as of_results
from shared.languages import alphabetical

MOST_DIVIDING = 5


def progress_of(ballot: Ballot, hand: Hand | None) -> shapes.Progress:
    return shapes.Progress(
        state=ballot.state,
        closes_at=ballot.closes_at,
        goal=ballot.goal,
        with_hearts=ballot.with_hearts,
        answered=hand.held.answered if hand else 0,
        hearts_given=hand.hearts if hand else 0,
        hearts_left=hand.hearts_left if hand and ballot.with_hearts else 0,
        batches=hand.held.batches if hand else 0,
    )


def deck_of(ballot: Ballot, hand: Hand | None, session: Session, batch: int | None = None) -> shapes.Deck:
    """One batch of the hand (the latest, unless told), and how much of each theme has been dealt."""
    held = hand.held if hand else Held()
    batch = held.batches if batch is None else batch
    standing, dealt = standing_views(session, ballot.run_id), _dealt(held, session)
    views = Counter[UUID]()
    for theme_id, _language, count in standing:
        views[theme_id] += count
    by_theme = Counter(view.theme_id for view in dealt.values())
    return shapes.Deck(
        **asdict(progress_of(ballot, hand)),
        batch=batch,
        cards=_shown([card for card in held.cards if card.batch == batch], dealt),
        themes=[
            shapes.ThemeRead(theme_id=t, views=count, dealt=by_theme[t]) for t, count in sorted(views.items())
        ],
        languages=sorted({language for _, language, _ in standing if language}),
        reads=held.languages,
    )


def hearted_by(hand: Hand | None, session: Session) -> list[shapes.Card]:
    """The cards that the reader gave a heart, in the order of reading."""
    held = hand.held if hand else Held()
    return _shown([card for card in held.cards if card.heart], _dealt(held, session))


class Dealt(NamedTuple):
    """A view that lies in the hand."""

    theme_id: UUID
    stands: bool


def _dealt(held: Held, session: Session) -> dict[UUID, Dealt]:
    mine = select(View.id, View.theme_id, View.status).where(
        View.id.in_([card.view_id for card in held.cards])
    )
    return {id: Dealt(theme_id, status == STANDS) for id, theme_id, status in session.execute(mine)}


def _shown(cards: Iterable[Card], dealt: Mapping[UUID, Dealt]) -> list[shapes.Card]:
    """Returns the places whose views still stand."""
    return [
        shapes.Card(
            view_id=card.view_id,
            theme_id=dealt[card.view_id].theme_id,
            answer=card.word,
            heart=bool(card.heart),
            batch=card.batch,
        )
        for card in cards
        if dealt[card.view_id].stands
    ]


def readings_of(ballot: Ballot, session: Session) -> of_results.Readings:
    """How often each view has been read, as last shown, and whether the promised floor holds."""
    by_theme = shown_readings(session, ballot.run_id)
    places = places_in_order(session, ballot.run_id) if ballot.counted_at else []
    told = {theme.id: theme.readings_told for theme in themes_of(session, ballot.run_id)}
    return of_results.Readings(
        state=ballot.state,
        opened_at=ballot.opened_at,
        closes_at=ballot.closes_at,
        goal=ballot.goal,
        with_hearts=ballot.with_hearts,
        questions=ballot.questions,
        seats_by=ballot.seats_by,
        expected_readers=ballot.expected_readers,
        invited=ballot.invited,
        floor=ballot.floor,
        voters=ballot.voters_shown,
        expected_votes_a_view=ballot.expected_votes(ballot.voters_shown)
        / max(1, sum(map(len, by_theme.values()))),
        themes=[
            _theme_readings(theme_id, readings, told[theme_id], places, ballot)
            for theme_id, readings in sorted(by_theme.items())
        ],
    )


def _theme_readings(
    theme_id: UUID, readings: Collection[int], told: int, places: Sequence[Place], ballot: Ballot
) -> of_results.ThemeReadings:
    """View by view only in the result: who watches one colleague read sees which views are passed over."""
    by_view = {
        place.view_id: readings_told(place.answers, ballot.floor)
        for place in places
        if place.theme_id == theme_id
    }
    how = how_far(readings, ballot.floor)
    return of_results.ThemeReadings(
        theme_id=theme_id,
        views=how.views,
        readings=told,
        fewest=how.fewest,
        median=how.median,
        below_floor=how.below_floor,
        by_view=by_view,
    )


def ranking_of(
    ballot: Ballot, session: Session, theme_id: UUID | None = None, after: int = 0, limit: int | None = None
) -> of_results.Ranking:
    """The places theme by theme, each broken down by group in steps."""
    by_theme = defaultdict(list)
    for place in places_in_order(session, ballot.run_id, theme_id, after, limit):
        by_theme[place.theme_id].append(place)
    views = _places_by_theme(ballot.run_id, session)
    proposed = {seat.view_id for seat in seats_in_order(session, ballot.run_id)}
    return of_results.Ranking(
        state=ballot.state,
        floor=ballot.floor,
        voters=ballot.voters_counted or 0,
        with_hearts=ballot.with_hearts,
        grouped_by=ballot.seats_by,
        themes=[
            of_results.ThemeRanking(
                theme_id=theme,
                views=views[theme],
                places=[_place(place, proposed, ballot.floor) for place in places],
                dividing=_dividing(ballot.run_id, theme, session),
            )
            for theme, places in by_theme.items()
        ],
    )


def _places_by_theme(run_id: UUID, session: Session) -> dict[UUID, int]:
    standing = select(Place.theme_id, func.count()).join(View, View.id == Place.view_id)
    here = standing.where(Place.run_id == run_id, View.status == STANDS)
    return dict(session.execute(here.group_by(Place.theme_id)).all())


def _place(place: Place, proposed: set[UUID], floor: int) -> of_results.Place:
    return of_results.Place(
        view_id=place.view_id,
        position=place.position,
        place=place.place,
        place_best=place.place_best,
        place_worst=place.place_worst,
        percentile=place.percentile,
        priority=place.priority,
        agree=place.agree,
        agree_low=place.agree_low,
        agree_high=place.agree_high,
        heart=place.heart,
        answers=readings_told(place.answers, floor),
        agrees=to_the_nearest_five(place.agrees),
        passes=to_the_nearest_five(place.passes),
        disagrees=to_the_nearest_five(place.disagrees),
        hearts=to_the_nearest_five(place.hearts),
        read_enough=place.read_enough,
        proposed=place.view_id in proposed,
        groups=_groups(place.groups),
    )


def _groups(groups: dict[str, Shares | None]) -> list[of_results.GroupAnswers]:
    """Each group's shares of the view, or that they are withheld, in the order of names."""
    return [
        of_results.GroupAnswers(name=name, withheld=shares is None, **(shares or {}))
        for name, shares in sorted(groups.items(), key=lambda group: alphabetical(group[0]))
    ]


def _dividing(run_id: UUID, theme_id: UUID, session: Session) -> list[UUID]:
    """The views that divide opinion most: told beside the ranking, never mixed into it."""
    places = places_in_order(session, run_id, theme_id)
    read = [place for place in places if place.answers >= READERS_TO_DIVIDE and place.disagrees]
    by_share = sorted(read, key=lambda p: (-p.disagrees / p.answers, -p.answers, p.view_id))
    return [place.view_id for place in by_share[:MOST_DIVIDING]]


def seats_of(ballot: Ballot, seats: Iterable[Seat]) -> of_results.Seats:
    """The views that the groups propose as questions."""
    return of_results.Seats(
        state=ballot.state,
        questions=ballot.questions,
        seats_by=ballot.seats_by,
        joined=ballot.joined,
        seats=[
            of_results.Seat(
                position=one.position, group=one.stratum, view_id=one.view_id, theme_id=one.theme_id
            )
            for one in seats
        ],
    )
