"""Which letters and signs our typefaces can print."""

import unicodedata
from functools import cache
from pathlib import Path

import font_hanken_grotesk
import font_source_serif_pro

HANKEN = Path(font_hanken_grotesk.__file__).parent / "files"
SOURCE_SERIF = Path(font_source_serif_pro.__file__).parent / "files"
UNSEEN = (
    "Cc",
    "Cf",
    "Mn",
    "Zs",
    "Zl",
    "Zp",
)  # controls, joiners, accents that melt into their letter, spaces


@cache
def printable() -> frozenset[int]:
    """Returns the code points that either typeface has; where one lacks a letter, the other one steps in."""
    from fontTools.ttLib import TTFont  # only here: idle processes need not hold it

    regular = (HANKEN / "HankenGrotesk-Regular.otf", SOURCE_SERIF / "SourceSerifPro-Regular.otf")
    return frozenset().union(*(TTFont(path, lazy=True).getBestCmap() for path in regular))


def unprintable_in(text: str) -> set[str]:
    """The characters of a text that would stay blank on paper, such as emoji."""
    letters = set(unicodedata.normalize("NFC", text))
    return {
        letter
        for letter in letters
        if ord(letter) not in printable() and unicodedata.category(letter) not in UNSEEN
    }
