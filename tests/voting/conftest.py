"""A run whose views are being read, and the people who read them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from services.survey.giving import give
from services.survey.models import Theme
from services.voting.models import View
from services.voting.models.card import ANSWERS
from shared.contracts.process import PhaseClosed, PhaseOpened, RunPlanned
from shared.contracts.survey import ThemePublished, ViewShared
from shared.database import find, sessions_of
from tests.portal.browser import the_portal
from tests.survey.conftest import let_all_leave
from tests.voting.hands import hold
from tests.ways import WAYS

IN_TEN_DAYS = datetime.now(UTC) + timedelta(days=10)


@dataclass
class Reader:
    """A colleague at voting's door."""

    door: Any
    run: UUID

    def deal(self, after: int = 0, **wish) -> dict:
        answer = self.door.post(f"/runs/{self.run}/deck", json={"after": after} | wish)
        assert answer.status_code == 200, answer.json
        return answer.json

    def deck(self, batch: int | None = None) -> dict:
        return self.door.get(f"/runs/{self.run}/deck", query_string={"batch": batch} if batch else {}).json

    def answer(self, *answers: dict):
        return self.door.post(f"/runs/{self.run}/answers", json={"answers": list(answers)})

    def say(self, view_id: str, answer: str, heart: bool = False):
        return self.door.put(f"/runs/{self.run}/answers/{view_id}", json={"answer": answer, "heart": heart})

    def take_back(self, view_id: str):
        return self.door.delete(f"/runs/{self.run}/answers/{view_id}")

    def read(self, batches: int = 1, answer: str = "agree", **wish) -> list[str]:
        """Read some batches and answer all alike; the ids of the views read."""
        read: list[str] = []
        for _ in range(batches):
            deck = self.deal(after=self.deck()["batches"], **wish)
            views = [card["view_id"] for card in deck["cards"]]
            if views:
                assert self.answer(*({"view_id": v, "answer": answer} for v in views)).status_code == 200
            read += views
        return read


@dataclass
class Reading:
    """One run, heard of from elsewhere."""

    world: Any
    run: UUID = field(default_factory=uuid4)
    themes: list[UUID] = field(default_factory=lambda: [uuid4(), uuid4()])

    def plan(self) -> "Reading":
        themes = [
            ThemePublished(run_id=self.run, theme_id=theme, position=n, key=f"theme{n}")
            for n, theme in enumerate(self.themes, 1)
        ]
        self.world.hear(
            "voting", RunPlanned(run_id=self.run, template="hybrid", languages=["fi", "sv"]), *themes
        )
        return self

    def share(self, count: int = 1, theme: UUID | None = None, language: str = "fi") -> list[UUID]:
        views = [uuid4() for _ in range(count)]
        whose = {"run_id": self.run, "theme_id": theme or self.themes[0], "language": language}
        self.world.hear("voting", *(ViewShared(view_id=view, **whose) for view in views))
        return views

    def open(self, closes_at: datetime = IN_TEN_DAYS) -> "Reading":
        opened = {"run_id": self.run, "phase": "read", "activities": ["prioritise"], "closes_at": closes_at}
        self.world.hear("voting", PhaseOpened(**opened))
        return self

    def close(self) -> "Reading":
        self.world.hear("voting", PhaseClosed(run_id=self.run, phase="read", activities=["prioritise"]))
        return self

    def end(self) -> "Reading":
        """Close, and let the last answers be counted."""
        self.close()
        self.world.let_time_pass("voting")
        return self

    def reader(self, **claims) -> Reader:
        return Reader(self.world.door("voting").as_("participant", run_id=self.run, **claims), self.run)

    def have_read(self, people: int = 1, answer: Callable[[UUID], str] = lambda view: "agree", **where: str):
        """So many more colleagues leave a hand with an answer to every view, which nobody has counted yet."""
        with sessions_of("voting").begin() as session:
            views = session.scalars(select(View.id).filter_by(run_id=self.run)).all()
            for _ in range(people):
                hold(self.run, session, {view: ANSWERS[answer(view)] for view in views}, **where)

    def staff(self, role: str = "lead"):
        return self.world.door("voting").as_(role)

    def release(self):
        return self.staff().post(f"/runs/{self.run}/release")


