"""How your words are protected: who can find out what, until which day, what remains; for everybody, signed in or not."""

from typing import Any

from flask import Blueprint, g, render_template

from services.portal import key_days
from services.portal.clients.base import ApiProblem
from services.portal.clients.process import process
from services.portal.here import public
from shared.settings import backup_days

pages = Blueprint("protection", __name__)


@pages.get("/protection")
@public
def show() -> str:
    return render_template(
        "employee/protection.html",
        runs=list(key_days.by_run(own_runs())),
        what=key_days.WHAT,
        kept=key_days.KEPT_DAYS,
        backup_days=backup_days(),
        days_of_backups=key_days.days_of_backups(),
    )


def own_runs() -> list[dict[str, Any]]:
    """The runs of the organisation that one is at home in; none before signing in, or while the process is away."""
    if g.here.person is None or g.organisation.is_consultancy:
        return []
    try:
        return process.runs()
    except ApiProblem as problem:
        if not problem.is_away:
            raise
        return []
