"""Checks that every sentence in code and pages is there in Finnish and Swedish, with the same placeholders.

`make check` runs it: a sentence without a translation, or a translation that lost a placeholder, fails.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
TRANSLATED = ("fi", "sv")  # English is the message id
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None, "lazy": None}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def main() -> int:
    said = sentences_in(ROOT / "services")
    problems = [problem for language in TRANSLATED for problem in problems_of(language, said)]
    for problem in problems:
        print(problem)
    print(f"{len(said)} sentences, {len(problems)} problems.")
    return 1 if problems else 0


def sentences_in(folder: Path) -> dict[str, str]:
    """Every sentence with the first place where it is said."""
    said: dict[str, str] = {}
    options = {"**.html": {"silent": "false"}, "**.txt": {"silent": "false"}}
    for file, line, message, _comments, _context in extract_from_dir(folder, METHODS, options, KEYWORDS):
        sentence = message[0] if isinstance(message, tuple) else message
        said.setdefault(sentence, f"{folder.name}/{file}:{line}")
    return said


def problems_of(language: str, said: dict[str, str]) -> Iterator[str]:
    known = translations(language)
    for sentence, place in said.items():
        translated = known.get(sentence)
        if not translated:
            yield f"{place}: no {language} for: {sentence}"
        elif lost := placeholders([sentence]) - placeholders(translated):
            yield f"{place}: the {language} translation lost {', '.join(sorted(lost))}: {sentence}"


def translations(language: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "services").glob(f"**/translations/*.{language}.po")):
        for message in _read(path, language):
            forms = (
                list(message.string) if isinstance(message.string, tuple | list) else [message.string or ""]
            )
            if message.id and all(forms) and not message.fuzzy:
                found[message.id[0] if isinstance(message.id, tuple | list) else message.id] = forms
    return found


def placeholders(forms: Iterable[str]) -> set[str]:
    """Those in every form: a singular may well leave out its number."""
    return set.intersection(*(set(PLACEHOLDER.findall(form)) for form in forms))


def _read(path: Path, language: str) -> Iterable[Message]:
    with open(path, "rb") as file:
        catalogue: Catalog = read_po(file, locale=language)
    return catalogue


if __name__ == "__main__":
    sys.exit(main())
