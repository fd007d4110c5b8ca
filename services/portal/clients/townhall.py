"""Asks the townhall: the kickoff lecture and the launch event, their questions and polls."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from services.portal.clients.base import Client

Id = UUID | str
PURPOSES = ("kickoff", "launch")


class Townhall(Client):
    service = "townhall"

    def halls(self, run_id: Id) -> dict[str, dict[str, Any]]:
        """The events of a run by their purpose."""
        return {hall["purpose"]: hall for hall in self.get(f"/runs/{run_id}/halls")}

    def by_code(self, code: str) -> dict[str, Any]:
        return self.get(f"/codes/{quote(code, safe='')}")

    def hall(self, hall_id: Id) -> dict[str, Any]:
        """The event as this person has it before her."""
        return self.get(f"/halls/{hall_id}")

    def carried_forward(self, ids: list[str]) -> list[dict[str, Any]]:
        """[{id, text, language, upvotes}] of questions that went on to the survey."""
        found = self.get("/questions", ids=",".join(ids)) if ids else []
        return [question | {"text": question["words"]} for question in found]

    # for everybody who comes

    def sign_up(self, hall_id: Id) -> None:
        self.put(f"/halls/{hall_id}/sign-up")

    def cancel(self, hall_id: Id) -> None:
        self.delete(f"/halls/{hall_id}/sign-up")

    def ask(self, hall_id: Id, words: str, language: str, category: str | None) -> dict[str, Any]:
        return self.post(
            f"/halls/{hall_id}/questions",
            {"words": words, "language": language, "category": category},
        )

    def upvote(self, question_id: Id) -> None:
        self.put(f"/questions/{question_id}/upvote")

    def take_upvote_back(self, question_id: Id) -> None:
        self.delete(f"/questions/{question_id}/upvote")

    def answer_poll(self, poll_id: Id, value: int | None, words: list[str] | None = None) -> dict[str, Any]:
        return self.put(f"/polls/{poll_id}/answer", {"value": value, "words": words})

    # for the host

    def desk(self, hall_id: Id) -> dict[str, Any]:
        return self.get(f"/halls/{hall_id}/desk")

    def describe(self, hall_id: Id, payload: dict[str, Any]) -> dict[str, Any]:
        return self.patch(f"/halls/{hall_id}", payload)

    def schedule(self, hall_id: Id, time: dict[str, Any]) -> None:
        self.put(f"/halls/{hall_id}/time", time)

    def start(self, hall_id: Id) -> None:
        self.post(f"/halls/{hall_id}/start")

    def end(self, hall_id: Id) -> None:
        self.post(f"/halls/{hall_id}/end")

    def switch(self, hall_id: Id, kind: str, poll_id: Id | None = None) -> None:
        self.put(f"/halls/{hall_id}/stage", {"kind": kind, "poll_id": poll_id})

    def add_poll(self, hall_id: Id, **payload: Any) -> dict[str, Any]:
        return self.post(f"/halls/{hall_id}/polls", payload)

    def drop_poll(self, poll_id: Id) -> None:
        self.delete(f"/polls/{poll_id}")

    def close_poll(self, poll_id: Id) -> None:
        self.post(f"/polls/{poll_id}/close")

    def reveal(self, poll_id: Id) -> None:
        self.post(f"/polls/{poll_id}/reveal")

    def conceal(self, poll_id: Id) -> None:
        self.delete(f"/polls/{poll_id}/reveal")

    def strike(self, poll_id: Id, word: str) -> None:
        self.post(f"/polls/{poll_id}/struck", {"word": word})

    def show(self, question_id: Id) -> None:
        self.post(f"/questions/{question_id}/show")

    def hide(self, question_id: Id) -> None:
        self.post(f"/questions/{question_id}/hide")

    def mark_answered(self, question_id: Id, payload: dict[str, Any]) -> None:
        self.post(f"/questions/{question_id}/answer", payload)

    def carry_forward(self, hall_id: Id, questions: list[str]) -> None:
        self.post(f"/halls/{hall_id}/carried-forward", {"questions": questions})


townhall = Townhall()
