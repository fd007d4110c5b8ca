"""To understand one thing, somebody opens few short files; docs/architecture.md tells which."""

import re

import pytest

from tests.architecture.walks import (
    MOST_FILES,
    MOST_ON_THE_PATH,
    MOST_TO_OPEN,
    ROOT,
    WALKS,
    files_of,
    measured,
)

A_LITTLE = 20  # lines: the page is made anew when a walk has changed by more


@pytest.mark.parametrize("walk", WALKS)
def test_a_walk_is_short(walk):
    files, on_the_path, to_open = measured(walk)
    assert files <= MOST_FILES and on_the_path <= MOST_ON_THE_PATH and to_open <= MOST_TO_OPEN


@pytest.mark.parametrize("walk", WALKS)
def test_the_page_tells_what_is_measured(walk):
    """`python -m tests.architecture.walks` prints what it should tell."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    told = re.search(rf"^\| {walk} \| (\d+) \| (\d+) \| (\d+) \| (.*) \|$", page, re.M)
    assert told and told[4] == files_of(walk)
    for now, then in zip(measured(walk), map(int, told.groups()[:3]), strict=True):
        assert abs(now - then) <= A_LITTLE
