"""The printed workbook and the card deck, set by Typst as PDF/UA-1.

Staff text is untrusted: it reaches Typst as strings in a JSON file and never as markup, and Typst runs in a process of its own
with limits on time, memory and output (`press/compile.py`), that sees only a folder made for this one sheet.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from services.publishing.content import Book
from services.publishing.glyphs import HANKEN, SOURCE_SERIF
from services.publishing.layout import PRESS, cards_of, laid_out, words_in
from services.publishing.tokens import Look
from shared.problems import RuleBroken

SECONDS, MEMORY = 30, 2 * 1024**3  # of its processors; a workbook of 60 pages takes one and 200 MB
PATIENCE_SECONDS = (
    50  # by the clock on the wall: two sheets fit into the two minutes that a transaction may wait
)
FONTS = [HANKEN, SOURCE_SERIF]
SIGNATURES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg"}

Sheet = Literal["workbook", "deck"]
Form = Literal["pdf", "png"]


class TypesettingFailed(RuleBroken):
    """The printed page could not be made."""


class PictureWithoutWords(TypesettingFailed):
    """A picture has no description, so the printed page would not be accessible. Say in words what the picture shows."""


class LetterCannotBePrinted(TypesettingFailed):
    """A text has a character that cannot be printed, such as an emoji. Say it in words."""


class TooBigToPrint(TypesettingFailed):
    """The workbook is too large or too intricate to print in the time given. Try with smaller pictures."""


class PressStoodStill(RuleBroken):
    """The printed page was not ready in time, as the machine is busy. Try again in a moment."""

    status = 503


@dataclass(frozen=True)
class Manuscript:
    """Everything a sheet is made from: the words, the look, and the pictures by their ids."""

    book: Book
    look: Look
    pictures: Mapping[str, bytes]
    is_part: bool = False  # one chapter to look at: without cover and contents

    def as_json(self) -> str:
        words = words_in(self.book.language)
        edition = words["edition"].format(number=self.book.number) if self.book.number else words["draft"]
        book = laid_out(self.book)
        for chapter in book["chapters"]:
            for passage in chapter["passages"]:
                passage["file"] = self.file_of(passage.get("image"))
        facts = {
            "book": book,
            "look": self.colours(),
            "words": words,
            "edition": edition,
            "cards": cards_of(self.book),
        }
        title = words["deck"].format(title=self.book.title)
        return json.dumps(
            facts | {"cover": self.file_of(self.look.cover), "deck-title": title, "is-part": self.is_part}
        )

    def colours(self) -> dict[str, str]:
        return {name: colour for name, colour in self.look.colours.items() if name not in ("ink", "ink-soft")}

    def file_of(self, picture: object) -> str | None:
        picture_bytes = self.pictures.get(str(picture))
        if picture_bytes is None:
            return None
        ending = next(end for start, end in SIGNATURES.items() if picture_bytes.startswith(start))
        return f"{picture}.{ending}"

    def lay_into(self, folder: Path) -> None:
        (folder / "manuscript.json").write_text(self.as_json(), encoding="utf-8")
        for picture, picture_bytes in self.pictures.items():
            (folder / str(self.file_of(picture))).write_bytes(picture_bytes)
        for source in PRESS.glob("*.typ"):
            shutil.copy(source, folder)


@dataclass(frozen=True)
class Printed:
    """The pages as files, and on which page each passage stands."""

    files: list[bytes]
    standing: dict[str, int]

    @property
    def pdf(self) -> bytes:
        return self.files[0]


def printed(manuscript: Manuscript, sheet: Sheet = "workbook", at: datetime | None = None) -> Printed:
    """The finished PDF, tagged and PDF/UA-1. The same manuscript and moment give the same bytes."""
    return run_the_press(manuscript, sheet, "pdf", ["ua-1"], at or datetime.now(UTC))


def draft(manuscript: Manuscript) -> bytes:
    """The whole draft as a tagged PDF that does not claim to be PDF/UA: it may still lack things."""
    return run_the_press(manuscript, "workbook", "pdf", [], datetime.now(UTC)).pdf


def proof(manuscript: Manuscript, sheet: Sheet = "workbook") -> list[bytes]:
    """The pages as pictures, for a draft that may still lack things: what the writer sees while typing."""
    return run_the_press(manuscript, sheet, "png", [], datetime.now(UTC)).files


def run_the_press(
    manuscript: Manuscript, sheet: Sheet, form: Form, standards: list[str], at: datetime
) -> Printed:
    with tempfile.TemporaryDirectory(prefix="polku-press-") as name:
        folder = Path(name)
        manuscript.lay_into(folder)
        order = {"sheet": sheet, "form": form, "standards": standards, "timestamp": int(at.timestamp())}
        limits = {"fonts": [str(fonts) for fonts in FONTS], "seconds": SECONDS, "memory": MEMORY}
        compile_in_a_child(folder, order | limits)
        standing = json.loads((folder / "standing.json").read_text())
        files = [page.read_bytes() for page in sorted((folder / "out").iterdir())]
        return Printed(files, {passage["id"]: passage["page"] for passage in standing})


def compile_in_a_child(folder: Path, order: dict) -> None:
    """Compiles in a child process. A manuscript that is too big meets the limit of processor time: the clock on the wall goes on while the machine is busy
    or this process stands still, and says nothing about the manuscript."""
    command = [sys.executable, "-I", str(PRESS / "compile.py")]
    try:
        child = subprocess.run(
            command,
            input=json.dumps(order),
            capture_output=True,
            text=True,
            cwd=folder,
            env={"HOME": str(folder)},
            timeout=PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired as late:
        raise PressStoodStill() from late
    if child.returncode != 0:
        raise why_it_failed(child)


def why_it_failed(child: subprocess.CompletedProcess) -> TypesettingFailed:
    """Typst's own sentence where it has one; limits show as a signal or as a failed allocation."""
    refusal = child.stdout.strip()
    if "alt text" in refusal:
        return PictureWithoutWords()
    if "could not be displayed" in refusal:
        return LetterCannotBePrinted()
    if child.returncode < 0 or "memory" in child.stderr.lower():
        return TooBigToPrint()
    return TypesettingFailed(f"The printed page could not be made: {refusal or child.stderr.strip()[-300:]}")
