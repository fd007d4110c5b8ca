"""The kickoff lecture and the launch event: for everybody, and for the host."""

from uuid import UUID

from msgspec import to_builtins

from services.townhall import halls as the_halls
from services.townhall import on_air, screens
from services.townhall.api.finding import hall_to_be_in, hall_to_host, hall_to_see
from shared.contracts.api import townhall as shapes
from shared.contracts.api.townhall import Townhall
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct
from shared.web.limits import paced
from shared.web.serving import serves
from shared.web.shapes import shape_of

halls = Blueprint("halls", __name__, description="All-staff events")


@serves(halls, Townhall.halls)
def of_run(run_id: UUID) -> list[shapes.Hall]:
    return [shape_of(shapes.Hall, hall) for hall in the_halls.of_run(session(), run_id)]


@serves(halls, Townhall.by_code)
@paced(burst=30, seconds=20)  # codes cannot be tried out, and nothing says who came
def by_code(code: str) -> shapes.Hall:
    return shape_of(shapes.Hall, the_halls.with_code(session(), code))


@serves(halls, Townhall.hall)
def hall(hall_id: UUID) -> shapes.MyScreen:
    return screens.one_persons(session(), hall_to_see(hall_id), caller().subject)


@serves(halls, Townhall.describe)
def describe(hall_id: UUID, said: shapes.Description) -> shapes.Desk:
    hall = hall_to_host(hall_id)
    hall.describe(**to_builtins(merged_struct(said, hall)))
    return screens.desk(session(), hall)


@serves(halls, Townhall.desk)
def desk(hall_id: UUID) -> shapes.Desk:
    return screens.desk(session(), hall_to_see(hall_id))


@serves(halls, Townhall.schedule)
def schedule(hall_id: UUID, time: shapes.Time) -> None:
    hall = hall_to_host(hall_id)
    hall.set_time(**merged_struct(time, hall))


@serves(halls, Townhall.sign_up)
def sign_up(hall_id: UUID) -> None:
    the_halls.sign_up(session(), hall_to_be_in(hall_id), caller().subject)


@serves(halls, Townhall.cancel)
def cancel(hall_id: UUID) -> None:
    the_halls.sign_off(session(), hall_to_be_in(hall_id), caller().subject)


@serves(halls, Townhall.start)
def start(hall_id: UUID) -> None:
    on_air.start(session(), hall_to_host(hall_id))


@serves(halls, Townhall.end)
def end(hall_id: UUID) -> None:
    on_air.end(session(), hall_to_host(hall_id))


@serves(halls, Townhall.switch)
def switch(hall_id: UUID, stage: shapes.Stage) -> None:
    hall = hall_to_host(hall_id)
    poll = the_halls.poll_held(session(), hall, stage.poll_id) if stage.poll_id else None
    hall.switch(stage.kind, poll, before=the_halls.open_polls_held(session(), hall))


@serves(halls, Townhall.carry_forward)
def carry_forward(hall_id: UUID, ticked: shapes.Ticked) -> None:
    hall = hall_to_host(hall_id)
    hall.carry_forward(the_halls.ticked(session(), hall, ticked.questions))
