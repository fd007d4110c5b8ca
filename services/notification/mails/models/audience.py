"""Whom an occasion concerns: chosen by role alone, without sight of what anybody wrote.

A reminder concerns everybody: who has taken part is asked when its mails are written (`addresses.py`), and is on no list here. So
does news of a workshop session: who has a place is asked.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, true

from services.notification.mails.models.recipient import Recipient

WHO_LEADS = ("coordinator", "admin")
# What people are invited to, and the roles it is for; no roles: everybody. The rest of the activities are the parties' own.
INVITED_TO: dict[str, tuple[str, ...]] = {
    "give_views": (),
    "prioritise": (),
    "workshop_1": (),
    "workshop_2": (),
    "ground_rules": (),
    "write_workbook": WHO_LEADS,
}
WISH_OF = {
    "invitation": "invitations",
    "welcome": "invitations",
    "townhall": "invitations",
    "workshops": "invitations",
    "launch": "invitations",
    "dates": "changes",
    "plan": "changes",
    "webhook": "changes",
    "session": "changes",
    "place": "changes",
    "reminder": "reminders",
    "session_reminder": "reminders",
    "review": "reminders",
}

REMINDER = "reminder"
# News of a workshop session, of a place at it, and the reminder of the day before (docs/decisions/0079)
SESSION, PLACE, SESSION_REMINDER = "session", "place", "session_reminder"
OF_SESSIONS = (SESSION, PLACE, SESSION_REMINDER)
ASKED_WHEN_SENT = (REMINDER, *OF_SESSIONS)
"""Whom it concerns is asked when the mails are written: it stands waiting for everybody, and leaves no row of anybody."""
ALWAYS_TOLD = (
    "way_in",
    "way_in_link",
    "host_record",
    "audit_head",
)  # how people sign in, and that nobody changes the log, concerns those who answer for it, whatever they wish
# Whom one of these did not reach may be told by name: everybody with a role gets them. Who gets another kind of mail has taken part in
# something, or has not.
TOLD_BY_ROLE = frozenset(
    ("invitation", "welcome", "townhall", "workshops", "launch", "dates", "plan", "webhook", *ALWAYS_TOLD)
)
WHO_ANSWERS = ("admin", "lead")  # at a client, at the consultancy


def those_concerned(kind: str, facts: dict[str, Any]) -> Select[UUID]:
    """The members to tell: still here, wishing to know, and meant."""
    wishes = true() if kind in ALWAYS_TOLD else getattr(Recipient, WISH_OF[kind]) & Recipient.is_invited
    return select(Recipient.id).where(~Recipient.has_left, wishes, _meant(kind, facts)).order_by(Recipient.id)


def _meant(kind: str, facts: dict[str, Any]) -> ColumnElement[bool]:
    if kind == "invitation":
        return _for_roles(_roles_invited(facts["activities"]))
    if kind == "webhook":
        return _for_roles(("admin",))
    if kind == "plan" or (kind == "dates" and not facts.get("for_everybody")):
        return _for_roles(WHO_LEADS)
    if kind in ("way_in", "host_record", "audit_head"):
        return _for_roles(WHO_ANSWERS)
    if kind in ("review", "way_in_link", "welcome"):
        return Recipient.id.in_([UUID(member) for member in facts["members"]])
    return true()


def _roles_invited(activities: list[str]) -> tuple[str, ...]:
    invited = [INVITED_TO[activity] for activity in activities]
    return () if () in invited else tuple(role for roles in invited for role in roles)


def _for_roles(roles: tuple[str, ...]) -> ColumnElement[bool]:
    return Recipient.roles.overlap(list(roles)) if roles else true()


def invitation_to(
    phase: str, activities: Iterable[str], closes_at: datetime | None, invited_before: Collection[str]
) -> dict[str, Any] | None:
    """Returns the facts of the invitation that the opening of a phase brings; None where it brings none: an activity that goes on
    is not news."""
    news = [name for name in activities if name in INVITED_TO and name not in invited_before]
    if not news:
        return None
    return {"phase": phase, "activities": news, "closes_at": closes_at.isoformat() if closes_at else None}
