"""When that happened elsewhere, the survey does this."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.survey import reading
from services.survey.attendance import count_tonight, count_writers
from services.survey.authorship import forget_who_wrote
from services.survey.hybrid_work import lay_out
from services.survey.models import Claim, Collecting
from services.survey.models.draft import drop_all_drafts
from services.survey.models.seed import plant
from services.survey.queue import left
from shared.contracts.identity import KeyDestroyed, TenantErased
from shared.contracts.process import PhaseClosed, PhaseMoved, PhaseOpened, RunPlanned
from shared.contracts.survey import SurveyForgot, ViewsAwaitModeration
from shared.contracts.townhall import QuestionCarriedForward
from shared.database import unring
from shared.erasure import forget_the_erased
from shared.listening import Listeners
from shared.rebuild.read_models import ReadModels
from shared.tenancy import tenant_of

ACTIVITY = "give_views"
listeners = Listeners("survey")
forget_the_erased(listeners, TenantErased, SurveyForgot)


@listeners.on(RunPlanned)
def lay_out_the_themes(planned: RunPlanned, session: Session) -> None:
    if session.get(Collecting, key_of(planned.run_id, session)) is None:
        lay_out(session, planned)


def key_of(run_id: UUID, session: Session) -> dict:
    return {"tenant_id": tenant_of(session), "id": run_id}


def collecting_of(session: Session, run_id: UUID) -> Collecting | None:
    """None for a run of another template, which collects no views with us."""
    return session.get(Collecting, key_of(run_id, session), with_for_update=True)


@listeners.on(PhaseOpened)
def begin_collecting(opened: PhaseOpened, session: Session) -> None:
    collecting = collecting_of(session, opened.run_id)
    if collecting and ACTIVITY in opened.activities:
        collecting.begin(opened, reading.themes_of(session, opened.run_id))
        count_tonight(session, opened.run_id)


@listeners.on(PhaseMoved)
def keep_the_new_date(moved: PhaseMoved, session: Session) -> None:
    if collecting := collecting_of(session, moved.run_id):
        collecting.move(moved)


@listeners.on(PhaseClosed)
def end_collecting(closed: PhaseClosed, session: Session) -> None:
    collecting = collecting_of(session, closed.run_id)
    if collecting and collecting.is_open and ACTIVITY in closed.activities and ACTIVITY not in closed.goes_on:
        close(collecting, session)


def close(collecting: Collecting, session: Session) -> None:
    count_writers(collecting, session)
    counts = reading.counts_by_status(session, collecting.id)
    collecting.end(**{status: counts.get(status, 0) for status in ("shared", "rejected", "withdrawn")})
    drop_all_drafts(session, collecting.id)
    unring(session, "writers_are_counted", collecting.id)


@listeners.on(QuestionCarriedForward)
def plant_a_seed(carried: QuestionCarriedForward, session: Session) -> None:
    plant(session, carried.question_id, carried.run_id, carried.upvotes)


read_models = ReadModels(listeners, ("seed",), fed_by=(plant_a_seed,))


@listeners.on(KeyDestroyed)
def let_the_pseudonyms_go(destroyed: KeyDestroyed, session: Session) -> None:
    if destroyed.purpose == "survey":
        forget_who_wrote(session, destroyed.run_id)


@listeners.when_due("writers_are_counted")
def count_the_writers_of_the_day(run_id: UUID, session: Session) -> None:
    collecting = collecting_of(session, run_id)
    if collecting and collecting.is_open:
        count_writers(collecting, session)
        remind_the_moderators(collecting, session)
        count_tonight(session, run_id)


def remind_the_moderators(collecting: Collecting, session: Session) -> None:
    if waiting := left(session, collecting.id)["waiting"]:
        collecting.tell(ViewsAwaitModeration(run_id=collecting.id, waiting=waiting))


@listeners.when_due("claims_expire")
def put_back_what_was_left_lying(moderator: UUID, session: Session) -> None:
    session.execute(delete(Claim).filter_by(moderator=moderator))
