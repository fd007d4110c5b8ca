"""The workshops' listeners to other services' events."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.workshop import questions, ranking, run_rounds, sessions
from services.workshop.models import (
    Basis,
    Board,
    GivenUp,
    Group,
    HandOver,
    Operation,
    Outcome,
    Place,
    PlannedRun,
    Round,
    SignOff,
    SignOfLife,
    Workshop,
)
from services.workshop.rounds import ROUNDS
from shared.contracts.identity import KeyDestroyed, TenantErased
from shared.contracts.process import PhaseClosed, PhaseOpened, RunPlanned
from shared.contracts.survey import ViewModerated, ViewWithdrawn
from shared.contracts.voting import RankingReleased
from shared.contracts.workshop import WorkshopForgot
from shared.database import find
from shared.messaging.events import heard
from shared.messaging.listeners import Listeners
from shared.messaging.rebuild.read_models import ReadModels
from shared.privacy.erasure import forget_the_erased
from shared.privacy.rewriting import written_anew_at_night
from shared.privacy.unowned_keys import end_unowned_keys, owned_by

WORKSHOP = "workshop"
ACTIVITIES = {f"workshop_{number}" for number in ROUNDS}
listeners = Listeners(WORKSHOP)
forget_the_erased(listeners, TenantErased, WorkshopForgot)
end_unowned_keys(listeners, owned_by(Workshop.id))
# Sessions and groups too: each sign-up and each sign of readiness is a version of their rows
written_anew_at_night(
    listeners,
    Workshop,
    HandOver,
    Group,
    Board,
    Operation,
    Outcome,
    Basis,
    SignOff,
    Place,
    GivenUp,
    SignOfLife,
)


@listeners.on(RunPlanned)
@listeners.on(PhaseOpened)
def let_staff_begin(happened: RunPlanned | PhaseOpened, session: Session) -> None:
    """A phase opens of a run that was planned, perhaps before we listened to that."""
    PlannedRun.note(happened.run_id, session)
    if isinstance(happened, PhaseOpened) and ACTIVITIES & set(happened.activities):
        PlannedRun.note_opening(happened.run_id, heard().time, session)


@listeners.on(KeyDestroyed)
def note_that_nobody_is_known(destroyed: KeyDestroyed, session: Session) -> None:
    if destroyed.purpose == WORKSHOP:
        PlannedRun.note_forgetting(destroyed.run_id, heard().time, session)


@listeners.on(RankingReleased)
def bring_the_top_views_to_the_table(released: RankingReleased, session: Session) -> None:
    ranking.hold(session, released.run_id)
    ranking.remember(session, released)
    questions.propose(session, released)


@listeners.on(ViewWithdrawn)
def rest_no_question_on_a_withdrawn_view(withdrawn: ViewWithdrawn, session: Session) -> None:
    ranking.hold(session, withdrawn.run_id)
    ranking.note_fallen(session, withdrawn.view_id, was_taken_back=True)
    questions.forget_view(session, withdrawn.view_id)


@listeners.on(ViewModerated)
def rest_no_question_on_a_rejected_view(moderated: ViewModerated, session: Session) -> None:
    if moderated.decision != "rejected":
        ranking.note_standing_again(session, moderated.view_id)
        return
    ranking.hold(session, moderated.run_id)
    ranking.note_fallen(session, moderated.view_id, was_taken_back=False)
    questions.forget_view(session, moderated.view_id)


read_models = ReadModels(
    listeners,
    ("planned_run", "ranked_view", "fallen_view"),
    fed_by=(
        let_staff_begin,
        note_that_nobody_is_known,
        bring_the_top_views_to_the_table,
        rest_no_question_on_a_withdrawn_view,
        rest_no_question_on_a_rejected_view,
    ),
    volatile={"planned_run": ("opened_at", "forgotten_at")},  # an installation of before has not noted them
)


@listeners.on(PhaseOpened)
def open_the_round(opened: PhaseOpened, session: Session) -> None:
    for number in ROUNDS:
        if opened.opens(f"workshop_{number}"):
            run_rounds.of(session, opened.run_id, number).open(opened.closes_at)


@listeners.on(PhaseClosed)
def end_the_round(closed: PhaseClosed, session: Session) -> None:
    for number in ROUNDS:
        if closed.ends(f"workshop_{number}"):
            run_rounds.of(session, closed.run_id, number).end()


@listeners.when_due("tell_places")
def tell_that_places_have_changed(workshop_id: UUID, session: Session) -> None:
    sessions.held(session, workshop_id).tell_places()


@listeners.when_due("forget_places")
def forget_who_was_there(round_id: UUID, session: Session) -> None:
    find(session, Round, round_id).forget_places()


@listeners.on(KeyDestroyed)
def forget_whose_places_they_were(destroyed: KeyDestroyed, session: Session) -> None:
    if destroyed.purpose == WORKSHOP:
        run_rounds.forget_the_run(session, destroyed.run_id, heard().time)


@listeners.when_due("forget_the_run")
def forget_a_run_of_before(run_id: UUID, session: Session) -> None:
    """Set by migration 0007: sessions that were scheduled after the key was destroyed have places."""
    died_at = session.scalar(select(PlannedRun.forgotten_at).filter_by(run_id=run_id))
    if died_at:
        run_rounds.forget_the_run(session, run_id, died_at)
