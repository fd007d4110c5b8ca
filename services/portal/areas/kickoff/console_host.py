"""The host's console: the script, what is on stage, polls, the moderation of questions, and the end."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, render_template, request, url_for

from services.portal.answers import see_other_address
from services.portal.areas.kickoff.employee_stage import qr_code, stage_page
from services.portal.areas.kickoff.hall import WORDS, hall_of
from services.portal.clients.base import ApiProblem
from services.portal.clients.townhall import townhall
from services.portal.forms.edits import edited
from services.portal.forms.fields import Fields, as_sent, chosen
from services.portal.forms.times import AskedBack, Doubts, times_in
from services.portal.here import open_to
from services.portal.menu import N_, MenuItem
from services.portal.streams import stream_of
from shared.contracts.api.townhall import (
    Description,
    PollPrepared,
    Question,
    Reply,
    Stage,
    Ticked,
    Time,
    Word,
)
from shared.languages import NAMES, _, gettext
from shared.settings import base_domain

pages = Blueprint("host", __name__)
EVENT = "/clients/<slug>/runs/<uuid:run_id>/<any(kickoff, launch):purpose>"
HOSTS = ("lead", "facilitator")
menu = [MenuItem(N_("Events"), "console.host.kickoff", frozenset(HOSTS), face="console", order=10)]


@pages.get("/clients/<slug>/runs/<uuid:run_id>/kickoff")
@open_to(*HOSTS)
def kickoff(run_id: UUID) -> str:
    return console_page(run_id, "kickoff")


@pages.get("/clients/<slug>/runs/<uuid:run_id>/launch")
@open_to(*HOSTS)
def launch(run_id: UUID) -> str:
    return console_page(run_id, "launch")


def console_page(
    run_id: UUID, purpose: str, refusal: str = "", typed: Any = None, doubts: Doubts | None = None
) -> str:
    hall = townhall.desk(hall_of(run_id, purpose).id)
    return render_template(
        "kickoff/host.html",
        hall=hall,
        run_id=run_id,
        stream=stream_of("townhall", hall.id),
        languages=[(code, NAMES[code]) for code in g.here.tenant.languages],
        by_state=by_state(hall.questions),
        refusal=refusal,
        typed=Fields(typed),
        doubts=doubts or {},
        **WORDS,
    )


def by_state(questions: list[Question]) -> dict[str, list[Question]]:
    states = ("waiting", "shown", "answered", "hidden")
    return {state: [question for question in questions if question.state == state] for state in states}


@pages.get(f"{EVENT}/stage")
@open_to(*HOSTS)
def stage(run_id: UUID, purpose: str) -> str:
    """The wall, for a beamer that hangs on the consultant's own machine."""
    return stage_page(run_id, purpose, clients_host(), url_for(".code", run_id=run_id, purpose=purpose))


@pages.get(f"{EVENT}/stage/code.svg")
@open_to(*HOSTS)
def code(run_id: UUID, purpose: str) -> Response:
    return qr_code(hall_of(run_id, purpose).code, f"{request.scheme}://{clients_host()}")


def clients_host() -> str:
    """Returns the host of the client's people: the console's own port, the client's name."""
    port = request.host.partition(":")[2]
    return f"{g.here.tenant.slug}.{base_domain()}" + (f":{port}" if port else "")


def back(run_id: UUID, purpose: str, place: str = "") -> Response:
    return see_other_address(url_for(f".{purpose}", run_id=run_id) + place)


@pages.post(f"{EVENT}/time")
@open_to(*HOSTS)
def set_time(run_id: UUID, purpose: str) -> Any:
    try:
        hall = hall_of(run_id, purpose)
        times = times_in(request.form, {"starts_at": hall.starts_at, "ends_at": hall.ends_at})
        townhall.schedule(hall.id, as_sent(Time, edited(times)))
    except AskedBack as asked:
        return console_page(run_id, purpose, asked.sentence, request.form, asked.doubts), 422
    except ApiProblem as problem:
        return console_page(run_id, purpose, gettext(problem.detail), request.form), problem.status
    flash(_("The time is set. Everybody is invited with a calendar file."), "good")
    return back(run_id, purpose)


@pages.post(f"{EVENT}/about")
@open_to(*HOSTS)
def describe(run_id: UUID, purpose: str) -> Any:
    try:
        townhall.describe(hall_of(run_id, purpose).id, as_sent(Description, edited(described())))
    except ApiProblem as problem:
        sentence = gettext(problem.detail)
        return console_page(run_id, purpose, sentence, request.form), problem.status
    flash(_("Saved."), "good")
    return back(run_id, purpose, "#about")


def described() -> dict[str, Any]:
    """Reads the form; a language without a title has no text."""
    form, said = request.form, {}
    links = {
        name: form.get(name, "").strip() or None for name in ("stream_url", "recording_url", "transcript_url")
    }
    for language in g.here.tenant.languages:
        title = form.get(f"title_{language}", "").strip()
        if title:
            said[language] = {"title": title, "description": form.get(f"description_{language}", "").strip()}
    settings = {name: form[name] for name in ("asking", "moderation") if form.get(name)}
    return links | settings | {"words": said, "categories": categories()}


