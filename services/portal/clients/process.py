"""Asks the process: the path of a run, the plan as an agreement, moving on."""

from typing import Any
from uuid import UUID

from services.portal.clients.base import Client

Id = UUID | str


class Process(Client):
    service = "process"

    def runs(self) -> list[dict[str, Any]]:
        """The runs of the organisation, the newest first."""
        return self.get("/runs")

    def run(self, run_id: Id) -> dict[str, Any]:
        """The agreed path; `activities` are those open now."""
        return self.get(f"/runs/{run_id}")

    def steering(self, run_id: Id) -> dict[str, Any]:
        """The path with goals, drift and decisions, for those who steer."""
        return self.get(f"/runs/{run_id}/steering")

    def plan_a_run(
        self, name: str, starts_at: str, languages: list[str], phases: list | None = None
    ) -> dict[str, Any]:
        """From our template, or from the `phases` of a kept one."""
        new = {"name": name, "starts_at": starts_at, "languages": languages}
        return self.post("/runs", new | ({"phases": phases} if phases else {}))

    def shape(self, run_id: Id) -> list[dict[str, Any]]:
        """The road of a run without anything that was said on it."""
        return self.get(f"/runs/{run_id}/shape")

    def templates(self) -> list[dict[str, Any]]:
        return self.get("/templates")

    def keep_template(self, name: str, phases: list[dict[str, Any]]) -> dict[str, Any]:
        return self.post("/templates", {"name": name, "phases": phases})

    def proposals(self, run_id: Id) -> list[dict[str, Any]]:
        """All versions of the plan that one may see, the newest first."""
        return self.get(f"/runs/{run_id}/proposals")

    def propose(self, run_id: Id, proposed: dict[str, Any]) -> dict[str, Any]:
        return self.post(f"/runs/{run_id}/proposals", proposed)

    def sign(self, run_id: Id, proposal_id: Id) -> dict[str, Any]:
        return self.post(f"/runs/{run_id}/proposals/{proposal_id}/signature")

    def decline(self, run_id: Id, proposal_id: Id, reason: str) -> dict[str, Any]:
        return self.post(f"/runs/{run_id}/proposals/{proposal_id}/refusal", {"reason": reason})

    def withdraw(self, run_id: Id, proposal_id: Id) -> None:
        self.delete(f"/runs/{run_id}/proposals/{proposal_id}")

    def ahead(self, run_id: Id, to: str | None = None) -> dict[str, Any]:
        """What moving on would do now, to the next phase or to a later one."""
        return self.get(f"/runs/{run_id}/moves", to=to)

    def move_on(
        self, run_id: Id, leaving: str, reason: str, to: str | None = None, in_minutes: int = 0
    ) -> dict[str, Any]:
        """At once, or in some minutes: until then it can be taken back."""
        move = {"leaving": leaving, "reason": reason, "to": to, "in_minutes": in_minutes}
        return self.post(f"/runs/{run_id}/moves", move)

    def take_back(self, run_id: Id, move_id: Id) -> dict[str, Any]:
        return self.post(f"/runs/{run_id}/moves/{move_id}/taking-back")

    def go_through(self, run_id: Id, move_id: Id) -> dict[str, Any]:
        return self.post(f"/runs/{run_id}/moves/{move_id}/going-through")

    def cockpit(self) -> list[dict[str, Any]]:
        """Where all clients' runs stand, for the consultancy."""
        return self.get("/cockpit")


process = Process()
