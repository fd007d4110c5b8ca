"""A run whose four themes lie ready, and colleagues who write."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from shared.contracts.process import PhaseClosed, PhaseOpened, RunPlanned
from tests.conftest import Door
from tests.survey.pages import Browser, FakeDoor

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

    def revises(self, view: dict, text: str, *receipts: str):
        words = {"text": text, "language": "fi", "receipts": receipts}
        return self.door.patch(f"/views/{view['id']}", json=words)

    def withdraws(self, view: dict, *receipts: str):
        return self.door.post(f"/views/{view['id']}/withdrawal", json={"receipts": receipts})

    def own(self, *receipts: str) -> list[dict]:
        return self.door.post(f"/runs/{self.run_id}/own-views", json={"receipts": receipts}).json["views"]

    def reads(self, theme: int = 0, **query):
        return self.door.get(f"/themes/{self.theme(theme)}/views", query_string=query)


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

    def opens(self, moderation: str = "after", read_first: str = "no") -> "Run":
        settings = {"give_views.moderation": moderation, "give_views.read_first": read_first}
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

    def writer(self, language: str = "fi", subject: UUID | None = None) -> Writer:
        door = self.http("survey").as_("participant", subject=subject, run_id=self.id, language=language)
        return Writer(door, self.id)

    def moderator(self) -> Moderator:
        return Moderator(self.http("survey").as_("facilitator"), self.id)


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
    from services.portal.app import create_app

    app = create_app({"survey": world.app("survey"), "lineage": world.app("lineage")})
    identity = FakeDoor(avi, ["fi", "sv", "en"])
    monkeypatch.setattr(door, "doorkeeper", identity)
    monkeypatch.setattr(door, "_hosts", {})
    monkeypatch.setattr(shell, "road_of", lambda run_id, *face: None)

    def browser(**who) -> Browser:
        client = app.test_client()
        client.set_cookie(door.SESSION, "secret", domain="avi.polku.localhost")
        client.set_cookie(door.SESSION, "secret", domain="console.polku.localhost")
        return Browser(client, identity, **who)

    return browser
