"""The stylesheets: each class lives in one of them and is used, and each rule stands in its layer."""

import re

import pytest

from services.portal.look.area_files import AREAS, PORTAL
from tests.portal.templates import TEMPLATES

LOOK = PORTAL / "static/look.css"
OF_AREAS = {path.name: path for path in sorted(AREAS.glob("*/static/*.css"))}
LAYERS = ["tokens", "base", "components", "areas"]
FOR_ALL = ("@font-face", "@page", "@media print", "@media (prefers-reduced-motion: no-preference)")


def rules_in(css: str) -> list[str]:
    """The selectors of all rules, whatever they stand in."""
    bare = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", css, flags=re.DOTALL)
    return [found.strip() for found in re.findall(r"([^{};]+)\{", bare) if not found.strip().startswith("@")]


def classes_in(css: str) -> set[str]:
    return {name for rule in rules_in(css) for name in re.findall(r"\.([a-zA-Z][\w-]*)", rule)}


def blocks_in(css: str) -> list[str]:
    """What stands at the beginning of each line that is not indented and opens a block."""
    return [line.split("{")[0].strip() for line in css.splitlines() if re.match(r"[^\s/}].*\{", line)]


def test_a_class_lives_in_one_sheet():
    homes = {path.name: classes_in(path.read_text()) for path in (LOOK, *OF_AREAS.values())}
    lodgers = {
        (name, one, other)
        for one, ours in homes.items()
        for other, theirs in homes.items()
        for name in ours & theirs
        if one < other
    }
    assert not lodgers


def said_in_quotes() -> set[str]:
    """Every word in quotes in a template or a script; of a word that is put together, its beginning: `size-`."""
    sources = [*TEMPLATES.values(), *PORTAL.glob("**/static/*.js"), *PORTAL.glob("**/*.py")]
    quoted = [
        found for path in sources for found in re.findall(r"\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`", path.read_text())
    ]
    return set(re.findall(r"[a-zA-Z][\w-]*", " ".join(quoted)))


def test_no_class_is_left_that_nothing_wears():
    worn = said_in_quotes()
    beginnings = tuple(name for name in worn if name.endswith("-"))
    known = set().union(*(classes_in(path.read_text()) for path in (LOOK, *OF_AREAS.values())))
    assert not {name for name in known - worn if not name.startswith(beginnings)}


def test_the_look_stands_in_layers():
    css = LOOK.read_text()
    assert f"@layer {', '.join(LAYERS)};" in css
    blocks = [block for block in blocks_in(css) if not block.startswith(("::view-transition", *FOR_ALL))]
    assert blocks == [f"@layer {name}" for name in LAYERS[:3]]


@pytest.mark.parametrize("name", OF_AREAS)
def test_an_areas_sheet_stands_in_the_layer_of_areas(name):
    assert blocks_in(OF_AREAS[name].read_text()) == ["@layer areas"]


@pytest.mark.parametrize("name", OF_AREAS)
def test_an_areas_sheet_has_nothing_to_say_of_elements_as_such(name):
    """All sheets are worn at once on /style, and one may be borrowed by another area's pages."""
    of_all = [rule for rule in rules_in(OF_AREAS[name].read_text()) if not re.search(r"[.#\[]", rule)]
    assert not of_all