def categories() -> list[dict[str, Any]]:
    """One a line, the same line in each language."""
    return [{"key": f"c{nr}", "words": words} for nr, words in enumerate(lines_in_languages("categories"), 1)]


def lines_in_languages(name: str) -> list[dict[str, str]]:
    """The lines of `name_fi`, `name_sv` ...: line by line what they say in each language."""
    languages = g.here.tenant.languages
    written = {code: request.form.get(f"{name}_{code}", "").strip().splitlines() for code in languages}
    longest = max((len(lines) for lines in written.values()), default=0)
    parts = [
        {code: lines[nr].strip() for code, lines in written.items() if len(lines) > nr and lines[nr].strip()}
        for nr in range(longest)
    ]
    return [words for words in parts if words]


@pages.post(f"{EVENT}/script")
@open_to(*HOSTS)
def keep_script(run_id: UUID, purpose: str) -> Any:
    script = as_sent(Description, edited({"script": request.form.get("script", "")}))
    try:
        townhall.describe(hall_of(run_id, purpose).id, script)
    except ApiProblem as problem:
        return console_page(run_id, purpose, gettext(problem.detail), request.form), problem.status
    flash(_("Saved."), "good")
    return back(run_id, purpose, "#script")


@pages.post(f"{EVENT}/start")
@open_to(*HOSTS)
def start(run_id: UUID, purpose: str) -> Response:
    townhall.start(hall_of(run_id, purpose).id)
    flash(_("You are on the air."), "good")
    return back(run_id, purpose)


@pages.post(f"{EVENT}/end")
@open_to(*HOSTS)
def end(run_id: UUID, purpose: str) -> Response:
    townhall.end(hall_of(run_id, purpose).id)
    flash(_("The event is over. Now choose which open questions go on to the survey."), "good")
    return back(run_id, purpose, "#left-open")


@pages.post(f"{EVENT}/stage")
@open_to(*HOSTS)
def switch(run_id: UUID, purpose: str) -> Response:
    stage = {"kind": request.form["kind"], "poll_id": request.form.get("poll_id") or None}
    townhall.switch(hall_of(run_id, purpose).id, as_sent(Stage, stage))
    return back(run_id, purpose, "#on-stage")


@pages.post(f"{EVENT}/polls")
@open_to(*HOSTS)
def add_poll(run_id: UUID, purpose: str) -> Any:
    hall_id = hall_of(run_id, purpose).id
    try:
        townhall.add_poll(hall_id, as_sent(PollPrepared, poll_in_the_form()))
    except ApiProblem as problem:
        return console_page(run_id, purpose, sentence_of_poll(problem), request.form), problem.status
    flash(_("The poll is ready. Put it on stage when it is time."), "good")
    return back(run_id, purpose, "#on-stage")


def poll_in_the_form() -> dict[str, Any]:
    form = request.form
    spoken = g.here.tenant.languages
    words = {code: form[f"words_{code}"].strip() for code in spoken if form.get(f"words_{code}", "").strip()}
    return {
        "kind": form.get("kind", "choice"),
        "words": words,
        "options": lines_in_languages("options"),
        "steps": form.get("steps", 5, type=int),
    }


def sentence_of_poll(problem: ApiProblem) -> str:
    if "words" in problem.errors:
        return _("A poll needs its question in at least one language.")
    if "options" in problem.errors:
        return _(
            "Write the choices one a line: at least two for a choice, the two ends or nothing for a scale."
        )
    return gettext(problem.detail)


@pages.post(f"{EVENT}/polls/<uuid:poll_id>")
@open_to(*HOSTS)
def steer_poll(run_id: UUID, purpose: str, poll_id: UUID) -> Response:
    acts = {
        "close": townhall.close_poll,
        "reveal": townhall.reveal,
        "conceal": townhall.conceal,
        "drop": townhall.drop_poll,
        "strike": lambda poll_id: townhall.strike(poll_id, Word(word=request.form["word"])),
    }
    chosen(acts)(poll_id)
    return back(run_id, purpose, "#on-stage")


@pages.post(f"{EVENT}/questions/<uuid:question_id>")
@open_to(*HOSTS)
def moderate(run_id: UUID, purpose: str, question_id: UUID) -> Any:
    answered = as_sent(Reply, edited({"reply": request.form.get("reply", "")}))
    acts = {
        "show": townhall.show,
        "hide": townhall.hide,
        "answer": lambda question_id: townhall.mark_answered(question_id, answered),
    }
    try:
        chosen(acts)(question_id)
    except ApiProblem as problem:
        return console_page(run_id, purpose, problem.refusal(409, 422), request.form), problem.status
    return back(run_id, purpose, "#floor")


@pages.post(f"{EVENT}/carried-forward")
@open_to(*HOSTS)
def carry_forward(run_id: UUID, purpose: str) -> Response:
    townhall.carry_forward(
        hall_of(run_id, purpose).id, as_sent(Ticked, {"questions": request.form.getlist("questions")})
    )
    flash(_("The ticked questions go on to the survey."), "good")
    return back(run_id, purpose, "#left-open")
