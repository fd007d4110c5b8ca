"""A run on its way into the workshops: a question on the table, people with places, groups at their boards."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.process import PhaseOpened, RunPlanned
from shared.contracts.voting import RankingReleased
from tests.ways import WAYS


def pytest_generate_tests(metafunc) -> None:
    """What people and facilitators ask is asked both ways."""
    if "run" in metafunc.fixturenames and "way" in metafunc.fixturenames:
        metafunc.parametrize("way", WAYS, indirect=True)


TOMORROW = datetime(2027, 3, 2, 9, tzinfo=UTC)
UNITS, SITES = ("Lappi", "Itä-Suomi", "Etelä-Suomi"), ("Rovaniemi", "Mikkeli", "Helsinki", "Turku")


@dataclass
class Run:
    """One run as its people meet it over HTTP."""

    door: Any
    hear: Any
    id: UUID = field(default_factory=uuid4)
    theme: UUID = field(default_factory=uuid4)
    seats: list[UUID] = field(default_factory=lambda: [uuid4(), uuid4()])
    others: list[UUID] = field(default_factory=lambda: [uuid4() for _ in range(4)])
    anna_id: UUID = field(default_factory=uuid4)

    @property
    def anna(self):
        """The consultancy's facilitator."""
        return self.door.as_("facilitator", subject=self.anna_id)

    @property
    def bertil(self):
        """Another facilitator."""
        return self.door.as_("facilitator")

    def person(self, number: int = 0, **claims):
        """Somebody of the client's staff, by pseudonym."""
        claims = {"unit": UNITS[number % 3], "site": SITES[number % 4]} | claims
        return self.door.as_("participant", run_id=self.id, **claims)

    def people(self, count: int) -> list:
        return [self.person(number) for number in range(count)]

    def release_ranking(self) -> None:
        ranking = [*self.seats, *self.others]
        readings = {str(view): 40 for view in ranking}
        released = RankingReleased(
            run_id=self.id, theme_id=self.theme, ranking=ranking, seats=self.seats, readings=readings
        )
        self.hear("workshop", released)

    def open_round(self, number: int = 1) -> None:
        phase = {1: "deepen", 2: "ideate"}[number]
        self.hear("workshop", PhaseOpened(run_id=self.id, phase=phase, activities=[f"workshop_{number}"]))

    def questions(self) -> list[dict]:
        return self.anna.get(f"/runs/{self.id}/questions").json

    def table(self, question: dict, wording: str = "Miten kokoukset pysyvät lyhyinä?") -> dict:
        path = f"/questions/{question['id']}"
        assert self.anna.put(f"{path}/wording", json={"wording": {"fi": wording}}).status_code == 200
        answer = self.anna.post(f"{path}/table")
        assert answer.status_code == 200, answer.json
        return answer.json

    def tabled(self) -> list[dict]:
        if not self.questions():
            self.release_ranking()
        return [self.table(question) for question in self.questions()]

    def schedule(self, places: int = 20, round: int = 1, **more) -> dict:
        planned = {
            "round": round,
            "title": "Työpaja",
            "starts_at": TOMORROW.isoformat(),
            "ends_at": (TOMORROW + timedelta(hours=2)).isoformat(),
            "places": places,
        }
        answer = self.anna.post(f"/runs/{self.id}/workshops", json=planned | more)
        assert answer.status_code == 201, answer.json
        return answer.json

    def sign_up(self, people: list, workshop: dict) -> None:
        for person in people:
            assert person.put(f"/workshops/{workshop['id']}/place").status_code == 200

    def form_groups(self, workshop: dict, questions: list[dict], size: int = 4) -> dict:
        wanted = {"size": size, "questions": [question["id"] for question in questions]}
        answer = self.anna.post(f"/workshops/{workshop['id']}/groups", json=wanted)
        assert answer.status_code == 201, answer.json
        return answer.json

    def start(self, workshop: dict) -> dict:
        answer = self.anna.post(f"/workshops/{workshop['id']}/start")
        assert answer.status_code == 200, answer.json
        return answer.json

    def go_to(self, workshop: dict, step: str) -> dict:
        steps = self.anna.get(f"/workshops/{workshop['id']}/groups").json["steps"]
        number = next(one["number"] for one in steps if one["key"] == step)
        answer = self.anna.put(f"/workshops/{workshop['id']}/step", json={"number": number})
        assert answer.status_code == 200, answer.json
        return answer.json

    def arrive(self, person, workshop: dict) -> UUID:
        """The board that this person comes to."""
        answer = person.post(f"/workshops/{workshop['id']}/arrival")
        assert answer.status_code == 200, answer.json
        return answer.json["mine"]["board_id"]

    def running(self, people: list, round: int = 1, step: str = "dig_deeper", size: int = 4) -> dict:
        """A session with everybody at their boards."""
        questions = self.tabled()
        self.open_round(round)
        workshop = self.schedule(places=len(people) + 2, round=round)
        self.sign_up(people, workshop)
        self.form_groups(workshop, questions[:1], size)
        self.start(workshop)
        for person in people:
            person.board = self.arrive(person, workshop)
        self.go_to(workshop, step)
        return workshop


@pytest.fixture
def run(http, hear) -> Run:
    run = Run(http("workshop"), hear)
    hear("workshop", RunPlanned(run_id=run.id, template="hybrid-work", languages=["fi"]))
    return run


@pytest.fixture
def add():
    """add(person, board, "words") writes a card and gives its id."""

    def write(person, board, text="Kokouksia on liikaa", column="observations", **more) -> str:
        act = {"kind": "add", "text": text, "language": "fi", "column": column} | more
        answer = person.post(f"/boards/{board}/operations", json=act)
        assert answer.status_code == 201, answer.json
        return answer.json["card"]

    return write


@pytest.fixture
def act():
    """act(person, board, "move", card=..., column=...) is the answer to an act."""
    return lambda person, board, kind, **more: person.post(
        f"/boards/{board}/operations", json={"kind": kind, **more}
    )


@pytest.fixture
def cards():
    """The texts on a board as a person sees them, column by column."""

    def read(person, board) -> dict[str, list[str]]:
        columns = person.get(f"/boards/{board}").json["columns"]
        return {column["key"]: [card["text"] for card in column["cards"]] for column in columns}

    return read
