"""How your words are protected: who can find out what, until which day, what remains; for everybody, signed in or not."""

from flask import Blueprint, render_template

from services.portal import key_days
from services.portal.here import public
from shared.settings import backup_days

pages = Blueprint("protection", __name__)


@pages.get("/protection")
@public
def show() -> str:
    runs, is_whole = key_days.own_runs()
    return render_template(
        "privacy/protection.html",
        runs=runs,
        is_whole=is_whole,
        kept=key_days.KEPT_DAYS,
        places_kept=key_days.PLACES_KEPT_DAYS,
        backup_days=backup_days(),
        **key_days.WORDS,
    )
