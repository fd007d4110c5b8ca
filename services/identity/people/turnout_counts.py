"""When turnout is counted: each night while an activity is open, and once when it has ended; at no moment of anybody's act."""

from datetime import UTC, datetime, time, timedelta
from functools import partial
from uuid import UUID

from services.identity.models import Participation
from services.identity.pseudonyms.took_part import ASKED, who_took_part
from shared.database import worker_sessions_of
from shared.languages import ZONE
from shared.messaging.jobs import Job

AT_NIGHT = time(3, 30)


def tonight() -> datetime:
    tomorrow = datetime.now(ZONE).date() + timedelta(days=1)
    return datetime.combine(tomorrow, AT_NIGHT, ZONE).astimezone(UTC)


def each_night(activity: str) -> str:
    return f"turnout_of_{activity}"


def at_the_end(activity: str) -> str:
    return f"last_turnout_of_{activity}"


def count(activity: str, is_last: bool, run_id: UUID) -> datetime | None:
    """Asks who has taken part, with no transaction open meanwhile, and publishes how many. Returns when to come back: never once
    the activity has ended or nobody can know it any more."""
    sessions = worker_sessions_of("identity")
    took_part = who_took_part(run_id, activity, sessions)
    if took_part is None:
        return None
    with sessions.begin() as session:
        Participation.tell(run_id, activity, took_part, session, is_last)
    return None if is_last else tonight()


COUNTS: dict[str, Job] = {each_night(activity): partial(count, activity, False) for activity in ASKED}
COUNTS |= {at_the_end(activity): partial(count, activity, True) for activity in ASKED}
