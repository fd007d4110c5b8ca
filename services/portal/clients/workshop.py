"""Asks the workshops: questions, sessions and groups, boards, outcomes."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from services.portal.clients.base import Client
from services.portal.clients.typed import client
from shared.contracts.api.workshop import Boards

Id = UUID | str
Shown = dict[str, Any]
MOST_IDS = 500


class Workshop(Client):
    service = "workshop"

    # questions

    def questions(self, run_id: Id, state: str | None = None) -> list[Shown]:
        return self.get(f"/runs/{run_id}/questions", state=state)

    def question(self, question_id: Id) -> Shown:
        """A question with the log of its changes."""
        return self.get(f"/questions/{question_id}")

    def ranked_views(self, run_id: Id) -> list[Shown]:
        return self.get(f"/runs/{run_id}/ranked-views")

    def question_texts(self, run_id: Id, ids: Iterable[Id]) -> dict[str, dict[str, str]]:
        """{question id: {language: wording}}."""
        return self._by_id(f"/runs/{run_id}/questions/texts", ids)

    def ask(self, run_id: Id, theme_id: Id, views: list[str], wording: dict[str, str]) -> Shown:
        body = {"theme_id": theme_id, "views": views, "wording": wording}
        return self.post(f"/runs/{run_id}/questions", body)

    def word(self, question_id: Id, worded: dict[str, Any]) -> Shown:
        return self.put(f"/questions/{question_id}/wording", worded)

    def add_source(self, question_id: Id, view_id: Id) -> Shown:
        return self.post(f"/questions/{question_id}/sources", {"view_id": view_id})

    def remove_source(self, question_id: Id, view_id: Id) -> Shown:
        return self.delete(f"/questions/{question_id}/sources/{view_id}")

    def join(self, question_id: Id, other_id: Id) -> Shown:
        return self.post(f"/questions/{question_id}/join", {"other_id": other_id})

    def split(self, question_id: Id, views: list[str]) -> Shown:
        return self.post(f"/questions/{question_id}/split", {"views": views})

    def undo_question(self, question_id: Id) -> Shown:
        return self.post(f"/questions/{question_id}/undo")

    def put_aside(self, question_id: Id, reason: str) -> Shown:
        return self.post(f"/questions/{question_id}/put-aside", {"reason": reason})

    def take_back(self, question_id: Id) -> Shown:
        return self.delete(f"/questions/{question_id}/put-aside")

    def table(self, question_id: Id) -> Shown:
        return self.post(f"/questions/{question_id}/table")

    # rounds and sessions

    def rounds(self, run_id: Id) -> list[Shown]:
        return self.get(f"/runs/{run_id}/rounds")

    def end_round(self, run_id: Id, number: int) -> Shown:
        return self.post(f"/runs/{run_id}/rounds/{number}/end")

    def workshops(self, run_id: Id) -> list[Shown]:
        return self.get(f"/runs/{run_id}/workshops")

    def workshop(self, workshop_id: Id) -> Shown:
        return self.get(f"/workshops/{workshop_id}")

    def schedule(self, run_id: Id, planned: Shown) -> Shown:
        return self.post(f"/runs/{run_id}/workshops", planned)

    def reschedule(self, workshop_id: Id, planned: Shown) -> Shown:
        return self.put(f"/workshops/{workshop_id}", planned)

    def call_off(self, workshop_id: Id) -> Shown:
        return self.delete(f"/workshops/{workshop_id}")

    def sign_up(self, workshop_id: Id) -> Shown:
        return self.put(f"/workshops/{workshop_id}/place")

    def leave(self, workshop_id: Id) -> Shown:
        return self.delete(f"/workshops/{workshop_id}/place")

    def arrive(self, workshop_id: Id) -> Shown:
        return self.post(f"/workshops/{workshop_id}/arrival")

    # the facilitator

    def overview(self, workshop_id: Id) -> Shown:
        """All groups as tiles, with what everybody at the session shares."""
        return self.get(f"/workshops/{workshop_id}/groups")

    def form_groups(self, workshop_id: Id, wanted: Shown) -> Shown:
        return self.post(f"/workshops/{workshop_id}/groups", wanted)

    def even_out(self, workshop_id: Id) -> int:
        return self.post(f"/workshops/{workshop_id}/groups/evening-out")["moved"]

    def move(self, workshop_id: Id, place_id: Id, moved: Shown) -> Shown:
        return self.put(f"/workshops/{workshop_id}/places/{place_id}/group", moved)

    def give_question(self, group_id: Id, given: Shown) -> Shown:
        return self.put(f"/groups/{group_id}/question", given)

    def has_helped(self, group_id: Id) -> Shown:
        return self.put(f"/groups/{group_id}/help", {"asks": False})

    def start(self, workshop_id: Id) -> Shown:
        return self.post(f"/workshops/{workshop_id}/start")

    def end(self, workshop_id: Id) -> Shown:
        return self.post(f"/workshops/{workshop_id}/end")

    def go_to(self, workshop_id: Id, number: int) -> Shown:
        return self.put(f"/workshops/{workshop_id}/step", {"number": number})

    def set_timer(self, workshop_id: Id, seconds: int) -> Shown:
        return self.put(f"/workshops/{workshop_id}/timer", {"seconds": seconds})

    def say_to_all(self, workshop_id: Id, text: str) -> Shown:
        return self.put(f"/workshops/{workshop_id}/broadcast", {"text": text})

    def take_over(self, workshop_id: Id) -> Shown:
        return self.put(f"/workshops/{workshop_id}/facilitator", {})

    def keep_notes(self, workshop_id: Id, kept: Shown) -> Shown:
        return self.put(f"/workshops/{workshop_id}/notes", kept)

    def minutes(self, workshop_id: Id) -> Shown:
        return self.get(f"/workshops/{workshop_id}/minutes")

    # boards

    def board(self, board_id: Id) -> Shown:
        return self.get(f"/boards/{board_id}")

    def be_ready(self, board_id: Id, ready: bool) -> None:
        self.put(f"/boards/{board_id}/ready", {"ready": ready})

    def ask_for_help(self, board_id: Id, asks: bool) -> None:
        self.put(f"/boards/{board_id}/help", {"asks": asks})

    # outcomes

    def outcomes(self, run_id: Id, **wanted: Any) -> list[Shown]:
        """Of a run; `round`, `question_id` and `signed_off` narrow them."""
        return self.get(f"/runs/{run_id}/outcomes", **wanted)

    def outcome_texts(self, run_id: Id, ids: Iterable[Id]) -> dict[str, Shown]:
        """{outcome id: {kind, text, language, round}}."""
        return self._by_id(f"/runs/{run_id}/outcomes/texts", ids)

    def write_outcome(self, board_id: Id, words: Shown) -> Shown:
        return self.post(f"/boards/{board_id}/outcomes", words)

    def say_outcome(self, outcome_id: Id, words: Shown) -> Shown:
        return self.put(f"/outcomes/{outcome_id}", words)

    def strike_outcome(self, outcome_id: Id) -> None:
        self.delete(f"/outcomes/{outcome_id}")

    def sign(self, outcome_id: Id, wording: str) -> Shown:
        return self.put(f"/outcomes/{outcome_id}/signature", {"wording": wording})

    def take_signature_back(self, outcome_id: Id) -> Shown:
        return self.delete(f"/outcomes/{outcome_id}/signature")

    def _by_id(self, path: str, ids: Iterable[Id]) -> dict[str, Any]:
        wanted = sorted({str(id) for id in ids})
        found: dict[str, Any] = {}
        for start in range(0, len(wanted), MOST_IDS):
            found |= self.post(path, {"ids": wanted[start : start + MOST_IDS]})
        return found


workshop = Workshop()
boards = client(Boards)
