"""Finds English that stands on a page of another language without saying so."""

import re

from lxml import html

GIVEN_AWAY_BY = re.compile(
    r"\b(the|of|and|was|were|is|are|to|who|with|that|from|has|have|been|its|until|after|when|by|not|yes)\b",
    re.I,
)


def unmarked_english(page: html.HtmlElement) -> list[str]:
    """Pieces of text, outside whatever is marked as another language, that hold a word that only English has."""
    texts = page.xpath("//main//text()[not(ancestor::*[@lang='en' or self::script or self::style])]")
    return [" ".join(text.split()) for text in texts if GIVEN_AWAY_BY.search(text)]
