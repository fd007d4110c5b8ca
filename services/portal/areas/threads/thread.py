"""The thread with its words: lineage knows what hangs together, each owner is asked once for the words of its own."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from flask import g
from msgspec.structs import asdict

from services.portal.clients import workshop
from services.portal.clients.base import ApiProblem, if_there
from services.portal.clients.lineage import lineage
from services.portal.clients.publishing import reading, writing
from services.portal.clients.survey import texts_of
from shared.contracts.api.lineage import Knot, Summary
from shared.contracts.api.publishing_reading import Book, BookRead, Piece

BEGINNING = 160  # characters of a passage that has no title


class Text(NamedTuple):
    """A thing's words; of an outcome its round, of a passage its chapter and, once it is printed, its page."""

    text: str
    language: str
    round: int | None = None
    chapter: str = ""
    page: int | None = None


@dataclass
class Words:
    """The words of things by their ids, as far as they may be read."""

    run_id: UUID
    drafts_too: bool = False  # for staff, who read the workbook before it is launched
    by_id: dict[UUID, Text] = field(default_factory=dict)

    def of_views(self, ids: Collection[UUID]) -> None:
        if ids:
            for id, view in texts_of(self.run_id, ids).items():
                self.by_id[id] = Text(view.text, view.language)

    def of_questions(self, ids: Collection[UUID]) -> None:
        if ids:
            for id, wording in workshop.question_texts(self.run_id, ids).items():
                self.by_id[id] = in_my_language(wording)

    def of_outcomes(self, ids: Collection[UUID]) -> None:
        if ids:
            for id, outcome in workshop.outcome_texts(self.run_id, ids).items():
                self.by_id[id] = Text(outcome.text, outcome.language, outcome.round)

    def of_passages(self, ids: Collection[UUID]) -> None:
        if ids:
            book = passages_of(self.run_id, self.drafts_too)
            self.by_id |= {id: book[id] for id in ids if id in book}

    def __getitem__(self, id: UUID) -> Text | None:
        return self.by_id.get(id)


def in_my_language(wording: Mapping[str, str]) -> Text:
    language = g.here.language if g.here.language in wording else next(iter(wording), g.here.language)
    return Text(wording.get(language, ""), language)


def passages_of(run_id: UUID, drafts_too: bool) -> dict[UUID, Text]:
    """Every passage that can be read, by id."""
    readings: list[Callable[[UUID], Book]] = [writing.read_draft] if drafts_too else []
    for read in [*readings, reading.read]:
        try:
            return passages_in(read(run_id))
        except ApiProblem as problem:
            problem.raise_unless(403, 404)
    return {}


def passages_in(book: Book) -> dict[UUID, Text]:
    """Titles, or the beginning of the words."""
    page_of = book.standing if isinstance(book, BookRead) else {}
    return {
        piece.id: Text(heading_of(piece), piece.language, chapter=chapter.title, page=page_of.get(piece.id))
        for chapter in book.chapters
        for piece in chapter.pieces
    }


def heading_of(piece: Piece) -> str:
    text = piece.title or " ".join((piece.text or "").split())
    return text if len(text) <= BEGINNING else text[:BEGINNING].rsplit(" ", 1)[0] + " …"


class KnotShown(Knot, frozen=True, kw_only=True):
    """A thing on the thread with its words, where they are open to who asks."""

    words: Text | None


class ThreadShown(NamedTuple):
    """One thing, and what stands before and after it, kind by kind."""

    start: Knot
    kinds: dict[str, list[KnotShown]]


def thread_of(run_id: UUID, thing_id: UUID, drafts_too: bool = False) -> ThreadShown | None:
    """None while nobody has heard of the thing."""
    if (thread := if_there(lineage.thread, thing_id)) is None:
        return None
    words = Words(run_id, drafts_too)
    return ThreadShown(thread.start, with_words([thread.start, *thread.things], words))


def with_words(knots: Collection[Knot], words: Words) -> dict[str, list[KnotShown]]:
    fetch = {
        "view": words.of_views,
        "question": words.of_questions,
        "outcome": words.of_outcomes,
        "passage": words.of_passages,
    }
    by_kind = {kind: [knot for knot in knots if knot.kind == kind] for kind in fetch}
    for kind, found in by_kind.items():
        fetch[kind]([knot.id for knot in found])
    return {kind: [shown(knot, words) for knot in found] for kind, found in by_kind.items()}


def shown(knot: Knot, words: Words) -> KnotShown:
    return KnotShown(**asdict(knot), words=words[knot.id])


def how_whole(run_id: UUID) -> tuple[Summary, Words]:
    """Returns what in a run hangs together and what hangs on nothing, with the words of the latter."""
    summary, words = lineage.summary(run_id), Words(run_id, drafts_too=True)
    words.of_passages(summary.passages_without_views)
    words.of_outcomes([*summary.outcomes_without_views, *summary.orphan_outcomes])
    return summary, words
