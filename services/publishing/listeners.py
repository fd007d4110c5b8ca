"""Publishing's listeners to other services' events and to its own timers."""

from uuid import UUID

from sqlalchemy.orm import Session

from services.publishing import launches, printing, quotes, sources
from services.publishing.models import Edition, Launch, PlannedRun
from shared.contracts.identity import TenantErased
from shared.contracts.process import RunPlanned
from shared.contracts.publishing import PublishingForgot
from shared.contracts.survey import ViewModerated, ViewWithdrawn
from shared.contracts.voting import RankingReleased
from shared.contracts.workshop import OutcomeSignedOff
from shared.database import find
from shared.messaging.listeners import Listeners
from shared.messaging.rebuild.read_models import ReadModels
from shared.privacy.erasure import forget_the_erased

listeners = Listeners("publishing")
forget_the_erased(listeners, TenantErased, PublishingForgot)


@listeners.on(RunPlanned)
def let_staff_begin(planned: RunPlanned, session: Session) -> None:
    PlannedRun.note(planned.run_id, session)


@listeners.on(OutcomeSignedOff)
def lay_the_outcome_into_the_source_panel(signed: OutcomeSignedOff, session: Session) -> None:
    outcome = {"round": signed.round, "question_id": signed.question_id, "outcome_kind": signed.kind}
    where = {"id": signed.outcome_id, "run_id": signed.run_id, "theme_id": signed.theme_id, "kind": "outcome"}
    sources.put(session, [where | outcome])


@listeners.on(RankingReleased)
def lay_the_ranked_views_into_the_source_panel(released: RankingReleased, session: Session) -> None:
    where = {"run_id": released.run_id, "theme_id": released.theme_id, "kind": "view"}
    ranked = [
        where | {"id": view, "place": place, "readings": released.readings.get(str(view))}
        for place, view in enumerate(released.ranking, start=1)
    ]
    sources.put(session, ranked)


@listeners.on(ViewWithdrawn)
def take_back_the_quotes_of_a_withdrawn_view(withdrawn: ViewWithdrawn, session: Session) -> None:
    take_back_quotes_of(withdrawn.view_id, withdrawn.run_id, withdrawn.theme_id, session)


@listeners.on(ViewModerated)
def take_back_the_quotes_of_a_rejected_view(moderated: ViewModerated, session: Session) -> None:
    if moderated.decision == "rejected":
        take_back_quotes_of(moderated.view_id, moderated.run_id, moderated.theme_id, session)


def take_back_quotes_of(view_id: UUID, run_id: UUID, theme_id: UUID, session: Session) -> None:
    """Takes these quotes back: nobody may publish them any more, readers no longer see them, and printed editions are printed anew without them."""
    sources.withdraw(session, view_id, run_id, theme_id)
    for passage in quotes.passages_quoting(session, view_id):
        passage.unclear()
    for edition in quotes.editions_quoting(session, view_id):
        edition.have_printed()


read_models = ReadModels(
    listeners,
    ("planned_run", "source"),
    fed_by=(
        let_staff_begin,
        lay_the_outcome_into_the_source_panel,
        lay_the_ranked_views_into_the_source_panel,
        take_back_the_quotes_of_a_withdrawn_view,
        take_back_the_quotes_of_a_rejected_view,
    ),
)


@listeners.when_due("print_edition")
def print_the_edition(edition_id: UUID, session: Session) -> None:
    printing.print_edition(session, find(session, Edition, edition_id))


@listeners.when_due("launch_workbook")
def launch_the_workbook(launch_id: UUID, session: Session) -> None:
    launch = find(session, Launch, launch_id)
    launch.open(before=launches.in_force(session, launch.run_id, but=launch))
