"""Cuts the two typefaces down to the letters we need and lays them beside the other static files, licences included.

Run at set-up: `python -m services.portal.look.fonts`. What it makes is not committed.
"""

import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from fontTools import subset

FOLDER = Path(__file__).parents[1] / "static" / "fonts"
# Latin, Latin-1, Latin Extended-A and the Sámi letters of Extended-B, the punctuation that editors use, arrows and marks
LETTERS = "U+0020-007E,U+00A0-017F,U+018F,U+01B7,U+01E4-01E9,U+01EE-01EF,U+0218-021B,U+0259,U+0292,U+02BC,U+02C7,U+02D8-02DD"
SIGNS = "U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+202F,U+2030,U+2032-2033,U+2039-203A,U+20AC,U+2122,U+2190-2193,U+2212,U+2248,U+2260,U+2264-2265"
FEATURES = "kern,liga,calt,ccmp,locl,mark,mkmk,tnum,lnum,pnum,frac,case"


@dataclass(frozen=True)
class Typeface:
    """A typeface: where it comes from, which of its cuts we use, and its licence."""

    package: str
    cuts: tuple[str, ...]
    licence: str


TYPEFACES = (
    Typeface(
        "font_hanken_grotesk",
        ("HankenGrotesk-Regular.otf", "HankenGrotesk-SemiBold.otf"),
        "OFL.txt",
    ),
    Typeface(
        "font_source_serif_pro",
        ("SourceSerifPro-Regular.otf", "SourceSerifPro-Semibold.otf", "SourceSerifPro-It.otf"),
        "LICENSE.txt",
    ),
)


def set_up(folder: Path = FOLDER) -> list[Path]:
    """The font files in the folder; only what is missing is made."""
    folder.mkdir(parents=True, exist_ok=True)
    return [made for typeface in TYPEFACES for made in _lay(typeface, folder)]


def _lay(typeface: Typeface, folder: Path) -> list[Path]:
    source = _files_of(typeface.package)
    shutil.copyfile(source / typeface.licence, folder / f"{typeface.package}-{typeface.licence}")
    return [_cut(source / name, folder / Path(name).with_suffix(".woff2").name) for name in typeface.cuts]


def _files_of(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            f"The typeface package {package} is not installed; `make install` installs it."
        )
    return Path(spec.origin).parent / "files"


def _cut(font: Path, into: Path) -> Path:
    if not into.exists():
        half = into.with_suffix(".half")  # a kill in the middle leaves no broken font behind
        subset.main(
            [
                str(font),
                f"--unicodes={LETTERS},{SIGNS}",
                f"--layout-features={FEATURES}",
                "--flavor=woff2",
                "--desubroutinize",
                f"--output-file={half}",
            ]
        )
        half.rename(into)
    return into


if __name__ == "__main__":
    sizes = [path.stat().st_size for path in set_up()]
    sys.stdout.write(f"{len(sizes)} fonts, {sum(sizes) // 1024} kB\n")
