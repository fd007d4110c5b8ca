"""The thread with its words: lineage knows what hangs together, each owner is asked once for the words of its own."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import g

from services.portal.clients.base import ApiProblem
from services.portal.clients.lineage import lineage
from services.portal.clients.publishing import publishing
from services.portal.clients.survey import survey
from services.portal.clients.workshop import workshop

Id = UUID | str
BEGINNING = 160  # characters of a passage that has no title


@dataclass
class Words:
    """Texts by id, as the page needs them: {text, language} and what else the owner tells."""

    run_id: Id
    drafts_too: bool = False  # for staff, who read the workbook before it is launched
    by_id: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of_views(self, ids: list[str]) -> None:
        if ids:
            self.by_id |= survey.texts(self.run_id, ids)

    def of_questions(self, ids: list[str]) -> None:
        if ids:
            for id, wording in workshop.question_texts(self.run_id, ids).items():
                self.by_id[id] = in_my_language(wording)

    def of_outcomes(self, ids: list[str]) -> None:
        if ids:
            self.by_id |= workshop.outcome_texts(self.run_id, ids)

    def of_passages(self, ids: list[str]) -> None:
        if ids:
            book = passages_of(self.run_id, self.drafts_too)
            self.by_id |= {id: book[id] for id in ids if id in book}

    def __getitem__(self, id: str) -> dict[str, Any] | None:
        return self.by_id.get(id)


def in_my_language(wording: dict[str, str]) -> dict[str, str]:
    language = g.here.language if g.here.language in wording else next(iter(wording), g.here.language)
    return {"text": wording.get(language, ""), "language": language}


def passages_of(run_id: Id, drafts_too: bool) -> dict[str, dict[str, Any]]:
    """Every passage that can be read, by id."""
    for reading in (publishing.read_draft, publishing.read) if drafts_too else (publishing.read,):
        try:
            return passages_in(reading(run_id))
        except ApiProblem as problem:
            if problem.status not in (403, 404):
                raise
    return {}


def passages_in(book: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = {}
    for chapter in book["chapters"]:
        for passage in [chapter["opening"], *chapter["passages"]]:
            about = {"chapter": chapter["opening"].get("title", ""), "language": passage["language"]}
            about["page"] = book.get("standing", {}).get(passage["id"])  # known once it is printed
            found[passage["id"]] = about | {"text": heading_of(passage), "label": passage["label"]}
    return found


def heading_of(passage: dict[str, Any]) -> str:
    text = passage.get("title") or " ".join(passage.get("text", "").split())
    return text if len(text) <= BEGINNING else text[:BEGINNING].rsplit(" ", 1)[0] + " …"


def thread_of(run_id: Id, thing_id: Id, drafts_too: bool = False) -> dict[str, Any] | None:
    """One thing, and what stands before and after it, kind by kind; None while nobody has heard of it."""
    try:
        told = lineage.thread(thing_id)
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return None
    knots = [told["start"], *told["things"]]
    words = Words(run_id, drafts_too)
    fetch = {
        "view": words.of_views,
        "question": words.of_questions,
        "outcome": words.of_outcomes,
        "passage": words.of_passages,
    }
    by_kind = {kind: [knot for knot in knots if knot["kind"] == kind] for kind in fetch}
    for kind, knots_of_kind in by_kind.items():
        fetch[kind]([knot["id"] for knot in knots_of_kind])
    shown = {kind: [knot | {"words": words[knot["id"]]} for knot in found] for kind, found in by_kind.items()}
    return {"start": told["start"] | {"words": words[str(thing_id)]}, "kinds": shown}


def how_whole(run_id: Id) -> dict[str, Any]:
    """What in a run hangs together and what hangs on nothing, with the words of the latter."""
    summary, words = lineage.summary(run_id), Words(run_id, drafts_too=True)
    words.of_passages(summary["passages_without_views"])
    words.of_outcomes([*summary["outcomes_without_views"], *summary["orphan_outcomes"]])
    return {"summary": summary, "words": words}
