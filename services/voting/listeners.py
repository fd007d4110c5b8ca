"""Voting's listeners to other services' events and to its own timers."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from services.voting import ballots, views
from services.voting.models import Ballot, Hand, Place, Release, Seat, Theme, View
from services.voting.models.lying import empty, forget_what_has_lain
from services.voting.models.view import REJECTED, STANDS, WITHDRAWN
from services.voting.settling import (
    announce_the_end,
    break_down_again,
    forget_the_answers,
    refresh,
    settle,
    settle_again,
    settle_without_hands,
)
from shared.contracts.identity import KeyDestroyed, TenantErased, TurnoutKnown
from shared.contracts.process import PhaseClosed, PhaseMoved, PhaseOpened, RunPlanned
from shared.contracts.survey import ThemePublished, ViewModerated, ViewRevised, ViewShared, ViewWithdrawn
from shared.contracts.voting import VotingForgot
from shared.messaging.events import heard
from shared.messaging.listeners import Listeners
from shared.privacy.erasure import forget_the_erased
from shared.privacy.keys import KeyIsDead
from shared.privacy.rewriting import written_anew_at_night
from shared.privacy.unowned_keys import end_unowned_keys, owned_by

PRIORITISE, VOTING = "prioritise", "voting"
EVERY_MINUTE = timedelta(minutes=1)
listeners = Listeners("voting")
forget_the_erased(listeners, TenantErased, VotingForgot)
end_unowned_keys(listeners, owned_by(Ballot.run_id, ~Ballot.forgotten))
written_anew_at_night(listeners, Ballot, Theme, View, Hand, Place, Seat, Release)


@listeners.on(RunPlanned)
def lay_out_the_ballot(planned: RunPlanned, session: Session) -> None:
    ballots.laid_out(session, planned.run_id)


@listeners.on(ThemePublished)
def take_note_of_the_theme(published: ThemePublished, session: Session) -> None:
    views.note_theme(session, published.theme_id, published.run_id)


@listeners.on(ViewShared)
def put_the_view_before_colleagues(shared: ViewShared, session: Session) -> None:
    views.note_theme(session, shared.theme_id, shared.run_id)
    whose = {"run_id": shared.run_id, "theme_id": shared.theme_id}
    views.note(session, shared.view_id, status=STANDS, language=shared.language, **whose)


@listeners.on(ViewRevised)
def follow_the_wording(revised: ViewRevised, session: Session) -> None:
    views.note_language(session, revised.view_id, revised.language)


@listeners.on(ViewWithdrawn)
def take_the_view_back(withdrawn: ViewWithdrawn, session: Session) -> None:
    _stands_no_more(withdrawn, WITHDRAWN, session)


@listeners.on(ViewModerated)
def follow_the_moderator(moderated: ViewModerated, session: Session) -> None:
    if moderated.decision == "rejected":
        _stands_no_more(moderated, REJECTED, session)
    else:
        views.note_that_it_stands_again(session, moderated.view_id)


def _stands_no_more(gone: ViewWithdrawn | ViewModerated, status: str, session: Session) -> None:
    views.note(session, gone.view_id, status=status, run_id=gone.run_id, theme_id=gone.theme_id)
    ballot = ballots.laid_out(session, gone.run_id)
    if ballot.state == "counted":
        settle_again(ballot, gone.view_id, session)


@listeners.on(PhaseOpened)
def open_the_ballot(opened: PhaseOpened, session: Session) -> None:
    if opened.opens(PRIORITISE):
        ballots.laid_out(session, opened.run_id).open(opened.phase, heard().time, opened.closes_at)


@listeners.on(PhaseMoved)
def follow_the_agreed_dates(moved: PhaseMoved, session: Session) -> None:
    ballot = ballots.laid_out(session, moved.run_id)
    if moved.phase == ballot.phase:
        ballot.closes_at = moved.closes_at


@listeners.on(PhaseClosed)
def end_the_ballot(closed: PhaseClosed, session: Session) -> None:
    if closed.ends(PRIORITISE):
        ballots.laid_out(session, closed.run_id).end(heard().time)


@listeners.on(TurnoutKnown)
def expect_those_who_were_invited(known: TurnoutKnown, session: Session) -> None:
    ballots.laid_out(session, known.run_id).invited = known.invited


@listeners.on(KeyDestroyed)
def let_the_answers_go(destroyed: KeyDestroyed, session: Session) -> None:
    if destroyed.purpose == VOTING:
        ballots.laid_out(session, destroyed.run_id)
        let_go_once_counted(destroyed.run_id, session)


@listeners.when_due("let_the_answers_go")
def let_go_once_counted(run_id: UUID, session: Session) -> None:
    """Destroys the key and the hands once everything is counted and committed: a key does not come back with a transaction that
    fails."""
    ballot = ballots.of(session, run_id)
    if ballot.state in ("open", "ended"):
        ballot.let_the_answers_go_once_counted()
    else:
        forget_the_answers(ballot, session)
        empty(session)


@listeners.when_due("count_the_readings")
def count_the_readings(run_id: UUID, session: Session) -> None:
    ballot = ballots.of(session, run_id)
    if ballot.state != "open":
        return
    try:
        refresh(ballot, session)
    except KeyIsDead:  # a database of before that was brought back: nobody can answer any more
        let_go_once_counted(run_id, session)
        return
    ballot.count_the_readings_after(EVERY_MINUTE)
    forget_what_has_lain(run_id, session)


@listeners.when_due("count_the_last_answers")
def count_the_last_answers(run_id: UUID, session: Session) -> None:
    """After the end has been committed, not with it: whoever was answering then is waited for, and counted."""
    ballot = ballots.of(session, run_id)
    if ballot.state != "ended":
        return
    try:
        settle(ballot, session)
    except KeyIsDead:
        settle_without_hands(ballot, session)
    ballot.counted_at = datetime.now(UTC)
    announce_the_end(ballot, session)
    empty(session)


@listeners.when_due("break_down_again")
def break_down_what_was_counted_before(run_id: UUID, session: Session) -> None:
    """Set by the migration to places that keep their groups."""
    break_down_again(ballots.held(session, run_id), session)
