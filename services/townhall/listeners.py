"""When that happened elsewhere, the townhall does this."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.townhall import halls, on_air
from services.townhall.models import Answer, Hall, Poll, Pulse, Question, Result, SignUp, Upvote
from services.townhall.models.hall import PURPOSES
from shared.contracts.identity import MemberLeft, TenantErased
from shared.contracts.process import PhaseClosed, PhaseOpened, RunCompleted, RunPlanned
from shared.contracts.townhall import TownhallForgot
from shared.messaging.listeners import Listeners
from shared.privacy.erasure import forget_the_erased
from shared.privacy.rewriting import written_anew_at_night
from shared.privacy.unowned_keys import end_unowned_keys, owned_by

listeners = Listeners("townhall")
forget_the_erased(listeners, TenantErased, TownhallForgot)
end_unowned_keys(listeners, owned_by(Hall.id))
written_anew_at_night(listeners, Hall, Pulse, SignUp, Poll, Result, Answer, Question, Upvote)


@listeners.on(RunPlanned)
def lay_out_the_halls(planned: RunPlanned, session: Session) -> None:
    for purpose in PURPOSES:
        halls.of(session, planned.run_id, purpose)


@listeners.on(PhaseOpened)
def open_the_doors(opened: PhaseOpened, session: Session) -> None:
    for purpose in PURPOSES:
        if opened.opens(purpose):
            halls.of(session, opened.run_id, purpose).open_doors()


@listeners.on(PhaseClosed)
def close_the_doors(closed: PhaseClosed, session: Session) -> None:
    for purpose in PURPOSES:
        if closed.ends(purpose):
            on_air.close_doors(session, halls.of(session, closed.run_id, purpose))


@listeners.on(RunCompleted)
def let_the_halls_go(completed: RunCompleted, session: Session) -> None:
    for purpose in PURPOSES:
        on_air.let_go(session, halls.of(session, completed.run_id, purpose))


@listeners.on(MemberLeft)
def forget_the_sign_ups(left: MemberLeft, session: Session) -> None:
    session.execute(delete(SignUp).filter_by(member_id=left.member_id))


@listeners.when_due("hands_came_late")
def forget_late_hands(hall_id: UUID, session: Session) -> None:
    on_air.forget_late_hands(session, halls.held(session, Hall, hall_id))


@listeners.when_due("hall_forgotten")
def end_a_forgotten_event(hall_id: UUID, session: Session) -> None:
    """The host went home without ending it: its key is destroyed all the same."""
    hall = halls.held(session, Hall, hall_id)
    if hall.state == "on_air":
        on_air.end(session, hall)
