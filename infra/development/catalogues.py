"""Checks that every sentence in code and pages is there in Finnish and Swedish, with the same placeholders and the agreed terms.

`make check` runs it. It fails on a sentence without a translation, a translation that lost a placeholder, two translations of one sentence
(all catalogues are one at run time: a sentence with two meanings needs a message context), and on a word that `terms.toml` forbids.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
TERMS = Path(__file__).with_name("terms.toml")
TRANSLATED = ("fi", "sv")  # English is the message id
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
WITH_CONTEXT = ((1, "c"), 2)
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": WITH_CONTEXT,
    "N_": None,
    "NC_": WITH_CONTEXT,
    "lazy": None,
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


@dataclass(frozen=True, order=True)
class Sentence:
    """An English sentence, with the context that tells which of its meanings it has here ("" for most)."""

    english: str
    context: str = ""

    def __str__(self) -> str:
        return f"{self.english} ({self.context})" if self.context else self.english


@dataclass(frozen=True)
class Translation:
    """How one catalogue translates a sentence: one form, or one for each of the plurals."""

    place: str
    forms: tuple[str, ...]


@dataclass(frozen=True)
class Term:
    """A word that we have agreed on for one thing, and what must not stand in its place.

    `where` and `unless` are looked for in the English sentence: the word is forbidden only there, or everywhere but there.
    """

    take: str
    instead_of: re.Pattern[str]
    where: re.Pattern[str] | None
    unless: re.Pattern[str] | None

    def is_broken_by(self, english: str, translated: str) -> bool:
        if (self.where and not self.where.search(english)) or (self.unless and self.unless.search(english)):
            return False
        return bool(self.instead_of.search(translated))


Known = dict[Sentence, list[Translation]]


def main() -> int:
    sentences = sentences_in(ROOT / "services")
    problems = [problem for language in TRANSLATED for problem in problems_of(language, sentences)]
    for problem in problems:
        print(problem)
    print(f"{len(sentences)} sentences, {len(problems)} problems.")
    return 1 if problems else 0


def sentences_in(folder: Path) -> dict[Sentence, str]:
    """Every sentence with the first place where it is said."""
    said: dict[Sentence, str] = {}
    options = {"**.html": {"silent": "false"}, "**.txt": {"silent": "false"}}
    for file, line, message, _comments, context in extract_from_dir(folder, METHODS, options, KEYWORDS):
        english = message[0] if isinstance(message, tuple) else message
        said.setdefault(Sentence(english, context or ""), f"{folder.name}/{file}:{line}")
    return said


def problems_of(language: str, said: dict[Sentence, str]) -> Iterator[str]:
    known = translations(language)
    for sentence, place in said.items():
        found = known.get(sentence)
        if not found:
            yield f"{place}: no {language} for: {sentence}"
        elif lost := placeholders([sentence.english]) - placeholders(found[0].forms):
            yield f"{place}: the {language} translation lost {', '.join(sorted(lost))}: {sentence}"
        elif new := invented(sentence.english, found[0].forms):
            yield f"{place}: nobody fills in {', '.join(sorted(new))} of the {language} translation: {sentence}"
    yield from conflicts(known)
    yield from forbidden(known, terms(language))


def conflicts(known: Known) -> Iterator[str]:
    for sentence, found in known.items():
        for other in found[1:]:
            if other.forms != found[0].forms:
                yield f"{other.place}: {found[0].place} translates this otherwise; give one a context: {sentence}"


def forbidden(known: Known, agreed: Iterable[Term]) -> Iterator[str]:
    agreed = list(agreed)
    for sentence, found in known.items():
        for translation in found:
            for term in agreed:
                if term.is_broken_by(sentence.english, " ".join(translation.forms)):
                    yield f"{translation.place}: say “{term.take}”: {' | '.join(translation.forms)}"


def terms(language: str) -> list[Term]:
    listed = tomllib.loads(TERMS.read_text(encoding="utf-8"))[language]
    return [
        Term(
            term["take"],
            re.compile(term["not"], re.IGNORECASE),
            _pattern(term.get("where")),
            _pattern(term.get("unless")),
        )
        for term in listed
    ]


def translations(language: str) -> Known:
    found: Known = {}
    for path in sorted((ROOT / "services").glob(f"**/translations/*.{language}.po")):
        for message in _read(path, language):
            forms = (
                tuple(message.string) if isinstance(message.string, tuple | list) else (message.string or "",)
            )
            if message.id and all(forms) and not message.fuzzy:
                english = message.id[0] if isinstance(message.id, tuple | list) else message.id
                translation = Translation(f"{path.relative_to(ROOT)}:{message.lineno}", forms)
                found.setdefault(Sentence(english, message.context or ""), []).append(translation)
    return found


def placeholders(forms: Iterable[str]) -> set[str]:
    """Returns the placeholders of every form: a singular may well leave out its number."""
    return set.intersection(*(set(PLACEHOLDER.findall(form)) for form in forms))


def invented(english: str, forms: tuple[str, ...]) -> set[str]:
    """Placeholders that only the translation has. Of plurals the English one is not at hand: they are not looked at."""
    return placeholders(forms) - placeholders([english]) if len(forms) == 1 else set()


def _pattern(text: str | None) -> re.Pattern[str] | None:
    return re.compile(text, re.IGNORECASE) if text else None


def _read(path: Path, language: str) -> Iterable[Message]:
    with open(path, "rb") as file:
        catalogue: Catalog = read_po(file, locale=language)
    return catalogue


if __name__ == "__main__":
    sys.exit(main())
