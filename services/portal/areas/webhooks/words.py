"""How pages call the events that leave Polku, the states of an endpoint, and what came in between."""

from typing import Any

from services.portal.areas.events.names import event_in_words
from services.portal.menu import N_
from shared.contracts.api.notification import Delivery, Offer
from shared.languages import _, gettext, pgettext

GROUPS = {
    "path": N_("The agreed path"),
    "events": N_("Kickoff and launch"),
    "views": N_("Views: told the night after"),
    "priorities": N_("Reading and prioritising"),
    "turnout": N_("Taking part"),
    "workshops": N_("Workshops"),
    "workbook": N_("Workbook"),
}
STATES = {"on": (N_("on"), "good"), "paused": (N_("paused"), "wait"), "off": (N_("switched off"), "stop")}
DELIVERIES = {
    "waiting": (N_("waiting"), "wait"),
    "delivered": (N_("delivered"), "good"),
    "failed": (N_("given up"), "stop"),
}


def groups_in_words(offers: list[Offer]) -> list[dict[str, Any]]:
    return [
        {
            "id": offer.group,
            "title": gettext(GROUPS.get(offer.group, offer.group)),
            "events": [(type, event_in_words(type)) for type in offer.types],
        }
        for offer in offers
    ]


def why_off(why: str | None) -> str:
    return {
        "gone": _("The receiving system answered that the endpoint is gone for good (410)."),
        "failing": _("For a day nothing has got through to it."),
    }.get(why or "", "")


def came_back(delivery: Delivery) -> str:
    """Says what the last attempt brought."""
    if delivery.status:
        return _("Answer %(status)d") % {"status": delivery.status}
    return {
        "no_host": _("The host name is not known"),
        "slow_host": _("The host name was not found in time"),
        "closed_network": _("The address leads into a closed network"),
        "no_connection": _("Nobody answers there"),
        "tls": _("The certificate or encryption is not right"),
        "too_slow": _("No answer within 15 seconds"),
        "broken": _("The connection broke off"),
    }.get(delivery.trouble or "", "")


def did_in_words(what: str) -> str:
    return {
        "registered": _("registered"),
        "changed": _("changed"),
        "rotated": _("got a new signing secret"),
        "paused": _("paused"),
        "resumed": _("switched on again"),
        "removed": pgettext("endpoint", "removed"),
        "sent_again": _("deliveries sent again"),
        "switched_off": _("switched off"),
    }.get(what, what)
