"""How many statements and calls each hot command and page takes, so that nobody adds one unseen.

A number that has changed is written into EXPECTED, in either direction; the message says what was asked. The run has one
activity open at a time, and everybody's pages have been opened before.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count, cycle
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import select, text

from services.process import runs
from services.process.journey import HYBRID_WORK
from services.process.models import Run
from services.survey.models import Theme, View
from shared.database import sessions_of, worker_engine_of, worker_sessions_of
from shared.messaging.events import open_envelope
from shared.tenancy.sessions import acting_for
from tests.attacks.peopled import BEHIND
from tests.conftest import World
from tests.identity.houses import House
from tests.portal.asked import Asked, asked_by
from tests.portal.browser import Browser
from tests.practice.conftest import CLAUSE
from tests.publishing.books import EVERY_KIND
from tests.publishing.desk import Desk
from tests.workshop.conftest import Run as Rounds

EXPECTED: dict[str, tuple[int, int]] = {
    # statements, calls
    "results": (13, 7),
    "board": (12, 4),
    "workbook": (7, 3),
    "ground rules": (17, 5),
    "share a view": (6, 2),
    "views": (6, 3),
    "vote": (4, 2),
    "home": (8, 5),
    "reading": (10, 5),
    "five cards": (9, 5),
    "plan": (6, 3),
    "my thread": (8, 6),
    "/theme.css": (0, 0),
    "next batch": (13, 4),
}


READ_TWICE = {  # rows that one page or command reads more than once, mostly in two calls; to add one needs a reason
    "reading": 2,
    "plan": 1,
    "next batch": 1,
}


NEWS = text("SELECT seq, headers, value FROM outbox WHERE seq > :seq ORDER BY seq")
ANSWERS = ("agree", "pass", "disagree")
VIEWS = 12


class Journey:
    """A run of an organisation, walked by the nouns; what a service tells, the others hear."""

    def __init__(self, house: House) -> None:
        self.house, self.world = house, World(avi=house.id)
        self.heard: dict[str, int] = {}
        with acting_for(house.id), sessions_of("process").begin() as session:
            known = {"languages": ["fi", "sv"], "consultancy_id": uuid4()}
            run = Run.plan("Hybridityö", HYBRID_WORK, datetime.now(UTC), **known)
            session.add(run)
            run.propose([], "As we said in spring.", "consultancy", uuid4()).sign("client", uuid4())
            self.id = run.id
        self.carry()

    def move_to(self, phase: str) -> None:
        with acting_for(self.house.id), sessions_of("process").begin() as session:
            run = runs.held(session, self.id)
            while run.current and run.current.key != phase:
                run.move_on("consultancy", uuid4(), reason="The test is on its way.")
        self.carry()

    def carry(self) -> None:
        """What was told comes to those who hear it, until nobody tells anything more."""
        while any(self.carry_from(service) for service in BEHIND):
            pass

    def carry_from(self, source: str) -> int:
        with worker_engine_of(source).connect() as connection:
            rows = connection.execute(NEWS, {"seq": self.heard.get(source, 0)}).all()
        for row in rows:
            self.heard[source], envelope = row.seq, open_envelope(row.headers, bytes(row.value))
            if envelope.tenant == self.house.id:
                for service in BEHIND:
                    self.world.listeners(service).hear(envelope, worker_sessions_of(service))
        return len(rows)

    def share_views(self) -> list[UUID]:
        """Colleagues' views, as if moderators had let them stand."""
        with acting_for(self.house.id), sessions_of("survey").begin() as session:
            themes = list(
                session.scalars(select(Theme.id).filter_by(run_id=self.id).order_by(Theme.position))
            )
            for nr in range(VIEWS):
                known = {"language": "fi", "text": f"Kokous alkaa ajallaan, sanoo {nr}."}
                whose = {"theme_id": themes[nr % 2], "receipt_hash": nr.to_bytes(32), "awaits_check": False}
                session.add(view := View(run_id=self.id, **whose, **known))
                session.flush()
                view.share()
        self.carry()
        return themes

    def let_time_pass(self, service: str) -> None:
        with acting_for(self.house.id):
            self.world.let_time_pass(service)
        self.carry()


class Counted:
    """What was asked so far, by the names of commands and pages."""

    def __init__(self, browser: Browser, run: UUID) -> None:
        self.browser, self.run, self.asked = browser, f"/runs/{run}", {}  # type: ignore[var-annotated]

    def page(self, name: str, path: str, status: int = 200) -> None:
        self.act(name, lambda: self.browser.get(path), status)

    def act(self, name: str, do: Callable[[], Any], status: int) -> None:
        def done() -> None:
            answer = do()
            assert answer.status_code == status, f"{name}: {answer.status_code} {answer.text[:500]}"

        self.asked[name] = asked_by(done, self.browser.client.application)


@pytest.fixture
def journey(avis) -> Journey:
    return Journey(avis)


@pytest.fixture
def kaisa(browse, avis) -> Browser:
    browser = browse(avis)
    browser.sign_in(avis.employ("Kaisa Korhonen"))
    return browser


def test_hot_commands_and_pages_ask_as_much_as_is_written_here(journey, kaisa):
    counted = Counted(kaisa, journey.id)
    while_views_are_taken(counted, journey)
    while_they_are_read(counted, journey)
    while_groups_work(counted, journey)
    when_the_workbook_is_launched(counted, journey)
    if told := changed(counted.asked):
        pytest.fail(told, pytrace=False)
    read_twice = {name: one.twice for name, one in counted.asked.items() if one.twice}
    assert {name: len(twice) for name, twice in read_twice.items()} == READ_TWICE, read_twice


