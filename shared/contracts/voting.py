"""The events of voting: counts and orders, never who."""

from uuid import UUID

from shared.messaging.events import Event, event


@event("voting.tally", coarse=True)
class TallyRefreshed(Event, frozen=True, kw_only=True):
    """How often the views of a theme have been read so far, told in batches.

    `fewest` is told up to `floor` only. So are the readings of each view that `readings` is the sum of, where the theme has
    fewer than three views.
    """

    run_id: UUID
    theme_id: UUID
    views: int
    readings: int
    fewest: int
    floor: int


@event("voting.tally", coarse=True)
class FloorReached(Event, frozen=True, kw_only=True):
    """Every view of the theme has been read at least as often as was promised."""

    run_id: UUID
    theme_id: UUID
    floor: int


@event("voting.ranking")
class RankingReleased(Event, frozen=True, kw_only=True):
    """The order of a theme's views is public: best first, and those that the seats propose as questions.

    `readings` says only whether a view has been read enough: the promised floor (five at least) where it is reached, in fives
    below, 0 for fewer than five. How many read it exactly would tell whether its author was among the readers.
    """

    run_id: UUID
    theme_id: UUID
    ranking: list[UUID]
    seats: list[UUID]
    not_read_enough: list[UUID] = []
    readings: dict[str, int] = {}  # view id -> that so many read it, or more; for the author's thread
    by_id: UUID | None = None


@event("voting.ranking")
class RankingContinued(Event, frozen=True, kw_only=True):
    """The rest of a ranking with more views than one event holds: these follow after the first so many."""

    run_id: UUID
    theme_id: UUID
    after: int
    ranking: list[UUID]
    not_read_enough: list[UUID] = []
    readings: dict[str, int] = {}  # view id -> that so many read it, or more; for the author's thread


@event("voting.ranking")
class VotingEnded(Event, frozen=True, kw_only=True):
    """Nobody can vote any more."""

    run_id: UUID
    voters: int
    votes: int


@event("voting.attendance", coarse=True)
class VotersCounted(Event, frozen=True, kw_only=True):
    """Told no more (docs/decisions/0075), and emptied where it was: the pseudonyms that had voted."""

    run_id: UUID
    activity: str
    participants: list[UUID]


@event("voting.tenant")
class VotingForgot(Event, frozen=True, kw_only=True):
    """Nothing of the organisation is left with voting: so many rows went."""

    rows: int
    consultancy_id: UUID | None = None
