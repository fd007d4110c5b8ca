"""Sessions: scheduled, moved, called off, and places at them taken and left."""

from uuid import UUID

from msgspec.structs import asdict

from services.workshop import sessions
from services.workshop.api.finding import in_my_run, me, planned, the_workshop
from services.workshop.api.presence import show_life
from services.workshop.models import Workshop
from services.workshop.showing import session_for
from shared.contracts.api import workshop_sessions as shapes
from shared.contracts.api.workshop_sessions import Sessions
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct
from shared.web.serving import serves

api = Blueprint("sessions", __name__)


@serves(api, Sessions.sessions)
def of_run(run_id: UUID, round: shapes.RoundNumber | None = None) -> list[shapes.Session]:
    return [shown(workshop) for workshop in sessions.of_run(session(), in_my_run(run_id), round)]


@serves(api, Sessions.schedule)
def schedule(run_id: UUID, new: shapes.NewSession) -> shapes.Session:
    workshop = Workshop(run_id=planned(run_id), **asdict(new))
    workshop.facilitator = caller().subject
    session().add(workshop)
    with session().no_autoflush:
        workshop.schedule(new.starts_at, new.ends_at, new.places)
    session().flush()
    return shown(workshop)


@serves(api, Sessions.session)
def one(workshop_id: UUID) -> shapes.Session:
    return shown(the_workshop(workshop_id))


@serves(api, Sessions.reschedule)
def reschedule(workshop_id: UUID, changed: shapes.SessionChanged) -> shapes.Session:
    workshop = the_workshop(workshop_id, locked=True)
    workshop.reschedule(**merged_struct(changed, workshop))
    return shown(workshop)


@serves(api, Sessions.call_off)
def call_off(workshop_id: UUID) -> shapes.Session:
    workshop = the_workshop(workshop_id, locked=True)
    workshop.call_off()
    return shown(workshop)


@serves(api, Sessions.sign_up)
def sign_up(workshop_id: UUID) -> shapes.Session:
    workshop = the_workshop(workshop_id, locked=True)
    workshop.sign_up(caller())
    return shown(workshop)


@serves(api, Sessions.leave)
def leave(workshop_id: UUID) -> shapes.Session:
    workshop = the_workshop(workshop_id, locked=True)
    workshop.leave(caller().subject)
    return shown(workshop)


@serves(api, Sessions.arrive)
def arrive(workshop_id: UUID) -> shapes.Session:
    workshop = the_workshop(workshop_id, locked=True)
    place = workshop.arrive(
        caller()
    )  # held: the session lets go of what nobody holds, and would load it again
    show_life(workshop, place)
    session().flush()
    return shown(workshop)


def shown(workshop: Workshop) -> shapes.Session:
    mine = me()
    return session_for(workshop, workshop.place_of(mine) if mine else None)
