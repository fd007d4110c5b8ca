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
            book = passages_of(self.run_id)
            self.by_id |= {id: book[id] for id in ids if id in book}

    def __getitem__(self, id: str) -> dict[str, Any] | None:
        return self.by_id.get(id)


def in_my_language(wording: dict[str, str]) -> dict[str, str]:
    language = g.here.language if g.here.language in wording else next(iter(wording), g.here.language)
    return {"text": wording.get(language, ""), "language": language}


def passages_of(run_id: Id) -> dict[str, dict[str, Any]]:
    """Every passage that this person can read, by id: readers read the launched workbook, staff the draft too."""
    read = (
        [publishing.read]
        if "participant" in g.here.person.roles
        else [publishing.read_draft, publishing.read]
    )
    for reading in read:
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
            found[passage["id"]] = about | {"text": heading_of(passage), "label": passage["label"]}
    return found


def heading_of(passage: dict[str, Any]) -> str:
    text = passage.get("title") or " ".join(passage.get("text", "").split())
    return text if len(text) <= BEGINNING else text[:BEGINNING].rsplit(" ", 1)[0] + " …"


def thread_of(run_id: Id, thing_id: Id) -> dict[str, Any] | None:
    """One thing, and what stands before and after it, kind by kind; None while nobody has heard of it."""
    try:
        told = lineage.thread(thing_id)
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return None
    knots = [told["start"], *told["things"]]
    words = Words(run_id)
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
