"""A run whose four themes lie ready, and colleagues who write."""

from dataclasses import dataclass, field
from importlib import import_module
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.survey.handfuls import the_rest_leaves
from services.survey.models import Collecting
from services.survey.models.collecting import HANDFUL_LEAVES
from services.survey.models.view import WITHDRAWALS_ARE_TOLD
from shared.contracts.process import PhaseClosed, PhaseOpened, RunPlanned
from shared.database import find, worker_engine_of, worker_sessions_of
from shared.messaging.timers import run_one
from tests.conftest import Door
from tests.portal.browser import the_portal
from tests.survey.pages import Browser, FakeDoor
from tests.ways import WAYS

RECEIPT = "a-receipt-that-only-my-browser-holds-{:04d}"


@dataclass
class Writer:
    """A colleague with a browser."""

    door: Door
    run_id: UUID

    def collecting(self) -> dict:
        return self.door.get(f"/runs/{self.run_id}/collecting").json

    @property
    def themes(self) -> list[dict]:
        return self.collecting()["themes"]

    def theme(self, nr: int = 0) -> str:
        return self.themes[nr]["id"]

    def gives(self, text: str = "Kokous alkaa ajallaan.", theme: int = 0, **more):
        words = {"text": text, "language": "fi"} | more
        return self.door.post(f"/themes/{self.theme(theme)}/views", json=words)

    def has_given(self, text: str = "Kokous alkaa ajallaan.", theme: int = 0, **more) -> dict:
        """A view that has left with others', as its author sees it."""
        given = self.gives(text, theme, **more).json["view"]
        let_all_leave(self.run_id)
        return self.sees(given)

    def sees(self, view: dict) -> dict:
        return next(own for own in self.own() if own["id"] == view["id"])

    def has_revised(self, view: dict, text: str, *receipts: str) -> dict:
        self.revises(view, text, *receipts)
        let_all_leave(self.run_id)
        return self.sees(view)

    def themes_in_words(self, **query) -> list[dict]:
        return self.door.get(f"/runs/{self.run_id}/themes-in-words", query_string=query).json

    def drafts(self, text: str, theme: int = 0, language: str = "fi"):
        return self.door.put(f"/themes/{self.theme(theme)}/draft", json={"text": text, "language": language})

    def revises(self, view: dict, text: str, *receipts: str):
        words = {"text": text, "language": "fi", "receipts": receipts}
        return self.door.patch(f"/views/{view['id']}", json=words)

    def withdraws(self, view: dict, *receipts: str):
        return self.door.post(f"/views/{view['id']}/withdrawal", json={"receipts": receipts})

    def own(self, *receipts: str) -> list[dict]:
        return self.door.post(f"/runs/{self.run_id}/own-views", json={"receipts": receipts}).json["views"]

    def reads(self, theme: int = 0, **query):
        return self.door.get(f"/themes/{self.theme(theme)}/views", query_string=query)


def let_all_leave(run_id: UUID) -> None:
    """What closing does with what waits, while views are taken still: for tests that are about something else."""
    with worker_sessions_of("survey").begin() as session:
        the_rest_leaves(find(session, Collecting, run_id), session)


@dataclass
class Moderator:
    """A member of the consultancy's staff at the queue."""

    door: Door
    run_id: UUID

    def queue(self) -> dict:
        return self.door.get(f"/runs/{self.run_id}/queue").json

    def takes(self, how_many: int = 10) -> list[dict]:
        return self.door.post(f"/runs/{self.run_id}/claims", json={"how_many": how_many}).json["mine"]

    def puts_back(self):
        return self.door.delete(f"/runs/{self.run_id}/claims")

    def decides(self, *decisions: dict):
        return self.door.post(f"/runs/{self.run_id}/decisions", json={"decisions": decisions})

    def accepts(self, *views: dict):
        about = ({"view_id": view["id"], "wording": view["wording"]} for view in views)
        return self.decides(*(one | {"decision": "accept"} for one in about))

    def rejects(self, view: dict, ground="person", reason="Nimi pois, niin julkaisen."):
        about = {"view_id": view["id"], "wording": view["wording"]}
        return self.decides(about | {"decision": "reject", "ground": ground, "reason": reason})


