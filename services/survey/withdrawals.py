"""Views that were taken back are gone at once; that they are is told at night, all of the day together."""

from random import SystemRandom
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.survey.models import View


def tell_what_was_taken_back(session: Session, run_id: UUID) -> None:
    views = list(session.scalars(select(View).where(View.run_id == run_id, View.leaves_tonight)))
    SystemRandom().shuffle(views)
    for view in views:
        view.tell_withdrawal()
