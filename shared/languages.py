"""Finnish, Swedish and English: the English sentence is the message id, catalogues lie beside the code that speaks."""

import gettext as gnu
import io
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

LANGUAGES = ("fi", "sv", "en")
NAMES = {"fi": "Suomi", "sv": "Svenska", "en": "English"}
SERVICES = Path(__file__).parent.parent / "services"
_language: ContextVar[str] = ContextVar("language", default="fi")
SORTS_AS = str.maketrans(
    {"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}", "ü": "y", "đ": "d", "ð": "d", "ł": "l", "þ": "th"}
)
"""As CLDR has it for both languages; { | and } come after z."""
ZONE: tzinfo = ZoneInfo("Europe/Helsinki")


def current_language() -> str:
    return _language.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    token = _language.set(language if language in LANGUAGES else LANGUAGES[0])
    try:
        yield
    finally:
        _language.reset(token)


@cache
def translations(language: str) -> gnu.NullTranslations:
    """All catalogues `services/**/translations/*.<language>.po` as one; English needs none."""
    if language == "en":
        return gnu.NullTranslations()
    merged = Catalog(locale=language)
    for path in sorted(SERVICES.glob(f"**/translations/*.{language}.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string:
                    merged.add(message.id, message.string, context=message.context)
    return compiled(merged)


def compiled(catalog: Catalog) -> gnu.GNUTranslations:
    packed = io.BytesIO()
    write_mo(packed, catalog)
    packed.seek(0)
    return gnu.GNUTranslations(packed)


def gettext(sentence: str) -> str:
    """Translates a sentence. An empty one is returned as it is: gettext would answer with the catalogue's header."""
    return sentence and translations(current_language()).gettext(sentence)


_ = gettext


def pgettext(context: str, sentence: str) -> str:
    """Translates a sentence that means something else elsewhere: the context says which of its meanings this is."""
    return translations(current_language()).pgettext(context, sentence)


def ngettext(one: str, many: str, number: int) -> str:
    return translations(current_language()).ngettext(one, many, number)


def day(moment: date | datetime, form: str = "long") -> str:
    """14. maaliskuuta 2027, in the reader's language and Finnish time."""
    return format_date(
        moment.astimezone(ZONE) if isinstance(moment, datetime) else moment, form, current_language()
    )


def alphabetical(name: str) -> str:
    """Returns the letters by which a name of people or places sorts in Finnish and Swedish: å, ä and ö after z, capitals beside small
    letters, ü as y, other accents as if they were not there. Plain text order of these is the order of names."""
    ours = unicodedata.normalize("NFC", name).casefold().translate(SORTS_AS)
    return "".join(
        letter for letter in unicodedata.normalize("NFD", ours) if not unicodedata.combining(letter)
    )


def by_name(named: Any) -> tuple[str, str]:
    """Returns the key by which a short list of what has a name is sorted; those of one name stay in the order they come in."""
    return alphabetical(named.name), named.name


def clock(moment: datetime) -> str:
    return format_time(moment, "short", tzinfo=ZONE, locale=current_language())


def day_and_time(moment: datetime, form: str = "medium") -> str:
    return format_datetime(moment, form, tzinfo=ZONE, locale=current_language())


def number(value: float) -> str:
    return format_decimal(value, locale=current_language())


def percent(share: float) -> str:
    return format_percent(share, locale=current_language())
