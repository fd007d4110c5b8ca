"""How pages call the events that leave Polku, the states of an endpoint, and what came in between."""

from typing import Any

from services.portal.menu import N_
from shared.languages import _, gettext

GROUPS = {
    "path": N_("The agreed path"),
    "events": N_("Kickoff and launch"),
    "views": N_("Views: told the night after"),
    "priorities": N_("Reading and prioritising"),
    "turnout": N_("Taking part"),
    "workshops": N_("Workshops"),
    "workbook": N_("Workbook"),
}
EVENTS = {
    "process.run-planned.v1": N_("A run was planned"),
    "process.plan-proposed.v1": N_("A plan or a change was proposed"),
    "process.plan-agreed.v1": N_("The plan was agreed"),
    "process.plan-declined.v1": N_("A change was declined"),
    "process.phase-opened.v1": N_("A phase opened"),
    "process.phase-closed.v1": N_("A phase closed"),
    "process.phase-moved.v1": N_("The dates of a phase changed"),
    "process.strayed-from-plan.v1": N_("The path was left on purpose"),
    "process.drift-noticed.v1": N_("Plan and reality differ"),
    "process.run-completed.v1": N_("The run reached its end"),
    "townhall.townhall-scheduled.v1": N_("An all-staff event has its time"),
    "townhall.townhall-started.v1": N_("An all-staff event began"),
    "townhall.townhall-ended.v1": N_("An all-staff event ended"),
    "townhall.question-carried-forward.v1": N_("An unanswered question went on to the survey"),
    "survey.theme-published.v1": N_("A theme can be written on"),
    "survey.view-shared.v1": N_("A view was shared"),
    "survey.view-revised.v1": N_("A view was revised by its author"),
    "survey.view-withdrawn.v1": N_("A view was taken back by its author"),
    "survey.view-moderated.v1": N_("A moderator decided on a view"),
    "survey.views-await-moderation.v1": N_("Views wait for a moderator"),
    "survey.collecting-ended.v1": N_("No more views are taken"),
    "voting.tally-refreshed.v1": N_("How much has been read so far"),
    "voting.floor-reached.v1": N_("Every view of a theme has been read often enough"),
    "voting.ranking-released.v1": N_("A ranking was released"),
    "voting.ranking-continued.v1": N_("The rest of a long ranking"),
    "voting.voting-ended.v1": N_("Nobody can vote any more"),
    "identity.turnout-known.v1": N_("How many have taken part"),
    "identity.key-destroyed.v1": N_("The key behind the pseudonyms was destroyed"),
    "workshop.question-tabled.v1": N_("A question is on the workshops' table"),
    "workshop.question-sources-changed.v1": N_("The views behind a question changed"),
    "workshop.question-put-aside.v1": N_("A question was put aside"),
    "workshop.workshop-scheduled.v1": N_("A workshop session has its time"),
    "workshop.groups-formed.v1": N_("The groups of a session were formed"),
    "workshop.round-started.v1": N_("A workshop round began"),
    "workshop.round-ended.v1": N_("A workshop round ended"),
    "workshop.outcome-signed-off.v1": N_("A group stands behind an outcome"),
    "publishing.edition-approved.v1": N_("Both parties approved the workbook"),
    "publishing.edition-frozen.v1": N_("An edition of the workbook was frozen"),
    "publishing.workbook-launched.v1": N_("The workbook was launched"),
    "publishing.workbook-withdrawn.v1": N_("The launch was taken back"),
    "publishing.principle-revised.v1": N_("A principle was revised"),
    "notification.webhook-tested.v1": N_("Test event"),
}
STATES = {"on": (N_("on"), "good"), "paused": (N_("paused"), "wait"), "off": (N_("switched off"), "stop")}
DELIVERIES = {
    "waiting": (N_("waiting"), "wait"),
    "delivered": (N_("delivered"), "good"),
    "failed": (N_("given up"), "stop"),
}


def event_in_words(type: str) -> str:
    """An event by its name at work; one that is newer than these words by its type."""
    known = EVENTS.get(type.removeprefix("polku."))
    return gettext(known) if known else type


def groups_in_words(offers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "id": offer["group"],
            "title": gettext(GROUPS.get(offer["group"], offer["group"])),
            "events": [(type, event_in_words(type)) for type in offer["types"]],
        }
        for offer in offers
    ]


def why_off(why: str | None) -> str:
    return {
        "gone": _("The receiving system answered that the endpoint is gone for good (410)."),
        "failing": _("For a day nothing has got through to it."),
    }.get(why or "", "")


def came_back(delivery: dict[str, Any]) -> str:
    """What the last attempt brought, in words."""
    if delivery["status"]:
        return _("Answer %(status)d") % delivery
    return {
        "no_host": _("The host name is not known"),
        "slow_host": _("The host name was not found in time"),
        "closed_network": _("The address leads into a closed network"),
        "no_connection": _("Nobody answers there"),
        "tls": _("The certificate or encryption is not right"),
        "too_slow": _("No answer within 15 seconds"),
        "broken": _("The connection broke off"),
    }.get(delivery["trouble"] or "", "")


def did_in_words(what: str) -> str:
    return {
        "registered": _("registered"),
        "changed": _("changed"),
        "rotated": _("got a new signing secret"),
        "paused": _("paused"),
        "resumed": _("switched on again"),
        "removed": _("removed"),
        "sent_again": _("deliveries sent again"),
        "switched_off": _("switched off"),
    }.get(what, what)
