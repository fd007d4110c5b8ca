"""The operations of notices: one's own wishes, the dates of a run, how far the telling has come."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from services.notification.mails.models.appointment import Entry
from services.notification.mails.models.audience import ASKED_WHEN_SENT, PLACE, invitation_to, those_concerned
from services.notification.mails.post import site_of
from services.notification.mails.preview import mailing
from services.notification.models import Appointment, Occasion, Organisation, Phase, Recipient
from shared.contracts.api import notification as shapes
from shared.contracts.api.notification import Notification
from shared.database import find
from shared.languages import speaking
from shared.problems import RuleBroken
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.operations import File
from shared.web.serving import serves
from shared.web.shapes import sent, shape_of

notices = Blueprint("notices", __name__, description="Who is told what, and when")


class NoSuchMail(RuleBroken):
    """This link is not from one of our mails, or not whole. Sign in and choose on the page about notices."""

    status = 404


@serves(notices, Notification.wishes)
def wishes() -> shapes.Wishes:
    return shape_of(shapes.Wishes, Recipient.as_known(caller().subject, session()))


@serves(notices, Notification.wish)
def wish(wishes: shapes.WishesSent) -> shapes.Wishes:
    recipient = Recipient.known_as(caller().subject, session())
    recipient.wish(**sent(wishes))
    return shape_of(shapes.Wishes, recipient)


@serves(notices, Notification.stop)
def stop(stop: shapes.Stop) -> None:
    recipient = Recipient.with_stop_token(stop.token, session())
    if recipient is None:
        raise NoSuchMail
    recipient.stop_everything()


@serves(notices, Notification.appointments)
def appointments(run_id: UUID) -> list[shapes.Appointment]:
    with speaking(caller().language):
        return [shape_of(shapes.Appointment, each) for each in Appointment.all_of(run_id, session())]


@serves(notices, Notification.calendar_file)
def calendar_file(appointment_id: UUID) -> File:
    return calendar_file_saying(appointment_id, shapes.Entry())


@serves(notices, Notification.calendar_file_saying)
def calendar_file_saying(appointment_id: UUID, entry: shapes.Entry) -> File:
    appointment = find(session(), Appointment, appointment_id)
    organisation = Organisation.ours(session())
    url = f"{site_of(organisation.slug) if organisation else ''}/runs/{appointment.run_id}/dates"
    with speaking(caller().language):
        content = appointment.calendar_file(url, Entry(title=entry.title, place=entry.place))
    return File(type="text/calendar; charset=utf-8", content=content)


@serves(notices, Notification.occasions)
def occasions(run_id: UUID) -> list[shapes.Occasion]:
    latest = (
        select(Occasion)
        .filter_by(run_id=run_id)
        .where(Occasion.kind != PLACE)  # that a place was given up is told to those whom it concerns
        .order_by(Occasion.arose_at.desc(), Occasion.id)
        .limit(100)
    )
    return [in_numbers(occasion) for occasion in session().scalars(latest)]


def in_numbers(occasion: Occasion) -> shapes.Occasion:
    """Of a reminder no numbers, nor of news of a session: by an address that does not work one person who has not taken part, or has a
    place, would be seen."""
    return shapes.Occasion(
        id=occasion.id,
        kind=occasion.kind,
        arose_at=occasion.arose_at,
        told_at=occasion.told_at,
        notices={} if occasion.kind in ASKED_WHEN_SENT else occasion.counts(session()),
    )


@serves(notices, Notification.invitation)
def invitation(
    run_id: UUID, phase: str, activities: list[str] | None = None, closes_at: datetime | None = None
) -> shapes.Mailing:
    invited_before = Phase.activities_invited_to(run_id, session())
    facts = invitation_to(phase, activities or [], closes_at, invited_before)
    return mailing("invitation", run_id, facts, session())


@serves(notices, Notification.audience)
def audience(kind: str) -> shapes.Audience:
    return shapes.Audience(people=number_of(those_concerned(kind, {}).order_by(None)))


@serves(notices, Notification.readers)
def readers(edition_id: UUID) -> shapes.Readers:
    concerned, told = those_concerned("launch", {}).order_by(None), Occasion.told_of(edition_id)
    return shapes.Readers(
        people=number_of(concerned),
        not_told=number_of(concerned.where(Recipient.id.not_in(told))),
        told=number_of(told.distinct()),
    )


def number_of(members: Select[UUID]) -> int:
    return session().scalar(select(func.count()).select_from(members.subquery())) or 0
