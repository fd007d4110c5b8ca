"""The gateway's own pages, for when the portal is not asked or not there: in all languages, it knows nobody's."""

from collections.abc import Callable
from html import escape

from shared.languages import LANGUAGES, _, speaking

TOO_LARGE = "/too-large"  # the portal's page for what the gateway has refused
PAGE = (
    '<!doctype html><html lang="{first}"><meta charset="utf-8"><title>Polku</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<body>{sentences}</body></html>"
)


def page_in_all_languages(sentence: Callable[[], str]) -> str:
    paragraphs = "".join(f'<p lang="{language}">{said_in(language, sentence)}</p>' for language in LANGUAGES)
    return PAGE.format(first=LANGUAGES[0], sentences=paragraphs)


def said_in(language: str, sentence: Callable[[], str]) -> str:
    with speaking(language):
        return escape(sentence())


def away() -> str:
    return _("Polku does not answer just now. Wait a moment, then open the page again.")
