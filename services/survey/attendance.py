"""Who has given a view, told apart from what they wrote, so that reminders go only to the others.

Whoever compares two days' counts with the views in between could tie a person to a view when few have come anew. So a
count is told only when it hides each newcomer among at least five; a last handful is never told.
"""

import random
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from services.survey.authors import all_who_wrote
from services.survey.models import Collecting
from shared.contracts.survey import WritersCounted
from shared.database import ring
from shared.disclosure import enough_newcomers
from shared.languages import ZONE

PART = 1000
AT_NIGHT = time(3)


def count_tonight(session: Session, run_id: UUID) -> None:
    today = datetime.now(ZONE).date()
    tonight = datetime.combine(today + timedelta(days=1), AT_NIGHT, ZONE)
    ring(session, tonight.astimezone(UTC), "writers_are_counted", run_id)


def count_writers(collecting: Collecting, session: Session) -> None:
    """Tell who has given a view so far, shuffled, in parts."""
    writers = all_who_wrote(collecting.id, session)
    if not enough_newcomers(len(writers), collecting.counted):
        return
    random.shuffle(writers)
    collecting.counted = len(writers)
    for start in range(0, len(writers), PART):
        part = writers[start : start + PART]
        collecting.tell(WritersCounted(run_id=collecting.id, activity="give_views", participants=part))
