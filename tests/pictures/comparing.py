"""Compares two albums pixel by pixel and writes a report with both pictures of each page that differs side by side."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import unified_diff
from html import escape
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

TOLERANCE = 16  # of 255: how letters' edges are smoothed is no difference
AROUND = 9  # pixels around what differs by itself


@dataclass
class Difference:
    """One picture that is not what it was; `pixels` is 0 where it is missing in one of the albums."""

    name: str
    pixels: int
    what: str
    words: list[str] = field(default_factory=list)


def compare(before: Path, after: Path, again: Path | None = None) -> list[Difference]:
    """What differs in `after`; with `again`, the pages of before taken once more, without what differs by itself."""
    names = sorted({path.name for folder in (before, after) for path in folder.glob("*.png")})
    return [found for name in names if (found := difference(name, before, after, again))]


def difference(name: str, before: Path, after: Path, again: Path | None) -> Difference | None:
    if not (after / name).exists():
        return Difference(name, 0, "is not there any more")
    if not (before / name).exists():
        return Difference(name, 0, "is new")
    changed = changed_pixels(before / name, after / name)
    if again and (again / name).exists():
        changed = without(changed, changed_pixels(before / name, again / name))
    pixels = changed.histogram()[255]
    if not pixels:
        return None
    return Difference(name, pixels, f"{pixels} pixels differ", changed_words(name, before, after))


def changed_pixels(one: Path, other: Path) -> Image.Image:
    """White where they differ; the shorter one goes on in black."""
    pictures = [Image.open(path).convert("RGB") for path in (one, other)]
    size = (max(p.width for p in pictures), max(p.height for p in pictures))
    one_there, other_there = (picture.crop((0, 0, *size)) for picture in pictures)
    bands = ImageChops.difference(one_there, other_there).split()
    strongest = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return strongest.point(lambda value: 255 if value > TOLERANCE else 0)


def without(changed: Image.Image, by_itself: Image.Image) -> Image.Image:
    if not by_itself.getbbox():
        return changed
    restless = by_itself.crop((0, 0, *changed.size)).filter(ImageFilter.MaxFilter(AROUND))
    return ImageChops.subtract(changed, restless)


def changed_words(name: str, before: Path, after: Path) -> list[str]:
    text = name.rpartition("-")[0] + ".txt"
    lines = [
        (folder / text).read_text().splitlines() if (folder / text).exists() else []
        for folder in (before, after)
    ]
    return [line for line in unified_diff(*lines, lineterm="", n=0) if line[:3] not in ("---", "+++")]


def side_by_side(name: str, before: Path, after: Path) -> Image.Image:
    """Before, after, and after in grey with red where it differs."""
    changed = changed_pixels(before / name, after / name)
    ghost = Image.open(after / name).convert("L").point(lambda value: 160 + value * 3 // 8)
    marked = Image.merge("RGB", [ghost.crop((0, 0, *changed.size))] * 3)
    marked.paste((200, 0, 0), mask=changed.filter(ImageFilter.MaxFilter(3)))
    views = [Image.open(before / name).convert("RGB"), Image.open(after / name).convert("RGB"), marked]
    sheet = Image.new("RGB", (3 * changed.width + 20, changed.height), "white")
    for place, view in enumerate(views):
        sheet.paste(view, (place * (changed.width + 10), 0))
    return sheet


def write_report(found: list[Difference], before: Path, after: Path, report: Path) -> None:
    report.mkdir(parents=True, exist_ok=True)
    for one in found:
        if one.pixels:
            side_by_side(one.name, before, after).save(report / one.name)
    (report / "index.html").write_text("\n".join(as_page(found)))


def as_page(found: list[Difference]) -> Iterator[str]:
    yield "<!doctype html><meta charset=utf-8><title>What differs</title>"
    yield "<style>body { font: 1rem sans-serif } img { max-width: 100%; border: 1px solid } pre { white-space: pre-wrap }</style>"
    yield f"<h1>{len(found)} pictures differ</h1><p>Before, after, and where.</p>"
    for one in found:
        yield f"<h2>{escape(one.name)}: {one.what}</h2>"
        if one.words:
            yield f"<pre>{escape(chr(10).join(one.words))}</pre>"
        if one.pixels:
            yield f'<a href="{one.name}"><img loading="lazy" src="{one.name}" alt=""></a>'
