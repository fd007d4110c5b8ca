"""A mail before it is addressed."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.notification.mails.models.appointment import Entry
from shared.languages import _, clock, day


@dataclass(frozen=True)
class Mail:
    """One mail before it is addressed."""

    subject: str
    paragraphs: list[str]
    path: str  # where the link leads
    appointment_id: UUID | None = field(default=None)  # whose calendar file goes along
    entry: Entry = field(default_factory=Entry)  # and what it says


def when(moment: str) -> str:
    at = datetime.fromisoformat(moment)
    return _("%(day)s at %(time)s") % {"day": day(at), "time": clock(at)}
