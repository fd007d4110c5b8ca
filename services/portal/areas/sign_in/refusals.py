"""Refused sign-ins, as a page that says what to do next."""

from flask import render_template

from services.portal.clients.base import ApiProblem
from shared.languages import gettext

TOO_MANY, SECONDS_TO_RETRY = "too-many-at-once", "2"


def not_now(problem: ApiProblem) -> tuple[str, int, dict[str, str]]:
    """The refusal as a page, which tries again by itself where it is the others' fault: nothing of the sign-in is used up."""
    if problem.is_away:
        raise problem
    by_itself = problem.code == TOO_MANY
    again = {"Retry-After": problem.retry_after} if problem.retry_after else {}
    if by_itself:
        again = {"Retry-After": SECONDS_TO_RETRY, "Refresh": SECONDS_TO_RETRY}
    return *refused(problem.detail, problem.status, by_itself), again


def refused(sentence: str, status: int, by_itself: bool = False) -> tuple[str, int]:
    said = {"sentence": gettext(sentence), "tries_again_by_itself": by_itself}
    return render_template("sign_in/refused.html", **said), status
