"""The kinds of passages as forms: which fields each has, from a form to a block and back, and what changed between two."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from markupsafe import Markup, escape

from services.portal.menu import N_

KINDS = {
    "text": N_("Text"),
    "section": N_("Heading"),
    "staff_voice": N_("A colleague's words"),
    "experience": N_("Experience"),
    "tip": N_("Tip"),
    "idea_card": N_("Idea card"),
    "reflection": N_("Reflection exercise"),
    "principle": N_("Principle"),
    "image": N_("Picture"),
    "figure": N_("Figure"),
}
ABOUT = {
    "": N_("no heading of its own"),
    "digital_habits": N_("digital habits"),
    "meetings": N_("meetings"),
    "availability": N_("availability"),
    "ways_of_working": N_("ways of working"),
}
FIELDS = {
    "chapter": ("title", "text"),
    "section": ("title",),
    "text": ("text",),
    "staff_voice": ("text", "attribution"),
    "experience": ("title", "text", "attribution"),
    "tip": ("title", "text"),
    "idea_card": ("title", "text", "first_step", "about"),
    "reflection": ("title", "text", "questions"),
    "principle": ("title", "text", "about"),
    "image": ("image", "alt", "caption"),
    "figure": ("title", "text", "rows"),
}


class NotARow(ValueError):
    """A line of a figure that cannot be read; the text is the line."""


def block_from(kind: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Returns what was typed, as a block; raises NotARow for a line of a figure that has no number."""
    typed = {name: form.get(name, "").strip() for name in FIELDS[kind]}
    block: dict[str, Any] = {"kind": kind, "language": form.get("language", "")} | typed
    if "questions" in block:
        block["questions"] = lines_of(block["questions"])
    if "rows" in block:
        block["rows"] = [row_from(line) for line in lines_of(block["rows"])]
    if "image" in block:
        block["image"] = block["image"] or None
    return block


def lines_of(typed: str) -> list[str]:
    return [line.strip() for line in typed.splitlines() if line.strip()]


def row_from(line: str) -> dict[str, Any]:
    """A label and one to three numbers between 0 and 100: "Väli kokouksiin; 82; 76; 87"."""
    label, *numbers = [part.strip() for part in line.split(";")]
    try:
        shares = [float(number.replace(",", ".").rstrip("% ")) for number in numbers]
    except ValueError as wrong:
        raise NotARow(line) from wrong
    if len(shares) not in (1, 3) or not all(0 <= share <= 100 for share in shares):
        raise NotARow(line)
    return {"label": label} | dict(zip(("value", "low", "high"), shares, strict=False))


def as_typed(block: Mapping[str, Any]) -> dict[str, Any]:
    """A block as its form shows it."""
    shown = dict(block)
    if "questions" in shown:
        shown["questions"] = "\n".join(shown["questions"])
    if "rows" in shown:
        shown["rows"] = "\n".join(line_of(row) for row in shown["rows"])
    return shown


def line_of(row: Mapping[str, Any]) -> str:
    numbers = [row[name] for name in ("value", "low", "high") if row.get(name) is not None]
    return "; ".join([row["label"], *(f"{number:g}" for number in numbers)])


def words_of(block: Mapping[str, Any]) -> str:
    """Everything of a block that is read, as one text."""
    typed = as_typed(block)
    return "\n".join(
        str(typed[name]) for name in FIELDS[block["kind"]] if typed.get(name) and name != "about"
    )


def difference(old: str, new: str) -> Markup:
    """Returns what went and what came, word by word, marked for eye and ear."""
    before, after = (re.findall(r"\s+|[^\s]+", text) for text in (old, new))
    changes = SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes()
    return Markup("").join(
        marked("".join(before[a:b]), "".join(after[c:d]), what) for what, a, b, c, d in changes
    )


def marked(gone: str, come: str, what: str) -> Markup:
    if what == "equal":
        return escape(come)
    went = Markup("<del>{}</del>").format(gone) if gone else Markup("")
    came = Markup("<ins>{}</ins>").format(come) if come else Markup("")
    return went + came
