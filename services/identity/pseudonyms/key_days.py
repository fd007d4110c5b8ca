"""The days on which the keys of runs are destroyed, or were: what pages say about how long anybody could find out."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.identity.models import PseudonymKey
from shared.contracts.api.identity_pseudonyms import KeyDay
from shared.languages import ZONE
from shared.messaging.messaging_tables import timer

HAS_SERVED = "_key_has_served"


def alarm_of(purpose: str) -> str:
    return purpose + HAS_SERVED


def key_days(session: Session) -> dict[UUID, dict[str, KeyDay]]:
    """Returns the days of all keys of the organisation, by run and purpose."""
    rings = (timer.c.tenant_id == PseudonymKey.tenant_id) & (timer.c.about == PseudonymKey.run_id)
    its_own = timer.c.name == func.concat(PseudonymKey.purpose, HAS_SERVED)
    columns = (PseudonymKey.run_id, PseudonymKey.purpose, PseudonymKey.destroyed_at, timer.c.due_at)
    known: dict[UUID, dict[str, KeyDay]] = {}
    for run_id, purpose, destroyed_at, due_at in session.execute(
        select(*columns).outerjoin(timer, rings & its_own)
    ):
        day = day_of(destroyed_at or due_at)
        known.setdefault(run_id, {})[purpose] = KeyDay(day=day, is_destroyed=destroyed_at is not None)
    return known


def day_of(moment: datetime | None) -> date | None:
    return moment.astimezone(ZONE).date() if moment else None
