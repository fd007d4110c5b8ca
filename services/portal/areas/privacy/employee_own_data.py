"""The pages of what is kept about oneself: see it, take it along, have it erased (articles 15, 17 and 20 of the GDPR)."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from flask import Blueprint, Response, flash, g, jsonify, render_template, request
from werkzeug.wrappers import Response as Answer

from services.portal import key_days
from services.portal.answers import see_other
from services.portal.areas.people.words import languages_in_words, role_words
from services.portal.areas.privacy.sealed import said_in
from services.portal.clients.identity import myself, people
from services.portal.clients.process import process
from services.portal.forms.fields import as_sent
from services.portal.menu import N_, MenuItem
from services.portal.web import cookies
from services.portal.web.cookies import SESSION
from services.portal.wording import day as as_day
from shared.contracts.api.identity_oneself import CountedIn, Speaking
from shared.languages import _
from shared.settings import backups_aged_out

pages = Blueprint("own_data", __name__)
menu = [MenuItem(N_("What is known about me"), "employee.own_data.show", order=98, of_run=False)]


@pages.get("/me")
def show() -> str:
    kept = myself.me()
    spoken = [(code, name) for code, name in languages_in_words() if code in g.here.tenant.languages]
    runs, is_whole = key_days.own_runs()
    places = {place.id: place.name for place in [*people.units().items, *people.sites().items]}
    return render_template(
        "privacy/own_data.html",
        kept=kept,
        role_words=role_words,
        languages=spoken,
        runs=runs,
        is_whole=is_whole,
        counted_in=places_by_run(kept.counted_in, places),
        described=[line for one in kept.announced for line in lines_of(one.described)],
        groups=[name for one in kept.announced for name in one.groups],
        aged_out=backups_aged_out(key_days.today()),
        **key_days.WORDS,
    )


NO_FACTS = {"schemas", "type", "primary"}


def lines_of(described: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """(attribute, value) of what a directory says, as it calls them."""
    if isinstance(described, dict):
        for key, value in described.items():
            if key not in NO_FACTS:
                yield from lines_of(value, name if key == "value" else key)
    elif isinstance(described, list):
        for value in described:
            yield from lines_of(value, name)
    else:
        yield name, str(described)


class Counted(NamedTuple):
    """An activity that one is counted in, and the names of unit and site."""

    activity: str
    where: str


def places_by_run(counted_in: list[CountedIn], names: dict[UUID, str]) -> dict[UUID, list[Counted]]:
    """By run, the activities that one is counted in, with the names of unit and site as they were written down."""
    by_run: dict[UUID, list[Counted]] = {}
    for one in counted_in:
        where = ", ".join(names[place] for place in (one.unit_id, one.site_id) if place)
        by_run.setdefault(one.run_id, []).append(Counted(one.activity, where))
    return by_run


@pages.get("/me/data.json")
def take_along() -> Response:
    sealed = [said_in(run) for run in process.runs()]
    answer = jsonify(msgspec.to_builtins(myself.me()) | {"said_without_a_name": sealed})
    answer.headers.set("Content-Disposition", "attachment", filename="polku.json")
    return answer


@pages.post("/me/language")
def speak() -> Answer:
    myself.speak(as_sent(Speaking, {"language": request.form.get("language", "")}))
    flash(_("Saved."), "good")
    answer = see_other(".show")
    answer.delete_cookie("language")
    return answer


@pages.post("/me/erasure")
def be_forgotten() -> Answer:
    if request.form.get("sure") != "yes":
        flash(_("Tick the box if you are sure."), "wait")
        return see_other(".show")
    myself.forget_me()
    gone = {"day": as_day(backups_aged_out(key_days.today()))}
    flash(
        _("What was kept under your name is erased. No backup holds it any more from %(day)s on.") % gone,
        "good",
    )
    answer = see_other("employee.sign_in.left")
    cookies.drop(answer, SESSION)
    return answer
