"""The workbook laid out for those who show it: the web page, the printed page and the card deck take the same."""

import json
from functools import cache
from pathlib import Path

import msgspec
from babel.numbers import format_decimal, format_percent

from services.publishing.content import Book, ChapterOfPassages, Figure, IdeaCard, Passage, Row, paragraphs

PRESS = Path(__file__).parent / "press"


@cache
def words_in(language: str) -> dict[str, str]:
    """The book's own words ("Contents", "Tip"), in the language of the book and not of whoever looks at it."""
    return json.loads((PRESS / "words.json").read_text(encoding="utf-8"))[language]


def laid_out(book: Book) -> dict:
    """The book as plain data, with texts parted into paragraphs and every heading at its level."""
    return {
        "title": book.title,
        "subtitle": book.subtitle,
        "publisher": book.publisher,
        "language": book.language,
        "number": book.number,
        "chapters": [chapter_laid_out(chapter, book) for chapter in book.chapters],
    }


def chapter_laid_out(chapter: ChapterOfPassages, book: Book) -> dict:
    level, passages = 2, []
    for passage in chapter.passages:
        passages.append(passage_laid_out(passage, book, level))
        level = 3 if passage.block.kind == "section" else level
    opening = passage_laid_out(chapter.opening, book, 1)
    return {"opening": opening, "theme_id": chapter.theme_id and str(chapter.theme_id), "passages": passages}


def passage_laid_out(passage: Passage, book: Book, level: int) -> dict:
    shown = msgspec.to_builtins(passage.block)
    language = passage.block.language or book.language
    shown |= {"id": str(passage.id), "revision": passage.revision, "language": language, "level": level}
    shown |= {"label": words_in(book.language).get(passage.block.kind, "")}
    shown |= {"derived_from": [str(source) for source in passage.derived_from]}
    shown |= {"flow": paragraphs(shown.get("text", ""))}
    if isinstance(passage.block, Figure):
        shown["rows"] = [row_laid_out(row, book.language) for row in passage.block.rows]
    return shown


def words_in_piece(passage: Passage) -> int:
    texts = (getattr(passage.block, field, "") for field in ("title", "text", "first_step", "caption"))
    return sum(len(text.split()) for text in texts)


def row_laid_out(row: Row, language: str) -> dict:
    value = format_percent(row.value / 100, locale=language)
    if row.low is None or row.high is None:
        return msgspec.to_builtins(row) | {"spoken_value": value, "spoken_interval": ""}
    low, high = format_decimal(row.low, locale=language), format_percent(row.high / 100, locale=language)
    interval = f"{low}–{high}"
    return msgspec.to_builtins(row) | {"spoken_value": value, "spoken_interval": interval}


def cards_of(book: Book) -> list[dict]:
    """The idea cards in the order of the book, each with the name of its chapter."""
    return [
        passage_laid_out(passage, book, 2) | {"chapter": getattr(chapter.opening.block, "title", "")}
        for chapter in book.chapters
        for passage in chapter.passages
        if isinstance(passage.block, IdeaCard)
    ]