class NoChance:
    """Draws nothing."""

    def expovariate(self, _: float) -> float:
        return 0.0


def pytest_generate_tests(metafunc) -> None:
    """What readers and staff ask is asked both ways."""
    if "reading" in metafunc.fixturenames:
        metafunc.parametrize("way", WAYS, indirect=True)


@pytest.fixture
def without_chance(monkeypatch) -> None:
    """Numbers without noise, and five people are enough: what chance does has tests of its own."""
    monkeypatch.setattr("shared.privacy.disclosure.CHANCE", NoChance())
    monkeypatch.setattr("shared.privacy.disclosure.MORE", 0)


@pytest.fixture
def reading(world, avi) -> Reading:
    """A run in the middle of reading: twelve views on the first theme, six on the second."""
    reading = Reading(world).plan().open()
    reading.share(12)
    reading.share(6, reading.themes[1])
    return reading


class Whole(Reading):
    """A run that survey and voting both know, with real words."""

    def plan(self) -> "Whole":
        planned = RunPlanned(run_id=self.run, template="hybrid-work", languages=["fi", "sv", "en"])
        self.world.hear("survey", planned)
        self.world.hear("voting", planned)
        return self

    def collect(self, *texts: str, theme: int = 0) -> "Whole":
        """Colleagues write on a theme."""
        settings = {"give_views.moderation": "after", "give_views.read_first": "yes"}
        phase = {"run_id": self.run, "phase": "views", "activities": ["give_views"]}
        self.world.hear("survey", PhaseOpened(**phase, settings=settings))
        published = self.world.told("survey", ThemePublished)
        self.themes = [theme.theme_id for theme in published]
        self.world.hear("voting", *published)
        with sessions_of("survey").begin() as session:
            about = find(session, Theme, self.themes[theme])
            for text in texts:
                give(session, about, author=uuid4(), text=text, language="fi")
        let_all_leave(self.run)
        known = {view.view_id for view in self.heard}
        self.heard += [view for view in self.world.told("survey", ViewShared) if view.view_id not in known]
        self.world.hear("voting", *[view for view in self.heard if view.view_id not in known])
        return self

    @property
    def heard(self) -> list[ViewShared]:
        return self.__dict__.setdefault("_heard", [])

    @heard.setter
    def heard(self, views: list[ViewShared]) -> None:
        self.__dict__["_heard"] = views


@pytest.fixture
def whole(world, avi) -> Whole:
    """Seven views in one theme and five in another, being read."""
    whole = Whole(world).plan()
    whole.collect(*(f"Kokous alkaa ajallaan, sanoo {n}." for n in range(7)))
    whole.collect(*(f"Hiljainen aamu, sanoo {n}." for n in range(5)), theme=1)
    return whole.open()


@pytest.fixture
def portal(world, avi, monkeypatch):
    """portal() is a colleague's browser; portal(roles=("lead",)) a consultant's, in the client's rooms."""
    from services.portal import door, shell
    from services.portal.clients.remembered import Remembered
    from tests.voting.pages import Colleague, Door

    app = the_portal()
    identity = Door(avi, ["fi", "sv", "en"])
    monkeypatch.setattr(door, "sign_in_client", identity)
    monkeypatch.setattr(door, "_hosts", Remembered(door.asked_of_identity))
    monkeypatch.setattr(shell, "path_of", lambda run_id, *face: None)

    def browser(**who) -> Colleague:
        client = app.test_client()
        client.set_cookie(door.SESSION, "secret", domain="avi.polku.localhost")
        client.set_cookie(door.SESSION, "secret", domain="console.polku.localhost")
        return Colleague(client, identity, **who)

    return browser
