"""Writing the workbook: sources on the left, passages in the middle, the printed page on the right."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from flask import Blueprint, Response, abort, flash, g, jsonify, render_template, request, url_for
from msgspec.structs import asdict
from werkzeug.wrappers import Response as Answer

from services.portal.answers import see_other, see_other_address
from services.portal.areas.workbook import pages as workbook_pages
from services.portal.areas.workbook.block_forms import (
    ABOUT,
    FIELDS,
    KINDS,
    NotARow,
    as_typed,
    block_from,
    difference,
    words_of,
)
from services.portal.areas.workbook.pages import file_of
from services.portal.areas.workbook.signatures import names_in, signatures
from services.portal.areas.workbook.sources import SourceShown, with_words
from services.portal.clients.base import ApiProblem, if_there
from services.portal.clients.publishing import writing
from services.portal.clients.survey import moderation
from services.portal.forms.edits import edited
from services.portal.forms.fields import Fields, as_sent, id_from, id_in, number_in
from services.portal.forms.files import FileRefused, picture_in
from services.portal.menu import N_, MenuItem
from shared.contracts.api.publishing_writing import (
    Block,
    ChapterToOpen,
    Move,
    Passage,
    PassageToAdd,
    PassageToSave,
    Restoration,
    Source,
    Workbook,
    WorkbookToBegin,
    WorkbookToRename,
)
from shared.contracts.api.survey_moderation import WordsOfTheme
from shared.languages import _, gettext

HERE = "/clients/<slug>/runs/<uuid:run_id>/writing"
STAFF = frozenset(("lead", "editor", "facilitator"))
FROM_OUTCOME = {
    "principle": "principle",
    "commitment": "principle",
    "solution": "idea_card",
    "insight": "text",
}

pages = Blueprint("writing", __name__)
workbook_pages.lay_out(pages, HERE)
menu = [MenuItem(N_("Workbook"), "console.writing.show", STAFF, face="console", order=60)]


@pages.get(HERE)
def show(run_id: UUID) -> str:
    """The workbook at a glance; before there is one, how to begin it."""
    return overview(run_id)


def overview(run_id: UUID, refusal: str = "") -> str:
    if (workbook := if_there(writing.workbook, run_id)) is None:
        return render_template(
            "workbook/writing_begin.html", run_id=run_id, themes=themes_in_words(run_id), sentence=""
        )
    facts = {
        "chapters": chapters_of(workbook),
        "signatures": signatures(workbook),
        "lacks": lacks_of(workbook),
    }
    shown = {"run_id": run_id, "workbook": workbook, "sentence": refusal, "typed": Fields(request.form)}
    return render_template("workbook/writing.html", **shown, **facts)


class ThemeNamed(NamedTuple):
    id: UUID
    name: str


def themes_in_words(run_id: UUID) -> list[ThemeNamed]:
    """The themes of the survey with their names in the client's first language; none where there is no survey yet."""
    found = if_there(moderation.themes, run_id)
    return [ThemeNamed(theme.id, name_of(theme.words)) for theme in found.themes] if found else []


def name_of(words: dict[str, WordsOfTheme]) -> str:
    spoken = [language for language in (*g.here.tenant.languages, *words) if language in words]
    return words[spoken[0]].name if spoken else ""


class Chapter(Passage, frozen=True, kw_only=True):
    """A chapter's opening with the passages in it."""

    passages: list[Passage]

    @property
    def uncleared(self) -> int:
        return sum(not passage.is_cleared for passage in self.passages)

    @property
    def unfinished(self) -> int:
        return sum(bool(passage.lacks) for passage in [self, *self.passages])


def chapters_of(workbook: Workbook) -> list[Chapter]:
    within = defaultdict(list)
    for passage in workbook.passages:
        within[passage.chapter_id].append(passage)
    return [Chapter(**asdict(opening), passages=within[opening.id]) for opening in within[None]]


class LackInChapter(NamedTuple):
    """A thing that is unfinished, and the chapter where it is mended."""

    sentence: str
    passage_id: UUID | None
    chapter_id: UUID | None


def lacks_of(workbook: Workbook) -> list[LackInChapter]:
    chapter_of: dict[UUID | None, UUID] = {one.id: one.chapter_id or one.id for one in workbook.passages}
    return [
        LackInChapter(lack.sentence, lack.passage_id, chapter_of.get(lack.passage_id))
        for lack in workbook.lacks
    ]


