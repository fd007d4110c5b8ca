"""The people around a workbook, and the steps that most tests begin with."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from services.publishing import workbooks
from services.publishing.models import Workbook
from tests.conftest import Door


@dataclass
class Desk:
    """One run's workbook over HTTP: Sari writes for the consultancy, Timo approves for the client, Kaisa reads."""

    door: Door
    run: UUID = field(default_factory=uuid4)
    theme: UUID = field(default_factory=uuid4)

    def __post_init__(self):
        self.sari = self.door.as_("editor", "lead", subject=uuid4())
        self.liisa = self.door.as_("editor", subject=uuid4())
        self.timo = self.door.as_("coordinator", subject=uuid4())
        self.kaisa = self.door.as_("participant", subject=uuid4())

    def begin(self, **facts) -> dict:
        chapters = [{"title": "Johdanto"}, {"title": "Kokouskäytännöt", "theme_id": str(self.theme)}]
        usual = {"title": "Työkirja", "language": "fi", "publisher": "AVI", "chapters": chapters}
        return self.answer(201, self.sari.post(f"/runs/{self.run}/workbook", json=usual | facts))

    def workbook(self) -> dict:
        return self.answer(200, self.sari.get(f"/runs/{self.run}/workbook"))

    def chapter(self, number: int = 1) -> str:
        return [p for p in self.workbook()["passages"] if p["kind"] == "chapter"][number]["id"]

    def add(self, kind: str = "text", sources=(), **block: Any) -> dict:
        block = {"kind": kind} | block
        new = {
            "chapter_id": self.chapter(),
            "block": block,
            "derived_from": [str(source) for source in sources],
        }
        return self.answer(201, self.sari.post(f"/runs/{self.run}/passages", json=new))

    def save(self, passage: dict, who: Door | None = None, **block: Any):
        changed = passage["block"] | block
        saved = {"base_revision": passage["revision"], "block": changed}
        return (who or self.sari).put(f"/passages/{passage['id']}", json=saved)

    def clear(self, passage: dict, *questions: str, decision: str = "cleared"):
        for question in questions or ("identifiability", "wording"):
            given = {"revision": passage["revision"], "question": question, "decision": decision}
            answer = self.timo.post(f"/passages/{passage['id']}/clearings", json=given)
        return answer

    def approve(self) -> None:
        self.answer(201, self.sari.post(f"/runs/{self.run}/reviews"))
        for one in (self.sari, self.timo):
            self.answer(201, self.approves(one))

    def approves(self, who: Door, version: int | None = None):
        read = version or self.workbook()["version"]
        return who.post(f"/runs/{self.run}/approvals", json={"version": read})

    def freeze(self) -> dict:
        return self.answer(201, self.sari.post(f"/runs/{self.run}/editions"))

    def launch(self, edition: dict, at: str = "2030-12-02T07:00:00+00:00") -> dict:
        return self.answer(201, self.sari.post(f"/editions/{edition['id']}/launches", json={"at": at}))

    def read(self, who: Door | None = None):
        return (who or self.kaisa).get(f"/runs/{self.run}/reading")

    @staticmethod
    def answer(status: int, answer) -> dict:
        assert answer.status_code == status, answer.get_json()
        return answer.get_json()

    def in_session(self, session) -> Workbook:
        return workbooks.of_run(session, self.run)
