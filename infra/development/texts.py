"""`python -m infra.development.texts` (`make texts`): every new sentence gets its place in the Finnish and Swedish catalogue beside it.

It is added at the end, without a translation, with the line where it is said. Nothing that stands there is changed. `make check` fails
until all are translated; it also asks for what stands in docstrings and is read by people, such as refusals and events.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import normalize, read_po

from infra.development.catalogues import KEYWORDS, METHODS, ROOT, TRANSLATED

SERVICES = ROOT / "services"


@dataclass(frozen=True)
class Sentence:
    """In English, with its plural and its context, where it has them."""

    one: str
    many: str = ""
    context: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.one, self.context

    def as_entry(self, place: str) -> str:
        context = f"msgctxt {normalize(self.context)}\n" if self.context else ""
        if self.many:
            rest = f'msgid_plural {normalize(self.many)}\nmsgstr[0] ""\nmsgstr[1] ""\n'
        else:
            rest = 'msgstr ""\n'
        return f"\n#: {place}\n{context}msgid {normalize(self.one)}\n{rest}"


def main() -> int:
    found = sentences()
    for language in TRANSLATED:
        known = keys_in(catalogues(SERVICES, language))
        for catalogue, entries in sorted(lacking(found, known, language).items()):
            with catalogue.open("a") as file:
                file.writelines(entries)
            print(f"{catalogue.relative_to(ROOT)}: {len(entries)} to translate, at its end")
    return 0


def sentences() -> dict[Sentence, Path]:
    """Each with the file and line where it is said first."""
    found: dict[Sentence, Path] = {}
    options = {"**.html": {"silent": "false"}, "**.txt": {"silent": "false"}}
    for file, line, message, _comments, context in extract_from_dir(SERVICES, METHODS, options, KEYWORDS):
        one, many = message[:2] if isinstance(message, tuple) else (message, "")
        found.setdefault(Sentence(one, many, context or ""), SERVICES / f"{file}:{line}")
    return found


def catalogues(folder: Path, language: str) -> list[Path]:
    return sorted(folder.glob(f"**/translations/*.{language}.po"))


def keys_in(catalogues: Iterable[Path]) -> set[tuple[str, str]]:
    known = set()
    for path in catalogues:
        with path.open("rb") as file:
            for message in read_po(file):
                one = message.id[0] if isinstance(message.id, tuple | list) else message.id
                known |= {(one, message.context or "")} if one else set()
    return known


def lacking(said: dict[Sentence, Path], known: set[tuple[str, str]], language: str) -> dict[Path, list[str]]:
    """New entries, by the catalogue that they belong into."""
    found: dict[Path, list[str]] = defaultdict(list)
    for sentence, place in said.items():
        if sentence.key not in known:
            entry = sentence.as_entry(str(place.relative_to(ROOT)))
            found[catalogue_beside(place, language)].append(entry)
    return found


def catalogue_beside(place: Path, language: str) -> Path:
    """The nearest one above the place: named like its module or its area, else the first of its folder."""
    for folder in place.parents:
        if beside := sorted((folder / "translations").glob(f"*.{language}.po")):
            names = (place.name.partition(".")[0], folder.name)
            named = [path for path in beside if path.name.partition(".")[0] in names]
            return (named or beside)[0]
    raise LookupError(f"No catalogue lies above {place}.")


if __name__ == "__main__":
    sys.exit(main())
