"""The pages of what I am told by mail, and of the dates for my calendar."""

from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, Response, flash, g, render_template, request
from msgspec.structs import asdict

from services.portal.agreed_path import still_comes
from services.portal.answers import see_other
from services.portal.clients import workshop
from services.portal.clients.base import ApiProblem
from services.portal.clients.notification import notification, stop_mails
from services.portal.forms.fields import as_sent
from services.portal.here import public, trusts_no_cookie
from services.portal.menu import N_, MenuItem
from shared.contracts.api.notification import Appointment, Entry, WishesSent
from shared.contracts.api.workshop_sessions import Session
from shared.languages import LANGUAGES, NAMES, _

pages = Blueprint("notices", __name__)
menu = [
    MenuItem(N_("Dates"), "employee.notices.dates", order=80),
    MenuItem(N_("Notices"), "employee.notices.show", order=90, of_run=False),
]
KINDS = ("invitations", "changes", "reminders")


@pages.get("/notices")
def show() -> str:
    languages = [("", _("The language of these pages")), *((code, NAMES[code]) for code in LANGUAGES)]
    wishes = notification.wishes()
    wished = [kind for kind in KINDS if getattr(wishes, kind)]
    return render_template("mails/notices.html", wishes=wishes, wished=wished, languages=languages)


@pages.post("/notices")
def choose() -> Response:
    wishes = {kind: kind in request.form.getlist("kinds") for kind in KINDS}
    language = {"mail_language": request.form.get("mail_language") or None}
    notification.wish(as_sent(WishesSent, wishes | language))
    flash(_("Your choice holds from now on."), "good")
    return see_other(".show")


@pages.get("/notices/stop/<uuid:token>")
@public
def stop(token: UUID) -> str:
    """Shows the question alone: mail scanners open every link, so nothing happens by looking."""
    return render_template("mails/notices_stop.html", token=token)


@pages.post("/notices/stop/<uuid:token>")
@public
@trusts_no_cookie
def stopped(token: UUID) -> str:
    """From our page, or from the button that a mail program shows (RFC 8058)."""
    stop_mails(g.organisation.id, token)
    return render_template("mails/notices_stopped.html")


@pages.get("/runs/<uuid:run_id>/dates")
def dates(run_id: UUID) -> str:
    sessions = sessions_of(run_id)
    found = [
        asdict(date) | {"is_left_out": is_left_out(run_id, date), "session": sessions.get(date.id)}
        for date in notification.appointments(run_id)
    ]
    return render_template("mails/dates.html", run_id=run_id, dates=found)


def is_left_out(run_id: UUID, date: Appointment) -> bool:
    """Whether a date to come is of a phase that the path does not come to any more."""
    is_to_come = date.starts_at > datetime.now(UTC)
    return is_to_come and not still_comes(run_id, date.kind)


def sessions_of(run_id: UUID) -> dict[UUID, Session]:
    """The run's workshop sessions by their ids, with my place in them; none while the workshops are away, or for whom they are not."""
    try:
        return {one.id: one for one in workshop.sessions.sessions(run_id)}
    except ApiProblem as problem:
        if problem.is_away or problem.status in (403, 404):
            return {}
        raise


@pages.get("/runs/<uuid:run_id>/dates/<uuid:appointment_id>.ics")
def calendar_file(run_id: UUID, appointment_id: UUID) -> Response:
    session = sessions_of(run_id).get(appointment_id)
    entry = Entry(title=session.title, place=session.link) if session else Entry()
    kept = notification.calendar_file_saying(appointment_id, entry)
    answer = Response(kept.content, content_type=kept.type)
    answer.headers.set("Content-Disposition", "attachment", filename="polku.ics")
    return answer
