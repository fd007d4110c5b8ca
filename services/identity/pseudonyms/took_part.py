"""Asks the survey, voting or the workshops who of our people has taken part in an activity; the answer stays in memory.

The second call between services outside the portal: docs/decisions/0075 says why. Each question names everybody, so that nobody who
hears it learns whom it is about.
"""

import logging
from collections.abc import Iterable
from functools import cache
from random import SystemRandom
from typing import Any
from uuid import UUID

import httpx2
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from services.identity.models import Member, PseudonymKey
from shared.problems import NobodyKnowsAnyMore, RuleBroken
from shared.settings import setting, web_port
from shared.tenancy.sessions import current_tenant
from shared.web.calling import AS_IDEMPOTENT, client_of
from shared.web.tokens import ASKS_WHO_TOOK_PART, service_token

log = logging.getLogger(__name__)
# The service that knows who has taken part in an activity, by its pseudonyms of the same name.
ASKED = {"give_views": "survey", "prioritise": "voting", "workshop_1": "workshop", "workshop_2": "workshop"}
Sessions = sessionmaker[Session]
NOT_KNOWN = "who took part in %s of run %s is not known any more: nobody is counted, and nobody reminded"


class CannotBeAskedNow(RuleBroken):
    """Who has taken part cannot be asked at this moment. Try again in a few minutes."""

    status = 503


def who_took_part(run_id: UUID, activity: str, open_session: Sessions) -> set[UUID] | None:
    """Returns the members who have taken part, None once nobody can know it any more: our key is dead, or the service's own. Call
    it with no transaction open; raises CannotBeAskedNow."""
    with open_session.begin() as session:
        people = everybody(run_id, ASKED[activity], session)
    if people == {}:
        return set()
    answered = ask(ASKED[activity], run_id, activity, people) if people else None
    if people is None or answered is None:
        log.warning(NOT_KNOWN, activity, run_id)
        return None
    return {people[pseudonym] for pseudonym in answered & people.keys()}


def who_took_part_in_any(run_id: UUID, activities: Iterable[str], open_session: Sessions) -> set[UUID] | None:
    """Returns the members who have taken part in at least one; None where that cannot be known of one of them."""
    found = set[UUID]()
    for activity in activities:
        took_part = who_took_part(run_id, activity, open_session)
        if took_part is None:
            return None
        found |= took_part
    return found


def everybody(run_id: UUID, purpose: str, session: Session) -> dict[UUID, UUID] | None:
    """Returns all members by their pseudonyms, also those who have left; none for a run that nobody planned, None when the key is
    dead."""
    key = PseudonymKey.of(run_id, purpose, session)
    if key is None:
        return {}
    numbers = key.pseudonyms(session.scalars(select(Member.id)))
    if not key.lives:  # asked afterwards: numbers of a key that died meanwhile are chance
        return None
    return {number: member_id for member_id, number in numbers.items()}


def ask(service: str, run_id: UUID, activity: str, people: Iterable[UUID]) -> set[UUID] | None:
    """Returns those of these pseudonyms that have taken part; None when the service's key died before ours."""
    answer = post_to(service, f"/runs/{run_id}/took-part", people, activity=activity)
    return {UUID(pseudonym) for pseudonym in answer.json()["took_part"]} if answer else None


def post_to(service: str, path: str, people: Iterable[UUID], **question: Any) -> httpx2.Response | None:
    """Posts these pseudonyms, in no order; returns the answer, None when the service's key died before ours. Raises
    CannotBeAskedNow."""
    shuffled = [str(pseudonym) for pseudonym in people]
    SystemRandom().shuffle(shuffled)
    token = service_token(ASKS_WHO_TOOK_PART, service, current_tenant())
    how: dict[str, Any] = {"headers": {"Authorization": f"Bearer {token}"}, "extensions": AS_IDEMPOTENT}
    try:
        answer = way_to(service).post(path, json=question | {"pseudonyms": shuffled}, **how)
        return None if answer.status_code == NobodyKnowsAnyMore.status else answer.raise_for_status()
    except httpx2.HTTPError as error:
        log.warning("%s does not say what it is asked: %s", service, type(error).__name__)
        raise CannotBeAskedNow from None


@cache
def way_to(service: str) -> httpx2.Client:
    """One circuit and a few kept connections for the whole process."""
    here = f"http://127.0.0.1:{web_port()}/api/{service}"
    return client_of(service, setting(f"{service.upper()}_URL", here))
