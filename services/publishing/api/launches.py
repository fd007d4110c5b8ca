"""Launches: planned, moved, taken back."""

from uuid import UUID

from services.publishing import launches, workbooks
from services.publishing.api.editions import editions
from services.publishing.api.showing import launch_shown
from services.publishing.models import Edition, Launch
from shared.contracts.api import publishing as shapes
from shared.contracts.api.publishing import Publishing
from shared.database import find
from shared.web.acts import caller, session
from shared.web.edit_conflicts import merged_struct
from shared.web.serving import serves


@serves(editions, Publishing.plan_launch)
def plan_launch(edition_id: UUID, plan: shapes.LaunchToPlan) -> shapes.Launch:
    edition = find(session(), Edition, edition_id)
    workbooks.to_write(session(), edition.run_id)  # one plan at a time
    known = launches.of_a_run(session(), edition.run_id)
    planned = Launch.plan(edition, plan.at, caller().subject, plan.writes_to, known)
    session().add(planned)
    session().flush()
    return launch_shown(planned)


@serves(editions, Publishing.move_launch)
def move_launch(launch_id: UUID, moved: shapes.LaunchToMove) -> shapes.Launch:
    planned = find(session(), Launch, launch_id)
    session().refresh(planned, with_for_update=True)
    planned.move(**merged_struct(moved, planned))
    return launch_shown(planned)


@serves(editions, Publishing.withdraw_launch)
def withdraw_launch(launch_id: UUID, withdrawal: shapes.WithdrawalToGive) -> shapes.Launch:
    launch = find(session(), Launch, launch_id)
    before = launches.in_force(session(), launch.run_id, but=launch)
    launch.withdraw(caller().subject, withdrawal.reason, before)
    return launch_shown(launch)
