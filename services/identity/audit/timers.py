"""The timers of the audit log: soon after midnight a day is noted, in the morning the head is mailed."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session

from services.identity.base import today
from shared.languages import ZONE
from shared.messaging.scheduling import schedule
from shared.tenancy.sessions import tenant_of

DAY_IS_OVER, HEAD_IS_MAILED = "audit_day", "audit_head"
SOON_AFTER_MIDNIGHT, IN_THE_MORNING = time(0, 10), time(7)


def keep_the_days(session: Session) -> None:
    """Has the log say soon after each midnight what the day before was."""
    schedule(session, at(today() + timedelta(days=1), SOON_AFTER_MIDNIGHT), DAY_IS_OVER, tenant_of(session))


def mail_the_head_in_the_morning(session: Session) -> None:
    schedule(session, at(today(), IN_THE_MORNING), HEAD_IS_MAILED, tenant_of(session))


def at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, ZONE).astimezone(UTC)
