"""What is shown of a ballot: to its reader, to staff, to everybody."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.voting.models import Ballot, Card, Hand, Place, Seat, View
from services.voting.models.result import Shares
from services.voting.models.view import STANDS
from services.voting.ranking import READERS_TO_DIVIDE
from services.voting.withholding import how_far, readings_told, to_the_nearest_five

MOST_DIVIDING = 5


def progress_of(ballot: Ballot, hand: Hand | None) -> dict[str, Any]:
    return {
        "state": ballot.state,
        "closes_at": ballot.closes_at,
        "goal": ballot.goal,
        "with_hearts": ballot.with_hearts,
        "answered": hand.answered if hand else 0,
        "hearts_given": hand.hearts if hand else 0,
        "hearts_left": hand.hearts_left if hand and ballot.with_hearts else 0,
        "batches": hand.batches if hand else 0,
    }


def deck_of(ballot: Ballot, hand: Hand | None, session: Session, batch: int | None = None) -> dict[str, Any]:
    """One batch of the hand (the latest, unless told), and how much of each theme has been dealt."""
    batch = (hand.batches if hand else 0) if batch is None else batch
    counted = _views_by_theme_and_language(ballot.run_id, session)
    views = Counter[UUID]()
    for (theme_id, _), count in counted.items():
        views[theme_id] += count
    dealt = _dealt_by_theme(hand, session)
    return progress_of(ballot, hand) | {
        "batch": batch,
        "cards": _cards(hand, batch, session),
        "themes": [
            {"theme_id": t, "views": count, "dealt": dealt.get(t, 0)} for t, count in sorted(views.items())
        ],
        "languages": sorted({language for _, language in counted if language}),
        "reads": hand.languages if hand else None,
    }


def _cards(hand: Hand | None, batch: int, session: Session) -> list[dict[str, Any]]:
    return _shown(hand, session, Card.batch == batch) if hand and batch else []


def hearted_by(hand: Hand | None, session: Session) -> list[dict[str, Any]]:
    """The cards that the reader gave a heart, in the order of reading."""
    return _shown(hand, session, Card.heart) if hand else []


def _shown(hand: Hand, session: Session, which: Any) -> list[dict[str, Any]]:
    """Cards of the hand whose views still stand."""
    session.flush()
    standing = (
        select(Card, View.theme_id)
        .join(View, View.id == Card.view_id)
        .where(Card.hand_id == hand.id, View.status == STANDS, which)
    )
    return [
        {"view_id": card.view_id, "theme_id": theme_id}
        | {"word": card.word, "heart": card.heart, "batch": card.batch}
        for card, theme_id in session.execute(standing.order_by(Card.batch, Card.position))
    ]


def _views_by_theme_and_language(run_id: UUID, session: Session) -> dict[tuple[UUID, str | None], int]:
    standing = select(View.theme_id, View.language, func.count()).filter_by(run_id=run_id, status=STANDS)
    rows = session.execute(standing.group_by(View.theme_id, View.language))
    return {(theme_id, language): count for theme_id, language, count in rows}


def _dealt_by_theme(hand: Hand | None, session: Session) -> dict[UUID, int]:
    if hand is None:
        return {}
    mine = (
        select(View.theme_id, func.count()).join(Card, Card.view_id == View.id).where(Card.hand_id == hand.id)
    )
    return dict(session.execute(mine.group_by(View.theme_id)).all())


def readings_of(ballot: Ballot, session: Session) -> dict[str, Any]:
    """How often each view has been read, as last shown, and whether the promised floor holds."""
    by_theme = View.shown_readings(ballot.run_id, session)
    places = Place.in_order(ballot.run_id, session) if ballot.counted_at else []
    names = ("goal", "with_hearts", "questions", "seats_by", "expected_readers", "invited")
    terms = {name: getattr(ballot, name) for name in (*names, "state", "opened_at", "closes_at", "floor")}
    return terms | {
        "voters": ballot.voters_shown,
        "expected_votes_a_view": ballot.expected_votes(ballot.voters_shown)
        / max(1, sum(map(len, by_theme.values()))),
        "themes": [
            _theme_readings(theme_id, readings, places, ballot)
            for theme_id, readings in sorted(by_theme.items())
        ],
    }


def _theme_readings(
    theme_id: UUID, readings: Collection[int], places: Sequence[Place], ballot: Ballot
) -> dict[str, Any]:
    """View by view only in the result: who watches one colleague read sees which views are passed over."""
    by_view = {
        place.view_id: readings_told(place.answers, ballot.floor)
        for place in places
        if place.theme_id == theme_id
    }
    return {"theme_id": theme_id, "by_view": by_view} | how_far(readings, ballot.floor)._asdict()


def ranking_of(
    ballot: Ballot, session: Session, theme_id: UUID | None = None, after: int = 0, limit: int | None = None
) -> dict[str, Any]:
    """The places theme by theme, each broken down by group in steps."""
    by_theme = defaultdict(list)
    for place in Place.in_order(ballot.run_id, session, theme_id, after, limit):
        by_theme[place.theme_id].append(place)
    views = _places_by_theme(ballot.run_id, session)
    proposed = {seat.view_id for seat in Seat.in_order(ballot.run_id, session)}
    return {
        "state": ballot.state,
        "floor": ballot.floor,
        "voters": ballot.voters_counted or 0,
        "with_hearts": ballot.with_hearts,
        "grouped_by": ballot.seats_by,
        "themes": [
            {
                "theme_id": theme,
                "views": views[theme],
                "places": [_place(place, proposed, ballot.floor) for place in places],
            }
            | {"dividing": _dividing(ballot.run_id, theme, session)}
            for theme, places in by_theme.items()
        ],
    }


def _places_by_theme(run_id: UUID, session: Session) -> dict[UUID, int]:
    standing = select(Place.theme_id, func.count()).join(View, View.id == Place.view_id)
    here = standing.where(Place.run_id == run_id, View.status == STANDS)
    return dict(session.execute(here.group_by(Place.theme_id)).all())


COLUMNS = [column.key for column in Place.__table__.columns]


def _place(place: Place, proposed: set[UUID], floor: int) -> dict[str, Any]:
    shown = {name: getattr(place, name) for name in COLUMNS}
    about = {name: to_the_nearest_five(shown[name]) for name in ("agrees", "passes", "disagrees", "hearts")}
    beside = {"proposed": place.view_id in proposed, "groups": _groups(place.groups)}
    return shown | about | beside | {"answers": readings_told(place.answers, floor)}


def _groups(groups: dict[str, Shares | None]) -> list[dict[str, Any]]:
    """Each group's shares of the view, or that they are withheld, in the order of names."""
    return [
        {"name": name, "withheld": shares is None} | (shares or {}) for name, shares in sorted(groups.items())
    ]


def _dividing(run_id: UUID, theme_id: UUID, session: Session) -> list[UUID]:
    """The views that divide opinion most: told beside the ranking, never mixed into it."""
    places = Place.in_order(run_id, session, theme_id)
    read = [place for place in places if place.answers >= READERS_TO_DIVIDE and place.disagrees]
    by_share = sorted(read, key=lambda p: (-p.disagrees / p.answers, -p.answers, p.view_id))
    return [place.view_id for place in by_share[:MOST_DIVIDING]]
