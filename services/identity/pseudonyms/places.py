"""Places at workshops: asks whom news of a session concern, and has the places of those freed who have left. The workshops never learn
who anybody is, and of what they answer nothing is kept (docs/decisions/0079)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.models import Member, PseudonymKey
from services.identity.people.models.member import is_here
from services.identity.pseudonyms.took_part import Sessions, everybody, post_to
from shared.database import worker_sessions_of
from shared.messaging.jobs import Job

WORKSHOP = "workshop"


@dataclass(frozen=True)
class Concerned:
    """How members stand to a session, and what a mail says of it."""

    standing: dict[UUID, str]
    session: dict[str, Any]


def concerned_by(
    run_id: UUID, workshop_id: UUID, telling: int | None, sessions: Sessions
) -> Concerned | None:
    """Returns whom news of a session concern; None once nobody can know it. Each question names everybody. Call it with no transaction
    open; raises CannotBeAskedNow."""
    with sessions.begin() as session:
        people = everybody(run_id, WORKSHOP, session)
    path = f"/runs/{run_id}/workshops/{workshop_id}/concerned"
    answer = post_to(WORKSHOP, path, people, telling=telling) if people else None
    if not people or answer is None:
        return None
    found = {UUID(number): standing for number, standing in answer.json()["concerned"].items()}
    standing = {people[number]: how for number, how in found.items() if number in people}
    return Concerned(standing, answer.json()["session"])


def free_places_of_leavers(tenant: UUID) -> datetime | None:
    """Names all who have left and not come back, in each run whose workshops know people; the workshops free what places they have."""
    sessions = worker_sessions_of("identity")
    with sessions.begin() as session:
        runs = session.scalars(
            select(PseudonymKey.run_id).filter_by(purpose=WORKSHOP, destroyed_at=None)
        ).all()
    for run_id in runs:
        with sessions.begin() as session:
            left = leavers(run_id, session)
        if left:
            post_to(WORKSHOP, f"/runs/{run_id}/leavers", left)
    return None


def leavers(run_id: UUID, session: Session) -> list[UUID]:
    """Returns the pseudonyms of those who have left; none once the key is dead."""
    key = PseudonymKey.of(run_id, WORKSHOP, session)
    if key is None or not key.lives:
        return []
    return list(key.pseudonyms(session.scalars(select(Member.id).where(~is_here()))).values())


PLACES: dict[str, Job] = {"free_places": free_places_of_leavers}
