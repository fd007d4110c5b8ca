"""A date that belongs in people's calendars: the kickoff, the launch, a workshop session."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.notification.base import Base
from services.notification.mails.words import title_of
from shared.messaging.scheduling import SetsTimers
from shared.settings import base_domain, setting
from shared.tenancy.sessions import TenantOwned

if TYPE_CHECKING:
    from icalendar import Event

SENDS = "Polku"
DAY_BEFORE = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The part of a calendar file beside the date: for one person whom it asks in or takes out (`attendee`, their address), or to be
    taken from a page (RFC 5546, 3.2.1 PUBLISH, 3.2.2 REQUEST, 3.2.5 CANCEL). What is left empty is the appointment's own."""

    method: str = "PUBLISH"
    title: str = ""
    place: str = ""
    attendee: str = ""
    organizer: str = SENDS
    sequence: int | None = None


def sender() -> str:
    """The address that our mails come from."""
    return setting("MAIL_FROM", f"polku@{base_domain()}")


class Appointment(TenantOwned, SetsTimers, Base):
    """One date with its time; `sequence` grows with whatever changes, so that calendars replace the old one (RFC 5545, 3.8.7.4)."""

    __tablename__ = "appointment"

    id: Mapped[UUID] = mapped_column(primary_key=True)  # the hall's or the session's
    run_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str]  # kickoff | launch | workshop_1 | workshop_2
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(default=0)
    is_off: Mapped[bool] = mapped_column(default=False)

    @classmethod
    def scheduled(
        cls, id: UUID, run_id: UUID, kind: str, starts_at: datetime, ends_at: datetime, session: Session
    ) -> "Appointment":
        appointment = session.scalars(select(cls).filter_by(id=id).with_for_update()).one_or_none()
        if appointment is None:
            appointment = cls(id=id, run_id=run_id, kind=kind, starts_at=starts_at, ends_at=ends_at)
            session.add(appointment)
        else:
            appointment._move(starts_at, ends_at)
        return appointment

    @classmethod
    def all_of(cls, run_id: UUID, session: Session) -> list["Appointment"]:
        return list(session.scalars(select(cls).filter_by(run_id=run_id).order_by(cls.starts_at, cls.id)))

    @classmethod
    def of(cls, id: UUID, session: Session) -> "Appointment | None":
        return session.scalars(select(cls).filter_by(id=id).with_for_update()).one_or_none()

    def changes(self) -> int:
        """Something about it is otherwise; returns the sequence with which calendars hear of that."""
        self.sequence += 1
        return self.sequence

    def is_called_off(self) -> None:
        if not self.is_off:
            self.is_off = True
            self.changes()

    @property
    def reminder_at(self) -> datetime | None:
        """The day before; none when that has passed, or when it is off."""
        at = self.starts_at - DAY_BEFORE
        return None if self.is_off or at <= datetime.now(UTC) else at

    def set_the_reminder(self) -> None:
        if self.reminder_at:
            self.schedule("remind_of_session", self.reminder_at)
        else:
            self.cancel("remind_of_session")

    @property
    def title(self) -> str:
        return title_of(self.kind)

    def calendar_file(self, url: str, entry: Entry = Entry()) -> bytes:
        """iCalendar (RFC 5545 with RFC 5546), in the language that is spoken now. Without another place the page is it: it leads to the
        stream, and to the room."""
        from icalendar import Event, vCalAddress  # takes 3 MB, and most processes never write one

        method = "CANCEL" if self.is_off else entry.method
        event = Event()
        event.add("organizer", vCalAddress(f"mailto:{sender()}"), {"CN": entry.organizer})
        if entry.attendee:
            # Whoever has a place has said that they come: nobody is asked for an answer
            comes = {"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
            event.add("attendee", vCalAddress(f"mailto:{entry.attendee}"), comes)
        event.add("location", entry.place or url)
        event.add("uid", f"{self.id}@{base_domain()}")
        event.add("sequence", self.sequence if entry.sequence is None else entry.sequence)
        event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
        event.add("dtstamp", datetime.now(UTC))
        event.add("dtstart", self.starts_at.astimezone(UTC))
        event.add("dtend", self.ends_at.astimezone(UTC))
        event.add("summary", entry.title or self.title)
        event.add("url", url)
        event.add("description", url)
        return _calendar_with(event, method)

    def _move(self, starts_at: datetime, ends_at: datetime) -> None:
        if (self.starts_at, self.ends_at) != (starts_at, ends_at):
            self.starts_at, self.ends_at = starts_at, ends_at
            self.changes()


def _calendar_with(event: "Event", method: str) -> bytes:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Polku//polku//FI")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    return calendar.to_ical()
