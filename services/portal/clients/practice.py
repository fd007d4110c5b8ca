"""Asks practice: my teams, their ground rules, and for those outside nothing but counts."""

from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import UUID

from services.portal.clients.base import Client

Id = UUID | str


class Practice(Client):
    service = "practice"

    def my_teams(self, run_id: Id) -> dict[str, Any]:
        """{is_open, teams}: mine, and whether new ones may begin."""
        return self.get(f"/runs/{run_id}/teams")

    def found(self, run_id: Id, name: str) -> dict[str, Any]:
        return self.post(f"/runs/{run_id}/teams", {"name": name})

    def invitation(self, code: str) -> dict[str, Any]:
        """Which team a link leads to."""
        return self.get(f"/invitations/{quote(code, safe='')}")

    def join(self, code: str) -> dict[str, Any]:
        return self.post("/memberships", {"code": code})

    def team(self, team_id: Id) -> dict[str, Any]:
        """Everything that lies on my team's table."""
        return self.get(f"/teams/{team_id}")

    def rename(self, team_id: Id, named: dict[str, Any]) -> None:
        self.put(f"/teams/{team_id}", named)

    def let_go(self, team_id: Id, member_id: Id) -> None:
        self.delete(f"/teams/{team_id}/members/{member_id}")

    def hand_over(self, team_id: Id, member_id: Id) -> None:
        self.put(f"/teams/{team_id}/lead", {"member_id": member_id})

    def deal(self, team_id: Id) -> dict[str, Any]:
        return self.post(f"/teams/{team_id}/deals")

    def decide_on_card(self, team_id: Id, passage_id: Id, fate: str) -> None:
        self.put(f"/teams/{team_id}/cards/{passage_id}", {"fate": fate})

    def has_seen(self, team_id: Id, passage_id: Id, wording: str) -> None:
        self.delete(f"/teams/{team_id}/changed-principles/{passage_id}", params={"wording": wording})

    def write(self, team_id: Id, **clause: Any) -> dict[str, Any]:
        return self.post(f"/teams/{team_id}/clauses", clause)

    def reword(self, team_id: Id, clause_id: Id, clause: dict[str, Any]) -> dict[str, Any]:
        return self.put(f"/teams/{team_id}/clauses/{clause_id}", clause)

    def drop(self, team_id: Id, clause_id: Id, read: dict[str, Any]) -> None:
        self.delete(f"/teams/{team_id}/clauses/{clause_id}", json=read)

    def ask(self, team_id: Id, present: list[str], review_on: str) -> dict[str, Any]:
        return self.post(f"/teams/{team_id}/round", {"present": present, "review_on": review_on})

    def take_back(self, team_id: Id) -> None:
        self.delete(f"/teams/{team_id}/round")

    def say(
        self, team_id: Id, round_id: str, says: str, reason: str, clause_id: str | None
    ) -> dict[str, Any]:
        said = {"round_id": round_id, "says": says, "reason": reason, "clause_id": clause_id}
        return self.put(f"/teams/{team_id}/round/voice", said)

    def settle(self, team_id: Id, member_id: Id, settled: dict[str, Any]) -> None:
        self.put(f"/teams/{team_id}/round/voices/{member_id}/resolution", settled)

    def still_true(self, team_id: Id, review_on: str | date, wording: str) -> None:
        self.put(f"/teams/{team_id}/review", {"review_on": review_on, "wording": wording})

    def open_again(self, team_id: Id, wording: str) -> None:
        self.delete(f"/teams/{team_id}/review", params={"wording": wording})

    def counts(self, run_id: Id) -> dict[str, int]:
        return self.get(f"/runs/{run_id}/counts")


practice = Practice()
