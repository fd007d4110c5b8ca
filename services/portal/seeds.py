"""The questions that the kickoff left open, shown to writers as inspiration."""

from typing import Any

from flask import current_app

from services.portal.clients.base import ApiProblem, Client

MOST = 3


class OpenQuestions(Client):
    """Asks the townhall for the questions that it carried forward."""

    service = "townhall"

    def texts(self, ids: list[str]) -> list[dict[str, Any]]:
        return self.get("/questions", ids=",".join(ids))


def questions_left_open(ids: list[str]) -> list[dict[str, Any]]:
    """The few that most people wanted to know, with their texts."""
    if not ids:
        return []
    try:
        return OpenQuestions().texts(ids[:MOST])
    except ApiProblem as problem:  # a page without inspiration is still a page to write on
        current_app.logger.warning("The kickoff's open questions are not to be had: %s", problem.status)
        return []