@dataclass
class Run:
    """The organisation's run, as the survey hears of it."""

    hear: object
    http: object
    id: UUID = field(default_factory=uuid4)

    def plan(self) -> "Run":
        self.hear("survey", RunPlanned(run_id=self.id, template="hybrid-work", languages=["fi", "sv", "en"]))
        return self

    def opens(self, moderation: str = "after", read_first: str = "no", handful: str = "5") -> "Run":
        settings = {"give_views.moderation": moderation, "give_views.read_first": read_first}
        settings["give_views.handful"] = handful
        activities = ["give_views", "prioritise"]
        self.hear(
            "survey", PhaseOpened(run_id=self.id, phase="views", activities=activities, settings=settings)
        )
        return self

    def closes(self, goes_on: list[str] | None = None) -> "Run":
        activities = ["give_views", "prioritise"]
        self.hear(
            "survey", PhaseClosed(run_id=self.id, phase="views", activities=activities, goes_on=goes_on or [])
        )
        return self

    def somebody_looks(self) -> int:
        """The worker looks whether a handful has come together; returns how often it looked again at once."""
        return ring("survey", HANDFUL_LEAVES, self.id)

    def the_night_passes(self) -> int:
        return ring("survey", WITHDRAWALS_ARE_TOLD, self.id)

    def writer(self, language: str = "fi", subject: UUID | None = None) -> Writer:
        door = self.http("survey").as_("participant", subject=subject, run_id=self.id, language=language)
        return Writer(door, self.id)

    def moderator(self) -> Moderator:
        return Moderator(self.http("survey").as_("facilitator"), self.id)


def ring(service: str, name: str, about: UUID) -> int:
    """Rings this one timer as if its moment had come, again as long as it is due at once."""
    listeners = import_module(f"services.{service}.listeners").listeners
    engine = worker_engine_of(service)
    change = "UPDATE timer SET due_at = now() - interval '1 second' WHERE name = :name AND about = :about"
    due, rang = "SELECT * FROM timer WHERE name = :name AND about = :about AND due_at <= now()", 0
    with engine.begin() as connection:
        connection.execute(text(change), {"name": name, "about": about})
    while True:
        with engine.begin() as connection:
            row = connection.execute(text(due), {"name": name, "about": about}).one_or_none()
        if row is None:
            return rang
        assert run_one(row, listeners, worker_sessions_of(service))
        rang += 1


def pytest_generate_tests(metafunc) -> None:
    """What writers and staff ask is asked both ways; pages have their own."""
    if "run" in metafunc.fixturenames and "portal" not in metafunc.fixturenames:
        metafunc.parametrize("way", WAYS, indirect=True)


@pytest.fixture
def run(hear, http) -> Run:
    return Run(hear, http).plan()


@pytest.fixture
def kaisa(run) -> Writer:
    return run.writer()


@pytest.fixture
def matti(run) -> Writer:
    return run.writer()


@pytest.fixture
def minna(run) -> Moderator:
    return run.moderator()


@pytest.fixture
def receipt() -> str:
    return RECEIPT.format(1)


@pytest.fixture
def portal(world, avi, monkeypatch):
    """portal() is a colleague's browser; portal(roles=("facilitator",)) a consultant's, in the client's rooms."""
    from services.portal import door, shell
    from services.portal.clients.remembered import Remembered

    app = the_portal()
    identity = FakeDoor(avi, ["fi", "sv", "en"])
    monkeypatch.setattr(door, "sign_in_client", identity)
    monkeypatch.setattr(door, "_hosts", Remembered(door.asked_of_identity))
    monkeypatch.setattr(shell, "path_of", lambda run_id, *face: None)

    def browser(**who) -> Browser:
        client = app.test_client()
        client.set_cookie(door.SESSION, "secret", domain="avi.polku.localhost")
        client.set_cookie(door.SESSION, "secret", domain="console.polku.localhost")
        return Browser(client, identity, **who)

    return browser
