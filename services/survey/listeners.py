"""When that happened elsewhere, the survey does this."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.survey import authors, others_views, withdrawals
from services.survey.handfuls import (
    ALARM,
    a_handful_leaves,
    look_again,
    look_no_more,
    the_rest_leaves,
)
from services.survey.hybrid_work import lay_out
from services.survey.models import Author, Claim, Collecting, Decision, Theme, View
from services.survey.models.seed import plant
from services.survey.moderation_queue import left
from shared.contracts.identity import KeyDestroyed, TenantErased
from shared.contracts.process import PhaseClosed, PhaseMoved, PhaseOpened, RunPlanned
from shared.contracts.survey import SurveyForgot, ViewsAwaitModeration
from shared.contracts.townhall import QuestionCarriedForward
from shared.languages import ZONE
from shared.messaging.events import heard
from shared.messaging.listeners import Listeners
from shared.messaging.rebuild.read_models import ReadModels
from shared.messaging.scheduling import cancel, schedule
from shared.privacy.erasure import forget_the_erased
from shared.privacy.rewriting import ask_to_write_anew, written_anew_at_night
from shared.privacy.unowned_keys import end_unowned_keys, owned_by
from shared.tenancy.sessions import tenant_of

ACTIVITY = "give_views"
AT_NIGHT = time(3)
MODERATORS_ARE_REMINDED = "writers_are_counted"  # as it has always been called in the table
listeners = Listeners("survey")
forget_the_erased(listeners, TenantErased, SurveyForgot)


@listeners.on(RunPlanned)
def lay_out_the_themes(planned: RunPlanned, session: Session) -> None:
    if session.get(Collecting, key_of(planned.run_id, session)) is None:
        lay_out(session, planned)
        if collecting_of(session, planned.run_id):
            authors.make_the_key(planned.run_id, session)


def key_of(run_id: UUID, session: Session) -> dict:
    return {"tenant_id": tenant_of(session), "id": run_id}


def collecting_of(session: Session, run_id: UUID) -> Collecting | None:
    """None for a run of another template, which collects no views with us."""
    return session.get(Collecting, key_of(run_id, session), with_for_update=True)


@listeners.on(PhaseOpened)
def begin_collecting(opened: PhaseOpened, session: Session) -> None:
    collecting = collecting_of(session, opened.run_id)
    if collecting and opened.opens(ACTIVITY):
        collecting.begin(opened, heard().time, others_views.themes_of(session, opened.run_id))
        if not collecting.is_forgotten:  # else this comes late, and the phase ends behind it
            take_authors_anew(opened.run_id, session)
        look_again(session, opened.run_id)
        look_again_tonight(session, opened.run_id)


def take_authors_anew(run_id: UUID, session: Session) -> None:
    if authors.drop_what_opens_no_more(run_id, session):
        begin_anew_in_a_moment(run_id, session)
    else:
        authors.make_the_key(run_id, session, anew=True)


@listeners.on(PhaseMoved)
def keep_the_new_date(moved: PhaseMoved, session: Session) -> None:
    if collecting := collecting_of(session, moved.run_id):
        collecting.move(moved)


@listeners.on(PhaseClosed)
def end_collecting(closed: PhaseClosed, session: Session) -> None:
    collecting = collecting_of(session, closed.run_id)
    if collecting and collecting.is_open and closed.ends(ACTIVITY):
        close(collecting, session)


def close(collecting: Collecting, session: Session) -> None:
    the_rest_leaves(collecting, session)
    look_no_more(session, collecting.id)
    counts = others_views.counts_by_status(session, collecting.id)
    collecting.end(**{status: counts.get(status, 0) for status in ("shared", "rejected", "withdrawn")})
    cancel(session, MODERATORS_ARE_REMINDED, collecting.id)


@listeners.on(QuestionCarriedForward)
def plant_a_seed(carried: QuestionCarriedForward, session: Session) -> None:
    plant(session, carried.question_id, carried.run_id, carried.upvotes)


read_models = ReadModels(listeners, ("seed",), fed_by=(plant_a_seed,))


@listeners.on(KeyDestroyed)
def let_the_authors_go(destroyed: KeyDestroyed, session: Session) -> None:
    """Unties what each person wrote; views that had not left are gone. Where views are taken still, what is
    written from now on comes under a new key, in a transaction of its own: this one may be done again. Heard late, when views are
    taken anew since, it is about a key of before, and what people write now is left alone."""
    if destroyed.purpose != "survey" or (collecting := collecting_of(session, destroyed.run_id)) is None:
        return
    if collecting.opened_at and heard().time < collecting.opened_at:
        return
    collecting.forgotten_at = heard().time
    authors.destroy(collecting.id, session)
    ask_to_write_anew(session, collecting.id)
    if collecting.is_open:
        begin_anew_in_a_moment(collecting.id, session)


def begin_anew_in_a_moment(run_id: UUID, session: Session) -> None:
    schedule(session, datetime.now(UTC), "authors_begin_anew", run_id)


@listeners.when_due("authors_begin_anew")
def begin_anew_with_a_new_key(run_id: UUID, session: Session) -> None:
    collecting = collecting_of(session, run_id)
    if collecting and collecting.is_open:
        collecting.opened_at = datetime.now(UTC)
        authors.make_the_key(run_id, session, anew=True)


end_unowned_keys(listeners, owned_by(Collecting.id))
written_anew_at_night(listeners, Collecting, Theme, View, Claim, Decision, Author)


@listeners.when_due(ALARM)
def let_a_handful_leave(run_id: UUID, session: Session) -> None:
    collecting = collecting_of(session, run_id)
    if collecting and collecting.is_open:
        more_may_follow = a_handful_leaves(collecting, session)
        look_again(session, run_id, timedelta() if more_may_follow else None)


@listeners.when_due(withdrawals.ALARM)
def tell_what_was_taken_back(run_id: UUID, session: Session) -> None:
    withdrawals.tell_what_was_taken_back(session, run_id)


@listeners.when_due(MODERATORS_ARE_REMINDED)
def remind_the_moderators_of_the_day(run_id: UUID, session: Session) -> None:
    collecting = collecting_of(session, run_id)
    if collecting and collecting.is_open:
        remind_the_moderators(collecting, session)
        look_again_tonight(session, run_id)


def look_again_tonight(session: Session, run_id: UUID) -> None:
    tomorrow = datetime.now(ZONE).date() + timedelta(days=1)
    tonight = datetime.combine(tomorrow, AT_NIGHT, ZONE)
    schedule(session, tonight.astimezone(UTC), MODERATORS_ARE_REMINDED, run_id)


def remind_the_moderators(collecting: Collecting, session: Session) -> None:
    if waiting := left(session, collecting.id)["waiting"]:
        collecting.tell(ViewsAwaitModeration(run_id=collecting.id, waiting=waiting))


@listeners.when_due("claims_expire")
def put_back_what_was_left_lying(moderator: UUID, session: Session) -> None:
    session.execute(delete(Claim).filter_by(moderator=moderator))
