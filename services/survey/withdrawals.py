"""Views that were taken back are gone at once; that they are is told at night, all of the day together."""

from datetime import UTC, datetime, time, timedelta
from random import SystemRandom
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.survey.models import View
from shared.languages import ZONE
from shared.messaging.scheduling import schedule

ALARM, AT_NIGHT = "withdrawals_are_told", time(3)


def tell_tonight(session: Session, run_id: UUID) -> None:
    tomorrow = datetime.now(ZONE).date() + timedelta(days=1)
    schedule(session, datetime.combine(tomorrow, AT_NIGHT, ZONE).astimezone(UTC), ALARM, run_id)


def tell_what_was_taken_back(session: Session, run_id: UUID) -> None:
    views = list(session.scalars(select(View).where(View.run_id == run_id, View.leaves_tonight)))
    SystemRandom().shuffle(views)
    for view in views:
        view.tell_withdrawal()
