"""When that happened elsewhere, these people are told."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from services.notification.mails.models.audience import (
    PLACE,
    REMINDER,
    SESSION,
    SESSION_REMINDER,
    invitation_to,
)
from services.notification.mails.models.occasion import FORGET_UNDELIVERED
from services.notification.mails.post import post
from services.notification.models import (
    Appointment,
    Delivery,
    Occasion,
    Organisation,
    Phase,
    Recipient,
    Webhook,
)
from services.notification.webhooks.catalogue import EVENTS
from services.notification.webhooks.delivery import deliver
from shared.contracts.identity import (
    AuditLogGrew,
    HostRecordMissing,
    MemberChanged,
    MemberJoined,
    MemberLeft,
    PeopleInvited,
    TenantErased,
    TenantOpened,
    WayInChanged,
    WayInConfirmationAsked,
)
from shared.contracts.notification import NotificationForgot
from shared.contracts.practice import ReviewDue
from shared.contracts.process import (
    PhaseClosed,
    PhaseMoved,
    PhaseOpened,
    PlanAgreed,
    PlanDeclined,
    PlanProposed,
)
from shared.contracts.publishing import WorkbookLaunched, WorkbookWithdrawn
from shared.contracts.townhall import TownhallScheduled
from shared.contracts.workshop import (
    PlacesChanged,
    WorkshopCalledOff,
    WorkshopHandedOver,
    WorkshopScheduled,
)
from shared.database import find
from shared.messaging.events import Event, heard
from shared.messaging.jobs import JobRunner
from shared.messaging.listeners import Listeners
from shared.messaging.rebuild.read_models import ReadModels
from shared.privacy.erasure import forget_the_erased

listeners = Listeners("notification")
forget_the_erased(listeners, TenantErased, NotificationForgot)
jobs = JobRunner("notification", {"deliver": deliver})
mails = JobRunner(
    "notification", {"post": post}, at_once=3
)  # so that a mail server that hangs holds up no endpoint
REMINDED_OF = {"give_views", "prioritise"}
A_LONG_PHASE = timedelta(days=180)  # where no end was agreed


@listeners.on(TenantOpened)
def note_where_its_pages_are(opened: TenantOpened, session: Session) -> None:
    Organisation.opened(opened.slug, session)


read_models = ReadModels(listeners, ("organisation",), fed_by=(note_where_its_pages_are,))


@listeners.on(MemberJoined)
def welcome_them_to_what_is_open(member: MemberJoined, session: Session) -> None:
    Recipient.known_as(member.member_id, session).belongs(member.roles, member.language, member.is_invited)
    if member.is_invited:
        session.flush()
        Occasion.tell_newcomer(member.member_id, session)


@listeners.on(MemberChanged)
def know_how_to_tell_them(member: MemberChanged, session: Session) -> None:
    recipient = Recipient.known_as(member.member_id, session)
    has_come_uninvited = member.is_invited and not recipient.is_invited
    recipient.belongs(member.roles, member.language, member.is_invited)
    if has_come_uninvited:
        session.flush()
        Occasion.tell_newcomer(member.member_id, session)


@listeners.on(PeopleInvited)
def write_to_them_from_now_on(invited: PeopleInvited, session: Session) -> None:
    Recipient.invite(invited.members, session)
    members = [str(member) for member in invited.members]
    Occasion.arises("welcome", str(heard().id), None, session, members=members)


@listeners.on(MemberLeft)
def tell_them_nothing_more(member: MemberLeft, session: Session) -> None:
    Recipient.known_as(member.member_id, session).leave()


@listeners.on(PhaseOpened)
def invite_people_to_what_is_new(opened: PhaseOpened, session: Session) -> None:
    before = Phase.activities_invited_to(opened.run_id, session)
    facts = invitation_to(opened.phase, opened.activities, opened.closes_at, before)
    phase = Phase.of(opened.run_id, opened.phase, session)
    if phase is None:
        phase = Phase(
            run_id=opened.run_id, name=opened.phase, activities=opened.activities, opened_at=heard().time
        )
        session.add(phase)
    phase.is_open, phase.closes_at = True, opened.closes_at
    if facts:
        about, stands_until = (
            f"{opened.run_id}:{opened.phase}",
            opened.closes_at or heard().time + A_LONG_PHASE,
        )
        Occasion.arises("invitation", about, opened.run_id, session, stands_until=stands_until, **facts)
    set_the_reminder(phase)


@listeners.on(PhaseMoved)
def tell_those_concerned_of_new_dates(moved: PhaseMoved, session: Session) -> None:
    phase = Phase.of(moved.run_id, moved.phase, session)
    is_open_now = phase is not None and phase.is_open
    times = {"opens_at": _iso(moved.opens_at), "closes_at": _iso(moved.closes_at)}
    facts = {f"phase:{moved.phase}": times} | ({"for_everybody": True} if is_open_now else {})
    Occasion.gathers("dates", str(heard().id), moved.run_id, session, **facts)
    if phase is not None and is_open_now:
        phase.closes_at = moved.closes_at
        set_the_reminder(phase)


@listeners.on(PhaseClosed)
def remind_of_it_no_more(closed: PhaseClosed, session: Session) -> None:
    Occasion.stops_reminding(closed.run_id, closed.phase, session)
    if phase := Phase.of(closed.run_id, closed.phase, session):
        phase.close()
        Occasion.is_over("invitation", closed.run_id, "phase", closed.phase, session)
        set_the_reminder(phase)


@listeners.on(PlanProposed)
def ask_the_client_for_an_answer(proposed: PlanProposed, session: Session) -> None:
    if proposed.proposed_by == "consultancy":
        _tell_of_the_plan("proposed", proposed, session)


@listeners.on(PlanAgreed)
def say_that_the_plan_is_agreed(agreed: PlanAgreed, session: Session) -> None:
    _tell_of_the_plan("agreed", agreed, session)


@listeners.on(PlanDeclined)
def say_that_the_plan_stays(declined: PlanDeclined, session: Session) -> None:
    _tell_of_the_plan("declined", declined, session)


@listeners.on(TownhallScheduled)
def invite_everybody_to_the_hall(hall: TownhallScheduled, session: Session) -> None:
    date = Appointment.scheduled(
        hall.hall_id, hall.run_id, hall.purpose, hall.starts_at, hall.ends_at, session
    )
    facts: dict[str, Any] = {
        "purpose": hall.purpose,
        "starts_at": _iso(hall.starts_at),
        "appointment_id": str(hall.hall_id),
    }
    about = f"{hall.hall_id}:{hall.starts_at.isoformat()}:{hall.ends_at.isoformat()}"
    facts |= {"has_moved": date.sequence > 0}
    Occasion.is_over("townhall", hall.run_id, "appointment_id", str(hall.hall_id), session)
    Occasion.arises("townhall", about, hall.run_id, session, stands_until=hall.starts_at, **facts)


@listeners.on(WorkshopScheduled)
def offer_the_session_or_tell_what_changed(workshop: WorkshopScheduled, session: Session) -> None:
    """A session that changes while its offer has not gone out is offered as it is then."""
    before = Appointment.of(workshop.session_id, session)
    sequence = before.sequence if before else 0
    kind, times = f"workshop_{workshop.round}", (workshop.starts_at, workshop.ends_at)
    date = Appointment.scheduled(workshop.session_id, workshop.run_id, kind, *times, session)
    changed = set(workshop.changed) | ({"time"} if date.sequence > sequence else set())
    if changed and date.sequence == sequence:
        date.changes()
    if before is None or Occasion.offers_no_more(workshop.run_id, workshop.session_id, session):
        facts = {f"session:{workshop.session_id}": _iso(workshop.starts_at)}
        Occasion.gathers("workshops", str(heard().id), workshop.run_id, session, **facts)
    if changed:
        _tell_of_the_session(workshop, changed, session)
    date.set_the_reminder()


@listeners.on(WorkshopCalledOff)
def say_that_the_session_is_off(workshop: WorkshopCalledOff, session: Session) -> None:
    Occasion.offers_no_more(workshop.run_id, workshop.session_id, session)
    if date := Appointment.of(workshop.session_id, session):
        date.is_called_off()
        date.set_the_reminder()
        _tell_of_the_session(workshop, {"off"}, session)


@listeners.on(WorkshopHandedOver)
def say_who_leads_the_session(workshop: WorkshopHandedOver, session: Session) -> None:
    if date := Appointment.of(workshop.session_id, session):
        date.changes()
        _tell_of_the_session(workshop, {"leader"}, session)


@listeners.on(PlacesChanged)
def tell_those_who_moved_up_or_gave_up(places: PlacesChanged, session: Session) -> None:
    """Plans the mails; who they go to is asked when they are written. What takes a date out of calendars has a sequence of its own: whoever signs up
    again has the next one."""
    if date := Appointment.of(places.session_id, session):
        facts: dict[str, Any] = {"session_id": str(places.session_id), "telling": places.telling}
        about = f"{places.session_id}:{places.telling}"
        Occasion.arises(PLACE, about, places.run_id, session, **facts, sequence=date.changes())
        date.changes()


@listeners.on(WorkbookLaunched)
def say_that_the_workbook_is_here(launched: WorkbookLaunched, session: Session) -> None:
    """Each launch of an edition is told by itself, to those whom it is meant to write to."""
    if launched.writes_to == "nobody":
        return
    again = launched.writes_to == "everybody"
    facts: dict[str, Any] = {} if again else {"not_told_of": str(launched.edition_id)}
    about = f"{launched.edition_id}:{launched.launched_at.isoformat()}"
    Occasion.arises("launch", about, launched.run_id, session, number=launched.number, **facts)


@listeners.on(WorkbookWithdrawn)
def write_no_more_of_a_launch_that_was_taken_back(withdrawn: WorkbookWithdrawn, session: Session) -> None:
    Occasion.launch_is_taken_back(withdrawn.edition_id, session)


@listeners.on(ReviewDue)
def ask_the_team_whether_it_is_still_true(due: ReviewDue, session: Session) -> None:
    members = [str(member) for member in due.members]
    Occasion.arises("review", str(heard().id), due.run_id, session, members=members)


@listeners.on(WayInChanged)
def warn_administrators_of_a_changed_way_in(changed: WayInChanged, session: Session) -> None:
    Occasion.arises("way_in", str(changed.change_id), None, session, change=changed.kind)


@listeners.on(HostRecordMissing)
def warn_administrators_of_a_missing_record(missing: HostRecordMissing, session: Session) -> None:
    Occasion.arises("host_record", str(heard().id), None, session)


@listeners.on(AuditLogGrew)
def mail_the_seal_of_the_audit_log(grew: AuditLogGrew, session: Session) -> None:
    facts: dict[str, Any] = {"entries": grew.entries, "seal": grew.seal}
    Occasion.arises("audit_head", str(grew.entries), None, session, **facts)


@listeners.on(WayInConfirmationAsked)
def send_the_link_that_confirms_a_way_in(asked: WayInConfirmationAsked, session: Session) -> None:
    Recipient.known_as(asked.member_id, session)  # the link may be heard of before the person
    facts: dict[str, Any] = {"link_id": str(asked.link_id), "members": [str(asked.member_id)]}
    Occasion.arises("way_in_link", str(asked.link_id), None, session, **facts)


@listeners.on(*EVENTS)
def pass_it_on_to_those_who_asked(happened: Event, session: Session) -> None:
    Delivery.pass_on(heard(), session)


@listeners.job
def call_endpoints(open_session: sessionmaker[Session]) -> int:
    return jobs.start_due(open_session)


@listeners.job
def go_to_the_post(open_session: sessionmaker[Session]) -> int:
    return mails.start_due(open_session)


@listeners.when_due("tidy")
def forget_what_is_old(webhook_id: UUID, session: Session) -> None:
    webhook = session.scalars(select(Webhook).filter_by(id=webhook_id)).one_or_none()
    if webhook is not None:
        webhook.forget_old_secret()
        Delivery.forget_old(webhook_id, session)
        webhook.tidy_tomorrow()


@listeners.when_due("remind")
def remind_those_who_have_not_taken_part(phase_id: UUID, session: Session) -> None:
    phase = find(session, Phase, phase_id)
    if phase.is_open and phase.closes_at and phase.closes_at > datetime.now(UTC):
        activities = [name for name in phase.activities if name in REMINDED_OF]
        facts: dict[str, Any] = {"activities": activities, "closes_at": phase.closes_at.isoformat()}
        about = f"{phase.run_id}:{phase.name}"
        Occasion.arises(REMINDER, about, phase.run_id, session, **facts)


@listeners.when_due(FORGET_UNDELIVERED)
def forget_who_did_not_get_it(occasion_id: UUID, session: Session) -> None:
    find(session, Occasion, occasion_id).forget_undelivered(session)


@listeners.when_due("remind_of_session")
def remind_those_who_have_a_place(appointment_id: UUID, session: Session) -> None:
    """The day before; once for each time that it has."""
    date = find(session, Appointment, appointment_id)
    if not date.is_off and date.starts_at > datetime.now(UTC):
        about = f"{date.id}:{date.starts_at.isoformat()}"
        Occasion.arises(SESSION_REMINDER, about, date.run_id, session, session_id=str(date.id))


@listeners.when_due("tell")
def write_the_notices(occasion_id: UUID, session: Session) -> None:
    find(session, Occasion, occasion_id).tell(session)


def set_the_reminder(phase: Phase) -> None:
    """Once a phase: a reminder that has been told is not told again when the date moves."""
    if phase.reminder_at and not REMINDED_OF.isdisjoint(phase.activities):
        phase.schedule("remind", phase.reminder_at)
    else:
        phase.cancel("remind")


def _tell_of_the_session(
    workshop: WorkshopScheduled | WorkshopCalledOff | WorkshopHandedOver, changed: set[str], session: Session
) -> None:
    facts: dict[str, Any] = {"session_id": str(workshop.session_id)} | dict.fromkeys(changed, True)
    Occasion.gathers(SESSION, str(heard().id), workshop.run_id, session, **facts)


def _tell_of_the_plan(what: str, plan: PlanProposed | PlanAgreed | PlanDeclined, session: Session) -> None:
    Occasion.arises("plan", f"{plan.run_id}:{plan.version}:{what}", plan.run_id, session, what=what)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
