"""Notices over HTTP: one's own wishes, the dates of a run, how far the telling has come."""

from uuid import UUID

from flask import Response, g
from flask.views import MethodView
from sqlalchemy import Select, func, select

from services.notification.mails.models.appointment import Entry
from services.notification.mails.models.audience import ASKED_WHEN_SENT, PLACE, invitation_to, those_concerned
from services.notification.mails.post import site_of
from services.notification.mails.preview import mailing
from services.notification.models import Appointment, Occasion, Organisation, Phase, Recipient
from services.notification.schemas import (
    AppointmentSchema,
    AudienceArguments,
    AudienceSchema,
    EntrySchema,
    MailingSchema,
    OccasionSchema,
    OpeningArguments,
    ReadersSchema,
    StopSchema,
    WishesSchema,
)
from shared.database import find
from shared.languages import speaking
from shared.problems import RuleBroken
from shared.web.acts import caller
from shared.web.arguments import Blueprint
from shared.web.roles import CLIENT_SIDE, STAFF
from shared.web.service import open_to

PEOPLE = ("participant", "supervisor", "designer", *CLIENT_SIDE)
notices = Blueprint("notices", __name__, description="Who is told what, and when")


class NoSuchMail(RuleBroken):
    """This link is not from one of our mails, or not whole. Sign in and choose on the page about notices."""

    status = 404


@notices.route("/wishes")
class Wishes(MethodView):
    @open_to(*PEOPLE)
    @notices.response(200, WishesSchema)
    def get(self):
        """Returns what I wish to be told by mail."""
        return Recipient.as_known(caller().subject, g.session)

    @open_to(*PEOPLE)
    @notices.arguments(WishesSchema)
    @notices.response(200, WishesSchema)
    def put(self, wishes: dict):
        """Choose what I am told by mail, and in which language."""
        recipient = Recipient.known_as(caller().subject, g.session)
        recipient.wish(**wishes)
        return recipient


@notices.route("/stops")
class Stops(MethodView):
    @open_to("service")
    @notices.arguments(StopSchema)
    @notices.response(204)
    def post(self, stop: dict):
        """Somebody followed the stop link of a mail: no more mails to them."""
        recipient = Recipient.with_stop_token(stop["token"], g.session)
        if recipient is None:
            raise NoSuchMail
        recipient.stop_everything()


@notices.route("/runs/<uuid:run_id>/appointments")
class Appointments(MethodView):
    @open_to(*PEOPLE, *STAFF)
    @notices.response(200, AppointmentSchema(many=True))
    def get(self, run_id: UUID):
        """The dates of a run, earliest first."""
        with speaking(caller().language):
            return [_with_its_title(appointment) for appointment in Appointment.all_of(run_id, g.session)]


@notices.route("/appointments/<uuid:appointment_id>/calendar")
class CalendarFile(MethodView):
    @open_to(*PEOPLE, *STAFF)
    @notices.response(200, content_type="text/calendar")
    def get(self, appointment_id: UUID):
        """One date as a calendar file."""
        return _calendar_file(appointment_id, Entry())

    @open_to(*PEOPLE, *STAFF)
    @notices.arguments(EntrySchema)
    @notices.response(200, content_type="text/calendar")
    def post(self, said: dict, appointment_id: UUID):
        """One date as a calendar file, with a title and a place that stand elsewhere."""
        return _calendar_file(appointment_id, Entry(**said))


@notices.route("/runs/<uuid:run_id>/occasions")
class Occasions(MethodView):
    @open_to(*CLIENT_SIDE, "lead")
    @notices.response(200, OccasionSchema(many=True))
    def get(self, run_id: UUID):
        """Returns what people of a run have been told, latest first, in numbers."""
        latest = (
            select(Occasion)
            .filter_by(run_id=run_id)
            .where(Occasion.kind != PLACE)  # that a place was given up is told to those whom it concerns
            .order_by(Occasion.arose_at.desc(), Occasion.id)
            .limit(100)
        )
        return [_in_numbers(occasion) for occasion in g.session.scalars(latest)]


@notices.route("/runs/<uuid:run_id>/invitation")
class Invitation(MethodView):
    @open_to(*CLIENT_SIDE, *STAFF)
    @notices.arguments(OpeningArguments, location="query")
    @notices.response(200, MailingSchema)
    def get(self, opening: dict, run_id: UUID):
        """Whom the opening of a phase would invite now, in numbers, and the mail as it would go."""
        facts = invitation_to(**opening, invited_before=Phase.activities_invited_to(run_id, g.session))
        return mailing("invitation", run_id, facts, g.session)


@notices.route("/audience")
class AudienceOf(MethodView):
    @open_to(*CLIENT_SIDE, *STAFF)
    @notices.arguments(AudienceArguments, location="query")
    @notices.response(200, AudienceSchema)
    def get(self, asked: dict):
        """How many people would be written to now."""
        return {"people": _number(those_concerned(asked["kind"], {}).order_by(None))}


@notices.route("/editions/<uuid:edition_id>/readers")
class ReadersOf(MethodView):
    @open_to(*CLIENT_SIDE, *STAFF)
    @notices.response(200, ReadersSchema)
    def get(self, edition_id: UUID):
        """How many people a launch of this edition would write to, and how many have got a mail of it."""
        concerned, told = those_concerned("launch", {}).order_by(None), Occasion.told_of(edition_id)
        return {
            "people": _number(concerned),
            "not_told": _number(concerned.where(Recipient.id.not_in(told))),
            "told": _number(told.distinct()),
        }


def _number(members: Select[UUID]) -> int:
    return g.session.scalar(select(func.count()).select_from(members.subquery()))


def _calendar_file(appointment_id: UUID, entry: Entry) -> Response:
    appointment = find(g.session, Appointment, appointment_id)
    organisation = Organisation.ours(g.session)
    url = f"{site_of(organisation.slug) if organisation else ''}/runs/{appointment.run_id}/dates"
    with speaking(caller().language):
        content = appointment.calendar_file(url, entry)
    return Response(content, content_type="text/calendar; charset=utf-8")


def _with_its_title(appointment: Appointment) -> dict:
    return {
        name: getattr(appointment, name) for name in ("id", "kind", "title", "starts_at", "ends_at", "is_off")
    }


def _in_numbers(occasion: Occasion) -> dict:
    """Of a reminder no numbers, nor of news of a session: by an address that does not work one person who has not taken part, or has a
    place, would be seen."""
    told = {name: getattr(occasion, name) for name in ("id", "kind", "arose_at", "told_at")}
    return told | {"notices": {} if occasion.kind in ASKED_WHEN_SENT else occasion.counts(g.session)}