ASKED_AT_HOME = {
    "planning": set(),
    "kickoff": {"townhall"},
    "views": {"survey"},
    "priorities": {"voting", "survey", "lineage"},
    "deepen": {"voting", "workshop", "survey", "lineage"},
    "workbook": {"survey", "lineage", "publishing"},
    "launch": {"townhall", "survey", "lineage", "publishing"},
    "aftercare": {"practice", "survey", "lineage", "publishing"},
}


def test_home_asks_those_alone_whose_activity_has_come(journey, kaisa):
    """What has become of one's views is asked from reading on; the workbook is there for good."""
    for phase, expected in ASKED_AT_HOME.items():
        journey.move_to(phase)
        if phase == "views":
            give_a_view(kaisa, journey)
        asked = asked_by(lambda: kaisa.get("/home"), kaisa.client.application)
        assert {call.partition(":")[0] for call in asked.calls} - {"identity", "process"} == expected, phase
        assert sorted(asked.calls) == sorted(set(asked.calls)), phase


def changed(asked: dict[str, Asked]) -> str:
    """What differs from EXPECTED, with what was asked; and the lines to write there."""
    differing = {name: one for name, one in asked.items() if EXPECTED.get(name) != one.numbers}
    told = [f"{name}: {EXPECTED.get(name)} -> {one.numbers}\n{one}" for name, one in differing.items()]
    lines = [f'    "{name}": {one.numbers},' for name, one in asked.items()]
    return "\n".join(["", *told, "Now:", *lines]) if told else ""


def give_a_view(browser: Browser, journey: Journey) -> None:
    theme, *_ = journey.share_views()
    words = {"text": "Sovitaan, milloin olemme paikalla.", "language": "fi", "act": "send"}
    given = browser.post(f"/runs/{journey.id}/views/{theme}", words | {"receipt": uuid4().hex})
    assert given.status_code == 303


def while_views_are_taken(counted: Counted, journey: Journey) -> None:
    journey.move_to("views")
    (theme, *_), run = journey.share_views(), counted.run
    words = {"text": "Sovitaan, milloin olemme paikalla.", "language": "fi", "act": "send"}
    send = lambda: counted.browser.post(f"{run}/views/{theme}", words | {"receipt": uuid4().hex})  # noqa: E731
    counted.act("share a view", send, 303)
    counted.page("views", f"{run}/views")


def while_they_are_read(counted: Counted, journey: Journey) -> None:
    journey.move_to("priorities")
    browser, run, answers = counted.browser, f"{counted.run}/reading", cycle(ANSWERS)
    batch = browser.post(run, {"act": "begin"}).headers["Location"]
    view = re.findall(r"answer-([0-9a-f-]{36})", browser.get(batch).text)[0]
    counted.act("vote", lambda: browser.post(f"{batch}/{view}", {"answer": next(answers)}), 200)
    counted.page("home", "/home")
    counted.page("reading", run)
    counted.page("five cards", batch)
    counted.page("plan", f"{counted.run}/plan")
    counted.page("my thread", f"{counted.run}/threads")
    counted.page("/theme.css", "/theme.css")
    after = count(1)
    counted.act("next batch", lambda: browser.post(f"{run}/{next(after)}", {"act": "next"}), 303)


def while_groups_work(counted: Counted, journey: Journey) -> None:
    """The results are out, and there is a card on the group's board."""
    journey.move_to("deepen")
    journey.let_time_pass("voting")
    released = journey.world.door("voting").as_("lead").post(f"/runs/{journey.id}/release")
    assert released.status_code == 204, released.json
    journey.carry()
    counted.page("results", f"{counted.run}/results")
    rounds = Rounds(journey.world.door("workshop"), journey.world.hear, journey.id)
    questions, session = rounds.tabled(), rounds.schedule(places=4)
    browser, place = counted.browser, f"{counted.run}/workshops/{session['id']}"
    assert browser.post(f"{place}/place", {"act": "sign-up"}).status_code == 303
    rounds.sign_up(rounds.people(3), session)
    rounds.form_groups(session, questions[:1])
    rounds.start(session)
    browser.post(f"{place}/board")
    rounds.go_to(session, "dig_deeper")
    board = browser.get(f"{place}/board").headers["Location"]
    card = {"act": "add", "text": "Kalenteri on täynnä.", "column": "observations", "operation": str(uuid4())}
    assert browser.post(board, card).status_code == 303
    counted.page("board", board)


def when_the_workbook_is_launched(counted: Counted, journey: Journey) -> None:
    """And a team of three writes its ground rules."""
    journey.move_to("workbook")
    desk = Desk(journey.world.door("publishing"), journey.id)
    desk.begin()
    for block in EVERY_KIND:
        if block.kind not in ("image", "figure", "staff_voice", "experience"):
            desk.add(**msgspec.to_builtins(block))
    desk.approve()
    journey.move_to("launch")
    desk.launch(desk.freeze())
    journey.let_time_pass("publishing")
    journey.move_to("aftercare")
    counted.page("workbook", f"{counted.run}/workbook")
    liisa = journey.world.door("practice").as_("participant", "supervisor", subject=uuid4())
    team = liisa.post(f"/runs/{journey.id}/teams", json={"name": "Lupatiimi"}).json
    joined = counted.browser.post(f"{counted.run}/rules/join/{team['code']}")
    assert liisa.post(f"/teams/{team['id']}/clauses", json=CLAUSE).status_code == 201
    counted.page("ground rules", joined.headers["Location"])
