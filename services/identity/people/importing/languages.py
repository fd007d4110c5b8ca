"""Languages as lists name them: by code or by name, in Finnish, Swedish or English."""

import re

CALLED = {
    "fi": "fi fin suomi suomenkielinen suomeksi finska finskspråkig finnish finska/suomi fi-fi",
    "sv": "sv swe ruotsi ruotsinkielinen ruotsiksi svenska svenskspråkig swedish sv-fi sv-se",
    "en": "en eng englanti englanninkielinen englanniksi engelska engelskspråkig english en-gb en-us",
}
CODES = {word: code for code, words in CALLED.items() for word in words.split()}


def language_called(said: str) -> str | None:
    """Returns the code of a language, None for one that is not known here: that is asked."""
    word = said.strip().casefold().replace("_", "-")
    return CODES.get(word) or CODES.get(re.split(r"[\s(\[,;]", word)[0]) or by_locale(word)


def by_locale(word: str) -> str | None:
    """sv-AX -> sv."""
    code, dash, rest = word.partition("-")
    return code if dash and code in CALLED and len(rest) <= 4 else None