@pages.post(f"{HERE}/begin")
def begin(run_id: UUID) -> Answer | tuple[str, int]:
    form = request.form
    titles = zip(form.getlist("chapter"), form.getlist("theme"), strict=True)
    chapters = [
        ChapterToOpen(title=title.strip(), theme_id=id_from(theme) if theme else None)
        for title, theme in titles
        if title.strip()
    ]
    facts = {name: form.get(name, "").strip() for name in ("title", "subtitle", "publisher", "language")}
    try:
        writing.begin(run_id, as_sent(WorkbookToBegin, facts | {"chapters": chapters}))
    except ApiProblem as problem:
        sentence, themes = gettext(problem.detail), themes_in_words(run_id)
        shown = {"run_id": run_id, "themes": themes, "sentence": sentence}
        return render_template("workbook/writing_begin.html", **shown), problem.status
    flash(_("The workbook has begun. Open a chapter to write."), "good")
    return see_other(".show", run_id=run_id)


@pages.post(f"{HERE}/facts")
def rename(run_id: UUID) -> Answer | tuple[str, int]:
    facts = {name: request.form[name].strip() for name in ("title", "subtitle", "publisher", "language")}
    try:
        writing.rename(run_id, as_sent(WorkbookToRename, edited(facts)))
    except ApiProblem as problem:
        return overview(run_id, gettext(problem.detail)), problem.status
    return see_other(".show", run_id=run_id)


@pages.post(f"{HERE}/chapters")
def open_chapter(run_id: UUID) -> Answer:
    title = request.form.get("title", "").strip()
    opened = writing.open_chapter(run_id, ChapterToOpen(title=title))
    return see_other(".chapter", run_id=run_id, chapter_id=opened.id)


@pages.post(f"{HERE}/review")
def ask_for_review(run_id: UUID) -> Answer:
    writing.ask_for_review(run_id)
    flash(_("The workbook is in review. Both sides can approve it as it stands now."), "good")
    return see_other(".show", run_id=run_id)


# one chapter


@pages.get(f"{HERE}/chapters/<uuid:chapter_id>")
def chapter(run_id: UUID, chapter_id: UUID) -> str:
    return chapter_page(run_id, chapter_id)


class Refused(NamedTuple):
    """A wording that was not saved: the sentence beside its form, or beside its file, and what was typed."""

    id: UUID | None = None
    sentence: str = ""
    file: str = ""
    typed: Mapping[str, str] = {}


def chapter_page(run_id: UUID, chapter_id: UUID, refused: Refused = Refused()) -> str:
    workbook = writing.workbook(run_id)
    chapters = chapters_of(workbook)
    here = next((chapter for chapter in chapters if chapter.id == chapter_id), None) or abort(404)
    return render_template(
        "workbook/writing_chapter.html",
        run_id=run_id,
        workbook=workbook,
        chapters=chapters,
        chapter=here,
        sources=sources_for(run_id, here),
        used=used_in(workbook),
        typed={passage.id: as_typed(passage.block) for passage in [here, *here.passages]},
        fields=FIELDS,
        kinds=KINDS,
        about=ABOUT,
        page=request.args.get("page", 1, int),
        refused=refused,
    )


def sources_for(run_id: UUID, chapter: Chapter) -> list[SourceShown]:
    """Outcomes and views of the chapter's theme; of all themes where the chapter has none."""
    theme = None if request.args.get("sources") == "all" else chapter.theme_id
    return with_words(run_id, writing.sources(run_id, theme))


def used_in(workbook: Workbook) -> set[UUID]:
    return {source for passage in workbook.passages for source in passage.derived_from}


@pages.post(f"{HERE}/passages")
def add(run_id: UUID) -> Answer:
    """A new passage: empty, or with the words of a source."""
    form, chapter_id = request.form, id_in("chapter_id")
    source = writing.source(id_from(form["source"])) if form.get("source") else None
    new = PassageToAdd(
        chapter_id=chapter_id,
        block=block_from_source(run_id, source) if source else {"kind": form["kind"]},
        derived_from=[source.id] if source else [],
        after=id_from(form["after"]) if form.get("after") else None,
    )
    return back_to(run_id, chapter_id, writing.add_passage(run_id, new).id)


def block_from_source(run_id: UUID, source: Source) -> Block:
    """A view becomes a quote in its own language, an outcome what it is; the words come from their service, not the form."""
    (words,) = with_words(run_id, [source]) or abort(404)
    own_language = "" if words.language == writing.workbook(run_id).language else words.language
    if source.kind == "view":
        return {"kind": "staff_voice", "text": words.text, "language": own_language}
    kind = FROM_OUTCOME.get(source.outcome_kind or "", "text")
    field = "title" if kind == "principle" else "text"
    return {"kind": kind, field: words.text, "language": own_language}


def back_to(run_id: UUID, chapter_id: UUID, passage_id: UUID) -> Answer:
    here = url_for(".chapter", run_id=run_id, chapter_id=chapter_id, _anchor=f"p-{passage_id}")
    return see_other_address(here)


