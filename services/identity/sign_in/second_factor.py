"""The second factor of those who work at the desk, and of the consultancy's people: as their provider says that it was shown.

The words for it differ by provider (OpenID Connect Core 1.0, 2: acr and amr; RFC 8176), so each way in names those that count.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.base import today
from services.identity.models import Connection, Organisation, SignInSession
from services.identity.sign_in.claims import names_in
from shared.problems import RuleBroken

GRACE_DAYS = range(1, 61)


class SecondFactorNeeded(RuleBroken):
    """Here your organisation asks for a second factor, and you have signed in without one. Sign out, and sign in again with it. If nobody asks you for it, tell those who look after the sign-in of your organisation."""

    status = 403


class ShowItFirst(RuleBroken):
    """So that nobody is locked out, you show first that it works: name what counts as a second factor at your way to sign in, sign in anew with it, and then switch it on."""


class NotThatGrace(RuleBroken):
    """Your colleagues need some days for it. Choose a day between tomorrow and two months from now."""

    status = 422


def was_shown(connection: Connection, claims: dict[str, Any]) -> bool:
    """Whether the ID token says one of the words that count for this way in, as its acr or among its amr."""
    said = {*names_in(claims.get("acr")), *names_in(claims.get("amr"))}
    return not said.isdisjoint(connection.factors)


def ask_for_it(days: int, by: UUID, session: Session) -> date:
    """From so many days from now on it is asked for; only somebody who has just shown one may say so."""
    if days not in GRACE_DAYS:
        raise NotThatGrace
    shown = select(SignInSession.id).filter_by(member_id=by, has_second_factor=True).limit(1)
    if session.scalar(shown) is None:
        raise ShowItFirst
    ours = Organisation.ours(session)
    ours.second_factor_from = ours.second_factor_from or today() + timedelta(days=days)
    return ours.second_factor_from
