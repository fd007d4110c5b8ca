"""Texts as people mean them: without what no person types, in one form whatever device wrote them."""

import re
from typing import Any
from unicodedata import category, normalize

SURROGATES = "\ud800-\udfff"  # halves of a character; UTF-8 and so PostgreSQL have no form for them
CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufff9-\ufffb"
DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they show a text otherwise than it is stored
# ZWNJ and ZWJ (U+200C, U+200D) stay: Persian words and joined emoji are written with them
NOT_TYPED = re.compile(f"[{SURROGATES}{CONTROLS}{DIRECTIONS}]")
EMPTY = "\u115f\u1160\u3164\uffa0\u2800\u034f"  # letters and signs by name that show nothing: fillers, an empty braille cell
LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")


def cleaned(text: str) -> str:
    """The text in NFC, with one kind of line end, and without controls, bidi signs and halves of characters."""
    if text.isascii() and text.isprintable():
        return text
    return normalize("NFC", NOT_TYPED.sub("", LINE_ENDS.sub("\n", text)))


def in_one_line(text: str) -> str:
    """A name or title: runs of white space are one blank, and what shows nothing at all is empty."""
    return " ".join(text.split()) if shows_something(text) else ""


def shows_something(text: str) -> bool:
    return any(is_seen(sign) for sign in text)


def is_seen(sign: str) -> bool:
    return category(sign)[0] not in "ZC" and sign not in EMPTY


def can_be_kept(text: str) -> bool:
    """Whether PostgreSQL and UTF-8 have a form for it as it is."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def cleaned_through(value: Any) -> Any:
    """Every text in what JSON said, keys too."""
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, dict):
        return {cleaned_through(key): cleaned_through(item) for key, item in value.items()}
    if isinstance(value, list):
        return [cleaned_through(item) for item in value]
    return value
