"""An organisation with a path on which everything is open at once, so that hostile input gets past "not here"."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import text

from services.process.journey import TEMPLATES
from shared.contracts.process import ACTIVITIES, PhaseOpened, RunPlanned
from shared.database import sessions_of
from shared.settings import SERVICES
from shared.tenancy.sessions import acting_for
from shared.web.roles import READER, ROLES
from tests.conftest import Door, World
from tests.survey.conftest import let_all_leave

BEHIND = [service for service in SERVICES if service != "portal"]
LANGUAGES = ["fi", "sv", "en"]


@dataclass
class Path:
    """A run, and somebody in it whom every door lets in."""

    world: World
    run_id: UUID
    somebody: UUID

    def door(self, service: str) -> Door:
        return self.world.door(service).as_(*ROLES - {READER}, subject=self.somebody, run_id=self.run_id)

    def ids(self, service: str) -> dict[str, str]:
        """An id of this organisation for each table that has some, by the name that addresses call it."""
        with acting_for(self.world.avi), sessions_of(service).begin() as session:
            tables = session.scalars(TABLES, {"schema": service})
            looked_for = (f"(SELECT '{table}_id', id FROM \"{table}\" LIMIT 1)" for table in tables)
            found = session.execute(text(" UNION ALL ".join(looked_for))).all()
        return {name: str(id) for name, id in found} | {"run_id": str(self.run_id)}

    def everywhere(self) -> dict[str, str]:
        """The ids of all services by name."""
        return {name: id for service in BEHIND for name, id in self.ids(service).items()}


TABLES = text(
    "SELECT table_name FROM information_schema.columns WHERE table_schema = :schema AND column_name = 'id' AND data_type = 'uuid'"
)


def path_of(world: World) -> Path:
    new = {"name": "Polku", "languages": LANGUAGES, "starts_at": "2027-03-01T09:00:00+02:00"}
    made = world.door("process").as_("lead").post("/runs", json=new)
    path = Path(world, UUID(made.json["id"]), uuid4())
    with acting_for(world.avi):
        everything_opens(path)
    people_write(path)
    what_was_told_is_heard(world)
    return path


def everything_opens(path: Path) -> None:
    planned = RunPlanned(run_id=path.run_id, template=next(iter(TEMPLATES)), languages=LANGUAGES)
    opened = PhaseOpened(run_id=path.run_id, phase="views", activities=list(ACTIVITIES))
    for service in BEHIND:
        if service != "process":
            path.world.hear(service, planned, opened)


def people_write(path: Path) -> None:
    survey = path.door("survey")
    for theme in survey.get(f"/runs/{path.run_id}/collecting").json["themes"]:
        survey.post(f"/themes/{theme['id']}/views", json={"text": "Kokous alkaa ajallaan.", "language": "fi"})
    with acting_for(path.world.avi):
        let_all_leave(path.run_id)


def what_was_told_is_heard(world: World) -> None:
    with acting_for(world.avi):
        told = [(source, event) for source in BEHIND for event in world.told(source)]
        for source, event in told:
            for service in BEHIND:
                if service != source and type(event) in world.listeners(service).reactions:
                    world.hear(service, event)
