"""The operator's pages lead somewhere: links to headings that are there, commands to modules that are there."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs/operations").glob("*.md"))
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)]+))?\)")
COMMAND = re.compile(r"(?:python|keys) -m ([a-z_]+(?:\.[a-z_]+)*)")


def headings(page: Path) -> set[str]:
    """As GitHub makes anchors of them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    for path, heading in LINK.findall(page.read_text()):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert not heading or heading in headings(target), f"{path}#{heading}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_there(page):
    for name in COMMAND.findall(page.read_text()):
        spec = find_spec(name)
        assert spec, name
        assert not spec.submodule_search_locations or find_spec(f"{name}.__main__"), name


def test_every_page_is_in_the_index():
    index = (ROOT / "docs/operations/README.md").read_text()
    assert not [page.name for page in PAGES if page.name != "README.md" and f"({page.name})" not in index]
