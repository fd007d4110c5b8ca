"""What the documents on security say is shown by tests is shown by tests that are there."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("docs/security.md", "docs/asvs.md", "docs/privacy.md")
NAMED = re.compile(r"(tests/[\w/]+\.py)(?:::(test_\w+))?")
ROW = re.compile(r"^\| V(\d+)\.\d+\.\d+ \| (yes|not yet|n/a) \| (.+) \|$", re.M)
# OWASP ASVS 5.0.0: requirements of levels 1 and 2 by chapter
OF_CHAPTER = {
    1: 27,
    2: 11,
    3: 19,
    4: 10,
    5: 9,
    6: 35,
    7: 18,
    8: 7,
    9: 7,
    10: 29,
    11: 14,
    12: 9,
    13: 13,
    14: 9,
    15: 13,
    16: 16,
    17: 7,
}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_test_that_is_named_is_there(document):
    said = (ROOT / document).read_text()
    named = set(NAMED.findall(said))
    assert named
    missing = [f"{path}::{name}" for path, name in named if not is_there(path, name)]
    assert not missing


def is_there(path: str, name: str) -> bool:
    source = ROOT / path
    return source.exists() and (
        not name or re.search(rf"^def {name}\(", source.read_text(), re.M) is not None
    )


def test_no_requirement_of_the_standard_is_left_out():
    rows = ROW.findall((ROOT / "docs/asvs.md").read_text())
    assert Counter(int(chapter) for chapter, _, _ in rows) == OF_CHAPTER
    assert all(words.strip() for _, _, words in rows)
