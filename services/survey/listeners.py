"""When that happened elsewhere, the survey does this."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.survey import authors, collectings, others_views, withdrawals
from services.survey.handfuls import a_handful_leaves, the_rest_leaves
from services.survey.hybrid_work import lay_out
from services.survey.models import Author, Claim, Collecting, Decision, Theme, View
from services.survey.models.collecting import (
    AUTHORS_BEGIN_ANEW,
    HANDFUL_LEAVES,
    MODERATORS_ARE_REMINDED,
    every,
)
from services.survey.models.view import WITHDRAWALS_ARE_TOLD
from services.survey.moderation_queue import left
from services.survey.seeds import plant
from shared.contracts.identity import KeyDestroyed, TenantErased
from shared.contracts.process import PhaseClosed, PhaseMoved, PhaseOpened, RunPlanned
from shared.contracts.survey import SurveyForgot
from shared.contracts.townhall import QuestionCarriedForward
from shared.messaging.events import heard
from shared.messaging.listeners import Listeners
from shared.messaging.rebuild.read_models import ReadModels
from shared.privacy.erasure import forget_the_erased
from shared.privacy.rewriting import ask_to_write_anew, written_anew_at_night
from shared.privacy.unowned_keys import end_unowned_keys, owned_by

ACTIVITY = "give_views"
listeners = Listeners("survey")
forget_the_erased(listeners, TenantErased, SurveyForgot)


@listeners.on(RunPlanned)
def lay_out_the_themes(planned: RunPlanned, session: Session) -> None:
    if collectings.of(session, planned.run_id) is None:
        lay_out(session, planned)
        if collectings.held(session, planned.run_id):
            authors.make_the_key(planned.run_id, session)


@listeners.on(PhaseOpened)
def begin_collecting(opened: PhaseOpened, session: Session) -> None:
    collecting = collectings.held(session, opened.run_id)
    if collecting and opened.opens(ACTIVITY):
        collecting.begin(opened, heard().time, others_views.themes_of(session, opened.run_id))
        if not collecting.is_forgotten:  # else this comes late, and the phase ends behind it
            take_authors_anew(collecting, session)


def take_authors_anew(collecting: Collecting, session: Session) -> None:
    if authors.drop_what_opens_no_more(collecting.id, session):
        collecting.take_authors_anew_in_a_moment()
    else:
        authors.make_the_key(collecting.id, session, anew=True)


@listeners.on(PhaseMoved)
def keep_the_new_date(moved: PhaseMoved, session: Session) -> None:
    if collecting := collectings.held(session, moved.run_id):
        collecting.move(moved)


@listeners.on(PhaseClosed)
def end_collecting(closed: PhaseClosed, session: Session) -> None:
    collecting = collectings.held(session, closed.run_id)
    if collecting and collecting.is_open and closed.ends(ACTIVITY):
        close(collecting, session)


def close(collecting: Collecting, session: Session) -> None:
    the_rest_leaves(collecting, session)
    counts = others_views.counts_by_status(session, collecting.id)
    collecting.end(**{status: counts.get(status, 0) for status in ("shared", "rejected", "withdrawn")})


@listeners.on(QuestionCarriedForward)
def plant_a_seed(carried: QuestionCarriedForward, session: Session) -> None:
    plant(session, carried.question_id, carried.run_id, carried.upvotes)


read_models = ReadModels(listeners, ("seed",), fed_by=(plant_a_seed,))


@listeners.on(KeyDestroyed)
def let_the_authors_go(destroyed: KeyDestroyed, session: Session) -> None:
    """Unties what each person wrote; views that had not left are gone. Where views are taken still, what is
    written from now on comes under a new key, in a transaction of its own: this one may be done again. Heard late, when views are
    taken anew since, it is about a key of before, and what people write now is left alone."""
    if destroyed.purpose != "survey" or (collecting := collectings.held(session, destroyed.run_id)) is None:
        return
    if collecting.forget(heard().time):
        authors.destroy(collecting.id, session)
        ask_to_write_anew(session, collecting.id)


@listeners.when_due(AUTHORS_BEGIN_ANEW)
def begin_anew_with_a_new_key(run_id: UUID, session: Session) -> None:
    collecting = collectings.held(session, run_id)
    if collecting and collecting.is_open:
        collecting.opened_at = datetime.now(UTC)
        authors.make_the_key(run_id, session, anew=True)


end_unowned_keys(listeners, owned_by(Collecting.id))
written_anew_at_night(listeners, Collecting, Theme, View, Claim, Decision, Author)


@listeners.when_due(HANDFUL_LEAVES)
def let_a_handful_leave(run_id: UUID, session: Session) -> None:
    collecting = collectings.held(session, run_id)
    if collecting and collecting.is_open:
        more_may_follow = a_handful_leaves(collecting, session)
        collecting.look_for_a_handful_after(timedelta() if more_may_follow else every())


@listeners.when_due(WITHDRAWALS_ARE_TOLD)
def tell_what_was_taken_back(run_id: UUID, session: Session) -> None:
    withdrawals.tell_what_was_taken_back(session, run_id)


@listeners.when_due(MODERATORS_ARE_REMINDED)
def remind_the_moderators_of_the_day(run_id: UUID, session: Session) -> None:
    collecting = collectings.held(session, run_id)
    if collecting and collecting.is_open:
        collecting.remind_the_moderators(left(session, run_id)["waiting"])


@listeners.when_due("claims_expire")
def put_back_what_was_left_lying(moderator: UUID, session: Session) -> None:
    session.execute(delete(Claim).filter_by(moderator=moderator))
