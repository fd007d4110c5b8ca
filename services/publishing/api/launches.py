"""Launches over HTTP: plan one, move it, take it back."""

from uuid import UUID

from flask.views import MethodView

from services.publishing import launch_schemas as schemas
from services.publishing import launches
from services.publishing.api.editions import reading
from services.publishing.models import Edition, Launch, Workbook
from shared.database import find
from shared.web.access import open_to
from shared.web.acts import caller, session
from shared.web.edit_conflicts import merged
from shared.web.roles import CLIENT_SIDE


@reading.route("/editions/<uuid:edition_id>/launches")
class Launches(MethodView):
    @open_to("lead", *CLIENT_SIDE)
    @reading.arguments(schemas.LaunchToPlan)
    @reading.response(201, schemas.LaunchSchema)
    def post(self, launch: dict, edition_id: UUID):
        """Set the minute at which this edition opens to all staff, or open it now."""
        edition = find(session(), Edition, edition_id)
        Workbook.of(edition.run_id, session(), to_write=True)  # one plan at a time
        known = launches.of_a_run(session(), edition.run_id)
        planned = Launch.plan(edition, launch["at"], caller().subject, launch["writes_to"], known)
        session().add(planned)
        session().flush()
        return planned


@reading.route("/launches/<uuid:launch_id>")
class OneLaunch(MethodView):
    @open_to("lead", *CLIENT_SIDE)
    @reading.arguments(schemas.LaunchToMove)
    @reading.response(200, schemas.LaunchSchema)
    def patch(self, launch: dict, launch_id: UUID):
        """Move a planned launch to another minute."""
        planned = find(session(), Launch, launch_id)
        session().refresh(planned, with_for_update=True)
        planned.move(merged(launch, schemas.LaunchToMove, planned)["at"])
        return planned


@reading.route("/launches/<uuid:launch_id>/withdrawal")
class Withdrawals(MethodView):
    @open_to("lead", *CLIENT_SIDE)
    @reading.arguments(schemas.WithdrawalToGive)
    @reading.response(201, schemas.LaunchSchema)
    def post(self, withdrawal: dict, launch_id: UUID):
        """Call a planned launch off, or take the workbook back from readers."""
        launch = find(session(), Launch, launch_id)
        before = launches.in_force(session(), launch.run_id, but=launch)
        launch.withdraw(caller().subject, withdrawal["reason"], before)
        return launch
