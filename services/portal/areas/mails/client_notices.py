"""The page of what the organisation's people have been told, in numbers: nobody sees who was reminded."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template

from services.portal.areas.mails.words import name_of
from services.portal.clients.notification import notification
from services.portal.menu import N_, MenuItem
from shared.contracts.api.notification import Occasion

WITHOUT_NUMBERS = ("reminder", "session", "session_reminder")  # they would tell of single people
pages = Blueprint("notices", __name__)
menu = [MenuItem(N_("Invitations"), "client.notices.show", frozenset({"coordinator", "admin"}), "client", 60)]


@pages.get("/desk/runs/<uuid:run_id>/notices")
def show(run_id: UUID) -> str:
    rows = [row_of(occasion) for occasion in notification.occasions(run_id)]
    return render_template("mails/client_notices.html", rows=rows)


def row_of(occasion: Occasion) -> dict[str, Any]:
    counts = occasion.notices
    return {
        "what": name_of(occasion.kind),
        "is_in_numbers": occasion.kind not in WITHOUT_NUMBERS,
        "when": occasion.told_at or occasion.arose_at,
        "sent": counts.get("sent", 0),
        "waiting": counts.get("waiting", 0),
        "undelivered": counts.get("refused", 0) + counts.get("no_address", 0),
    }