@pages.post(f"{HERE}/passages/<uuid:passage_id>")
def save(run_id: UUID, passage_id: UUID) -> Answer | Response | tuple[Any, int]:
    """Save a wording; a script asks for JSON and stays, a form goes back to its place."""
    form, chapter_id = request.form, id_in("chapter_id")
    try:
        block = block_from(form["kind"], form.to_dict() | taken_in())
        wording = PassageToSave(base_revision=form.get("base_revision", 0, int), block=block)
        saved = writing.save_passage(passage_id, wording)
    except NotARow as line:
        sentence = _(
            "“%(line)s” is not a row of a figure. Write a label and a share, like: Meetings on time; 82"
        )
        return not_saved(run_id, chapter_id, passage_id, sentence % {"line": line}, 422)
    except FileRefused as refusal:
        return not_saved(run_id, chapter_id, passage_id, "", refusal.status, file=str(refusal))
    except ApiProblem as problem:
        if problem.code == "two-wordings":
            return two_wordings(run_id, passage_id, problem)
        return not_saved(run_id, chapter_id, passage_id, gettext(problem.detail), problem.status)
    return jsonify(for_the_script(saved)) if wants_json() else back_to(run_id, chapter_id, passage_id)


def taken_in() -> dict[str, str]:
    """A picture that was sent along is taken in first; its id is what the block keeps."""
    picture = picture_in("file")
    return {"image": picture} if picture else {}


def for_the_script(saved: Passage) -> dict[str, Any]:
    return {"revision": saved.revision, "lacks": [gettext(lack) for lack in saved.lacks]}


def wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def not_saved(
    run_id: UUID, chapter_id: UUID, passage_id: UUID, sentence: str, status: int, file: str = ""
) -> tuple[Any, int]:
    """The sentence beside the form, or beside its file, and in the form everything that was typed."""
    if wants_json():
        return jsonify({"detail": sentence or file}), status
    refused = Refused(passage_id, sentence, file, Fields(request.form))
    return chapter_page(run_id, chapter_id, refused), status


def two_wordings(run_id: UUID, passage_id: UUID, problem: ApiProblem) -> Answer | tuple[Any, int]:
    """Both texts are kept; the page that compares them is the next step."""
    kept, stands = problem.errors["kept_as"], problem.errors["revision"]
    compare = url_for(".history", run_id=run_id, passage_id=passage_id, old=stands, new=kept)
    if wants_json():
        return jsonify({"detail": gettext(problem.detail), "compare": compare}), 409
    flash(gettext(problem.detail), "wait")
    return see_other_address(compare)


@pages.post(f"{HERE}/passages/<uuid:passage_id>/move")
def move(run_id: UUID, passage_id: UUID) -> Answer:
    moved = writing.move_passage(passage_id, Move(direction=request.form["direction"]))
    if moved.chapter_id is None:
        return see_other(".show", run_id=run_id)
    return back_to(run_id, moved.chapter_id, passage_id)


@pages.post(f"{HERE}/passages/<uuid:passage_id>/removal")
def remove(run_id: UUID, passage_id: UUID) -> Answer:
    removed = writing.remove_passage(passage_id)
    flash(
        _(
            "The passage is out of the workbook. Its history keeps every wording; from there it can come back."
        ),
        "wait",
    )
    if removed.chapter_id is None:
        return see_other(".show", run_id=run_id)
    return see_other(".history", run_id=run_id, passage_id=passage_id)


# wordings


@pages.get(f"{HERE}/passages/<uuid:passage_id>/history")
def history(run_id: UUID, passage_id: UUID) -> str:
    """Every wording, and what changed between two of them."""
    passage = writing.passage(passage_id)
    numbers = [revision.number for revision in passage.revisions]
    new = request.args.get("new", numbers[-1], int)
    old = request.args.get("old", max(new - 1, 1), int)
    by_number = {revision.number: revision for revision in passage.revisions}
    if old not in by_number or new not in by_number:
        old, new = max(numbers[-1] - 1, 1), numbers[-1]
    change = difference(words_of(by_number[old].block), words_of(by_number[new].block))
    return render_template(
        "workbook/writing_history.html",
        run_id=run_id,
        passage=passage,
        names=names_in(revision.by for revision in passage.revisions),
        old=by_number[old],
        new=by_number[new],
        change=change,
        kinds=KINDS,
    )


@pages.post(f"{HERE}/passages/<uuid:passage_id>/restoration")
def restore(run_id: UUID, passage_id: UUID) -> Answer:
    restored = writing.restore_passage(passage_id, Restoration(revision=number_in("revision")))
    flash(_("The earlier wording stands again."), "good")
    return back_to(run_id, restored.chapter_id or passage_id, passage_id)


@pages.get(f"{HERE}/proof.png")
def proof(run_id: UUID) -> Response:
    """A page of the draft as it will be printed."""
    page = max(1, min(request.args.get("page", 1, int), 400))
    return file_of(writing.proof(run_id, request.args.get("chapter", type=UUID), page))
