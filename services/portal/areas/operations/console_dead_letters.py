"""The operator's dead letters: what a service could not handle, seen without content, taken up again or given up with a reason."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, g, render_template, request, url_for
from werkzeug.wrappers import Response

from services.portal.answers import see_other, see_other_address
from services.portal.areas.events.names import event_in_words
from services.portal.areas.events.words import SERVICE_WORDS
from services.portal.clients.base import ApiProblem
from services.portal.clients.dead_letters import DeadLetters
from services.portal.clients.identity import names_of, tenants
from services.portal.clients.operations import ASKED
from services.portal.here import open_to
from services.portal.menu import N_
from shared.languages import _, gettext, ngettext

pages = Blueprint("dead_letters", __name__)
KINDS = {  # of fields, as shared/messaging/dead_letters/listing.py names them
    "missing": N_("missing"),
    "nothing": N_("nothing"),
    "yes or no": N_("yes or no"),
    "number": N_("number"),
    "text": N_("text"),
    "id": N_("id"),
    "list": N_("list of %(num)s"),
    "table": N_("table of %(num)s"),
}


def dead_letters_of(service: str) -> DeadLetters:
    return DeadLetters(service, g.here.home.id) if service in ASKED else abort(404)


@pages.get("/operations/<service>/letters")
@open_to("lead")
def index(service: str, refusal: str = "") -> str:
    params = {name: request.args.get(name, "") for name in ("state", "topic", "tenant", "after")}
    try:
        found = dead_letters_of(service).waiting(**params)
    except ApiProblem as problem:
        problem.raise_unless(422)
        refusal, params = _("An organisation is found by its whole id."), dict.fromkeys(params, "")
        found = dead_letters_of(service).waiting()
    more = (
        url_for(".index", service=service, **given(params | {"after": found["next"]}))
        if found["next"]
        else None
    )
    far = {name: request.args.get(name, 0, type=int) for name in ("done", "left")}
    about = {"found": found, "asked": params, "more": more, "clients": names_of_clients()}
    return page("dead_letters", service, refusal=refusal, **about, **far)


def page(template: str, service: str, **about: Any) -> str:
    names = {"service": service, "service_name": gettext(SERVICE_WORDS[service]), "in_words": event_in_words}
    return render_template(f"operations/{template}.html", **names, **about)


def names_of_clients() -> dict[str, str]:
    return {str(client.id): client.name for client in tenants.clients()}


def given(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if value}


@pages.get("/operations/<service>/letters/<int:nr>")
@open_to("lead")
def show(service: str, nr: int, refusal: str = "", why: str = "") -> str:
    dead_letter = dead_letters_of(service).one(nr)
    dead_letter["fields"] = {name: in_words(kind) for name, kind in dead_letter["fields"].items()}
    about = {"dead_letter": dead_letter, "clients": names_of_clients(), "why": why}
    return page("dead_letters_one", service, refusal=refusal, **about)


def in_words(kind: str) -> str:
    name, _of, number = kind.partition(" of ")
    return gettext(KINDS[name]) % {"num": number}


@pages.get("/operations/<service>/letters/discarded")
@open_to("lead")
def discarded(service: str) -> str:
    after = request.args.get("after", "")
    page_of_them = dead_letters_of(service).discarded(after)
    more = (
        url_for(".discarded", service=service, after=page_of_them["next"]) if page_of_them["next"] else None
    )
    return page(
        "dead_letters_discarded", service, found=named(page_of_them["discarded"]), after=after, more=more
    )


def named(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By members' names; whoever used the command line is on record by name already."""
    members = [row["by"] for row in found if is_id(row["by"])]
    names = {id: _("somebody who has left") for id in members} | names_of([*members])
    return [row | {"by": names.get(row["by"], row["by"])} for row in found]


def is_id(by: str) -> bool:
    try:
        return str(UUID(by)) == by
    except ValueError:
        return False


@pages.post("/operations/<service>/letters/replay")
@open_to("lead")
def replay(service: str) -> Response | tuple[str, int]:
    """One dead letter, all of its key, or all of the service, for some seconds; the page then says how far it came."""
    which = {name: request.form.get(name, type=int) for name in ("nr", "key_of") if name in request.form}
    if None in which.values():  # never all of them instead of the one that was meant
        return index(service, _("Choose a dead letter from the list.")), 422
    try:
        done = dead_letters_of(service).replay(**which)
    except ApiProblem as problem:
        return index(service, gettext(problem.detail)), problem.status
    say_how_it_went(done)
    far = url_for(".index", service=service, done=done["settled"] + so_far(), left=done["left"])
    return see_other_address(far if done["left"] and not which else url_for(".index", service=service))


def so_far() -> int:
    """How many the earlier calls of the same long replay have settled."""
    return request.form.get("done", 0, type=int)


def say_how_it_went(done: dict[str, int]) -> None:
    settled, failed = done["settled"], done["failed"]
    if settled or not failed:
        sentence = ngettext("%(num)d dead letter was handled.", "%(num)d dead letters were handled.", settled)
        flash(sentence % {"num": settled}, "good")
    if failed:
        sentence = ngettext(
            "%(num)d dead letter failed again; those behind it wait.",
            "%(num)d dead letters failed again; those behind them wait.",
            failed,
        )
        flash(sentence % {"num": failed}, "stop")


@pages.post("/operations/<service>/letters/<int:nr>/discard")
@open_to("lead")
def discard(service: str, nr: int) -> Response | tuple[str, int]:
    why, with_parked = request.form.get("why", ""), request.form.get("behind") == "discard"
    try:
        done = dead_letters_of(service).discard(nr, why, g.here.person.id, with_parked)
    except ApiProblem as problem:
        return show(service, nr, gettext(problem.detail), why), problem.status
    flash(_("The dead letter is discarded; the reason is on record."), "good")
    if done["settled"] or done["failed"]:
        say_how_it_went(done)
    return see_other(".index", service=service)


@pages.post("/operations/<service>/letters/release")
@open_to("lead")
def release(service: str) -> Response | tuple[str, int]:
    topic, partition = request.form.get("topic", ""), request.form.get("partition", type=int)
    if not topic or partition is None:
        return index(service, _("Choose one of the partitions that are halted.")), 422
    try:
        dead_letters_of(service).release(topic, partition, g.here.person.id)
    except ApiProblem as problem:
        return index(service, gettext(problem.detail)), problem.status
    flash(_("The partition is resumed. Look again in a moment."), "good")
    return see_other(".index", service=service)
