"""Documents for newcomers name things that are there: paths, commands, and pages that they link to."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ["CONTRIBUTING.md", "README.md", "docs/house-style.md", "docs/integrating.md", "docs/testing.md"]
PLACE = re.compile(r"(?<![\w./<-])((?:services|shared|infra|tests|docs)/[\w./-]*\w)(?![\w/]*[<*])")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def text_of(page):
    return (ROOT / page).read_text()


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_it_names_is_there(page):
    named = set(PLACE.findall(text_of(page)))
    assert named and not [path for path in sorted(named) if not (ROOT / path).exists()]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_that_it_links_to_is_there(page):
    linked = set(LINK.findall(text_of(page)))
    assert not [link for link in sorted(linked) if not (ROOT / page).parent.joinpath(link).exists()]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_it_shows_is_there(page):
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = {
        word
        for line in re.findall(r"^make [a-z -]+", text_of(page), re.MULTILINE)
        for word in line.split()[1:]
    }
    assert shown <= known


def test_every_module_that_is_started_by_hand_is_there():
    started = {
        name
        for page in PAGES
        for name in re.findall(r"python -m ((?:infra|shared|tests|services)[\w.]+\w)", text_of(page))
    }
    places = {name: ROOT.joinpath(*name.split(".")) for name in started}
    assert places and not [
        name
        for name, path in places.items()
        if not (path.with_suffix(".py").exists() or (path / "__main__.py").exists())
    ]
