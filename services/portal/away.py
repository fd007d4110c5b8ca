"""What the gateway says by itself while the portal starts or is away: in all languages, because it knows nobody's."""

from html import escape

from shared.languages import LANGUAGES, _, speaking

PAGE = (
    '<!doctype html><html lang="{first}"><meta charset="utf-8"><title>Polku</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<body>{sentences}</body></html>"
)


def page_in_all_languages() -> str:
    sentences = "".join(f'<p lang="{language}">{escape(said_in(language))}</p>' for language in LANGUAGES)
    return PAGE.format(first=LANGUAGES[0], sentences=sentences)


def said_in(language: str) -> str:
    with speaking(language):
        return _("Polku does not answer just now. Wait a moment, then open the page again.")
