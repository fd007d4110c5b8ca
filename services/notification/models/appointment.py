"""A date that belongs in people's calendars: the kickoff, the launch, a workshop session."""

from datetime import UTC, datetime
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.notification.models.base import Base
from services.notification.words import title_of
from shared.settings import base_domain, setting
from shared.tenancy import TenantOwned

SENDS = "Polku"


def sender() -> str:
    """The address that our mails come from."""
    return setting("MAIL_FROM", f"polku@{base_domain()}")


class Appointment(TenantOwned, Base):
    """One date with its time; `sequence` grows when it moves, so that calendars replace the old one (RFC 5545)."""

    __tablename__ = "appointment"

    id: Mapped[UUID] = mapped_column(primary_key=True)  # the hall's or the session's
    run_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str]  # kickoff | launch | workshop_1 | workshop_2
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(default=0)

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

    @property
    def title(self) -> str:
        return title_of(self.kind)

    def calendar_file(self, url: str) -> bytes:
        """iCalendar (RFC 5545), published (RFC 5546, 3.2.1: with an organizer, and nobody asked for an answer), in the language that
        is spoken now. The page is the place: it leads to the stream, and to the room."""
        event = Event()
        event.add("organizer", vCalAddress(f"mailto:{sender()}"), {"CN": SENDS})
        event.add("location", url)
        event.add("uid", f"{self.id}@{base_domain()}")
        event.add("sequence", self.sequence)
        event.add("dtstamp", datetime.now(UTC))
        event.add("dtstart", self.starts_at.astimezone(UTC))
        event.add("dtend", self.ends_at.astimezone(UTC))
        event.add("summary", self.title)
        event.add("url", url)
        event.add("description", url)
        return _calendar_with(event)

    def _move(self, starts_at: datetime, ends_at: datetime) -> None:
        if (self.starts_at, self.ends_at) != (starts_at, ends_at):
            self.starts_at, self.ends_at, self.sequence = starts_at, ends_at, self.sequence + 1


def _calendar_with(event: Event) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Polku//polku//FI")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical()
