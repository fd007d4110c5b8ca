"""Texts as people mean them: without what no person types, in one form whatever device wrote them."""

import re
from typing import Any
from unicodedata import category, normalize

SURROGATES = "\ud800-\udfff"  # halves of a character; UTF-8 and so PostgreSQL have no form for them
CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff"
DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they show a text otherwise than it is stored
# They show nothing, so they would say to whoever decodes them what no moderator has read: word joiner, invisible operators and
# deprecated format characters, annotations, Khmer vowels without a sign, formats of shorthand and music, the rest of plane 14
# (https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point). Soft hyphens stay; so do ZWNJ and ZWJ (U+200C, U+200D):
# Persian words and joined emoji are written with them.
UNSEEN = "\u17b4\u17b5\u2060-\u2065\u206a-\u206f\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0080-\U000e00ff\U000e01f0-\U000e0fff"
NOT_TYPED = re.compile(f"[{SURROGATES}{CONTROLS}{DIRECTIONS}{UNSEEN}]")
# The same, but for one place each: in the three flags that screens show (https://www.unicode.org/reports/tr51/#valid-emoji-tag-sequences;
# behind any other flag a whole letter could hide), after an ideograph, before a Mongolian final vowel, between words that are
# written without blanks.
FLAGS = "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f"
IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WITHOUT_BLANKS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
IN_ITS_PLACE = (
    f"{FLAGS}|(?<=[{IDEOGRAPHS}])[\U000e0100-\U000e01ef]"
    "|(?<=[\u1820-\u18aa])\u180e(?=[\u1820\u1821])"
    f"|(?<=[{WITHOUT_BLANKS}])\u200b(?=[{WITHOUT_BLANKS}])"
)
OUT_OF_PLACE = re.compile(f"({IN_ITS_PLACE})|[\u180e\u200b\U000e0000-\U000e01ef]")
# A sign has one variation: more of them in a row are letters to whoever counts them.
SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
ONE_TOO_MANY = re.compile(rf"(?<![^\s{SELECTORS}])[{SELECTORS}]")
RARE = re.compile(
    f"[{SELECTORS}\u180e\u200b\U000e0000-\U000e007f]"
)  # asked first: few texts need the slow looks
# Letters and signs by name that show nothing alone: fillers, an empty braille cell, what only varies another sign.
EMPTY = re.compile(f"[\u115f\u1160\u3164\uffa0\u2800\u034f{SELECTORS}]")
LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")


def cleaned(text: str) -> str:
    """The text in NFC, with one kind of line end, and without controls, bidi signs, halves of characters and letters that
    no screen shows."""
    if text.isascii() and text.isprintable():
        return text
    seen = NOT_TYPED.sub("", LINE_ENDS.sub("\n", text))
    return normalize("NFC", all_in_its_place(seen) if RARE.search(seen) else seen)


def all_in_its_place(text: str) -> str:
    return ONE_TOO_MANY.sub("", OUT_OF_PLACE.sub(in_its_place, text))


def in_its_place(found: re.Match[str]) -> str:
    return found[1] or ""


def in_one_line(text: str) -> str:
    """A name or title: runs of white space are one blank, and what shows nothing at all is empty."""
    return " ".join(text.split()) if shows_something(text) else ""


def shows_something(text: str) -> bool:
    return any(is_seen(sign) for sign in text)


def is_seen(sign: str) -> bool:
    return category(sign)[0] not in "ZC" and not EMPTY.fullmatch(sign)


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
