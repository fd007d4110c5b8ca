"""The ballot of a run: open, ended, counted, released."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.voting.exposure import floor_of, is_last_fifth
from services.voting.models.base import Base
from shared.contracts.api.voting import Grouping, State
from shared.database import belongs_to, moment
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import SetsTimers
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned

SMALLEST_GROUP = 10
"""How many people a group was to have for seats of its own, before that was drawn for each."""
SHARE_THAT_READS = 0.5
"""Of the people invited, how many are expected to read, until it is known better."""


class VotingHasNotOpened(RuleBroken):
    """Reading has not opened yet. The agreed path above tells when it does."""


class VotingHasClosed(RuleBroken):
    """Reading has ended, and answers stay as they are. The results will be told to everybody."""


class StillVoting(RuleBroken):
    """Colleagues are still reading. Results can be seen when reading has ended."""


class StillCounting(RuleBroken):
    """The last answers are being counted. Try again in a moment."""


class AnswersAreGone(RuleBroken):
    """The answers of this reading were destroyed with their key, on its day. Its results stay as they are."""


class AlreadyReleased(RuleBroken):
    """The results have been released; what they rest on does not change any more."""


class GroupingIsFixed(RuleBroken):
    """Reading has opened, and with it whether results are broken down by unit or by site is settled. It stays as agreed."""


class NotReleased(RuleBroken):
    """The results are not out yet. You will be told when they are."""


class Ballot(TenantOwned, TellsOthers, SetsTimers, Base):
    """A run's views, put before colleagues from the day that reading opens until it closes."""

    __tablename__ = "ballot"
    timed_by = "run_id"
    __table_args__ = (
        CheckConstraint("goal BETWEEN 5 AND 200", name="goal"),
        CheckConstraint("questions BETWEEN 1 AND 60", name="questions"),
        CheckConstraint("seats_by IN ('unit', 'site')", name="seats_by"),
    )
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    phase: Mapped[str | None] = mapped_column(default=None)
    opened_at: Mapped[datetime | None] = mapped_column(default=None)
    closes_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    counted_at: Mapped[datetime | None] = mapped_column(default=None)
    released: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """There is a Release. Kept here too, because every answer asks."""
    goal: Mapped[int] = mapped_column(default=20, server_default=text("20"))
    with_hearts: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    questions: Mapped[int] = mapped_column(default=12, server_default=text("12"))
    seats_by: Mapped[Grouping] = mapped_column(String, default="unit", server_default=text("'unit'"))
    """The one grouping by which seats are given and results broken down; fixed when reading opens."""
    expected_readers: Mapped[int | None] = mapped_column(default=None)
    invited: Mapped[int | None] = mapped_column(default=None)
    floor: Mapped[int] = mapped_column(default=3, server_default=text("3"))
    voters: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How many have answered, as far as it is counted."""
    voters_shown: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How many had answered when readings were last shown: five newcomers later they are shown again."""
    voters_counted: Mapped[int | None] = mapped_column(default=None)
    """How many had answered when the result was made; None before there is one."""
    groups: Mapped[dict[str, list[int]]] = mapped_column(
        JSONB, default_factory=dict, server_default=text("'{}'")
    )
    """Group -> whether it is shown, and how many people it takes before its shares are drawn anew."""
    joined: Mapped[dict[str, str]] = mapped_column(JSONB, default_factory=dict, server_default=text("'{}'"))
    """Group too small for seats of its own -> the one that it joined, when seats were last given."""
    forgotten: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """The key to the hands is dead, and they are gone: nothing is counted anew, and reading does not open again."""

    @property
    def state(self) -> State:
        if self.released:
            return "released"
        if self.ended_at is not None:
            return "counted" if self.counted_at is not None else "ended"
        return "coming" if self.opened_at is None else "open"

    def must_be_open(self) -> None:
        """Raises VotingHasNotOpened, VotingHasClosed, or AnswersAreGone once the key is dead."""
        if self.opened_at is None:
            raise VotingHasNotOpened
        if self.ended_at is not None:
            raise AnswersAreGone if self.forgotten else VotingHasClosed

    @property
    def is_in_its_last_fifth(self) -> bool:
        assert self.opened_at is not None
        return is_last_fifth(datetime.now(UTC), self.opened_at, self.closes_at)

    def open(self, phase: str, at: datetime, closes_at: datetime | None) -> None:
        """Reading may begin, or go on after it was closed too early. What is released, or forgotten, stays closed."""
        if self.released or self.forgotten:
            return
        self.phase, self.closes_at = phase, closes_at
        self.opened_at = self.opened_at or at
        self.ended_at = self.counted_at = None
        self.count_the_readings_after(timedelta())

    def end(self, at: datetime) -> bool:
        """Ends answering. Returns False where it had ended already."""
        if self.opened_at is None or self.ended_at is not None:
            return False
        self.ended_at = at
        self.schedule("count_the_last_answers", datetime.now(UTC))
        return True

    def count_the_readings_after(self, pause: timedelta) -> None:
        self.schedule("count_the_readings", datetime.now(UTC) + pause)

    def let_the_answers_go_once_counted(self) -> None:
        """Schedules it for after the last count."""
        self.end(datetime.now(UTC))
        self.schedule("count_the_last_answers", datetime.now(UTC))
        self.schedule("let_the_answers_go", datetime.now(UTC))

    def set_floor(self, voters: int, views: int) -> None:
        """How many readings are promised to every view, from what can be expected by now."""
        self.floor = floor_of(self.expected_votes(voters), views)

    def expected_votes(self, voters: int) -> int:
        guess = self.expected_readers or round((self.invited or 0) * SHARE_THAT_READS)
        return max(guess, voters) * self.goal

    def forget(self) -> None:
        """The hands are gone: what only they could renew is not needed any more."""
        self.forgotten, self.groups = True, {}

    def large_groups(self, people: Mapping[str, int]) -> set[str]:
        """The groups that are enough people for seats of their own, by what was drawn for each."""
        drawn = {name: self.groups.get(name, [0, SMALLEST_GROUP]) for name in people}
        return {name for name, (shown, next_at) in drawn.items() if shown or people[name] >= next_at}

    def must_be_counted(self) -> None:
        if self.ended_at is None:
            raise StillVoting
        if self.counted_at is None:
            raise StillCounting

    def agree_on(self, **terms) -> None:
        """Set what the two sides agreed on before reading opens: goal, hearts, seats, expected readers."""
        if self.released:
            raise AlreadyReleased
        if self.opened_at is not None and terms.get("seats_by", self.seats_by) != self.seats_by:
            raise GroupingIsFixed
        for name, term in terms.items():
            setattr(self, name, term)


class Release(TenantOwned, Base):
    """Somebody made the results known to everybody."""

    __tablename__ = "release"
    __table_args__ = (belongs_to("run_id", "ballot.run_id"),)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    released_by: Mapped[UUID]
    released_at: Mapped[datetime] = moment()
