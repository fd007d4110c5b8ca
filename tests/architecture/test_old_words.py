"""Words that the machinery had before stay out of code, tables, pages, metrics and documents: it has the field's words now (docs/glossary.md).

Each has an allowance: the lines in which it still stands, because it is right there (a person's house, a letter of the alphabet), because
an address or a stored name has to stay, or because somebody has not come to it yet. An allowance only falls: whoever takes words out
lowers it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("services", "shared", "infra", "tests", "docs")
TEXTS = {".py", ".md", ".html", ".po", ".yml", ".json", ".js", ".css", ".toml", ".txt", ".j2", ".sh"}
TELLS_OF_BEFORE = (
    "docs/decisions",
    "docs/glossary.md",
    "shared/contracts/released",
    "shared/migrations/renamed_tables.py",
    "tests/architecture/test_old_words.py",
    "tests/packs",
    "tests/shared/test_messaging_tables_of_before.py",
)
OLD = {
    # the word of before, what it is called, and in how many lines it may still stand
    r"roads?": ("transport, path or journey", 5),
    r"(?<!dead.)(?<!dead_)(?<!/)letters?": ("dead letter or mail (addresses and JSON stay)", 117),
    r"brakes?|braking": ("halted partition (JSON and addresses stay)", 9),
    r"tellers?": ("relay", 0),
    r"hearers?": ("consumer", 0),
    r"ears?": ("notifications", 1),
    r"ear_for": ("notifications_for", 0),
    r"Courtesy": ("Backpressure", 0),
    r"NO_END": ("UNLIMITED", 0),
    r"errands?": ("job", 0),
    r"deeds?": ("job", 0),
    r"alarms?": ("timer", 0),
    r"ring_once|unring|rouse": ("schedule_once, cancel, notify_worker", 0),
    r"told_on": ("event", 0),
    r"KERNEL|mechanisms\.py": ("messaging_tables", 5),
    r"Wires": ("ConnectionPool", 0),
    r"Enduring": ("RetryingTransport", 0),
    r"harmless_twice|AS_HARMLESS": ("idempotent", 0),
    r"la(?:y|id|ying) aside": ("dead_letter", 1),
    r"bur(?:y|ied|ies)": ("dead_letter", 1),
    r"Doorkeeper|stand_at_the_door": ("SignInClient, init_request", 0),
    r"Parcel": ("DeliveryRequest", 0),
    r"outward\.py|rounds\.py|lookups\.py": ("catalogue, delivery, dns", 1),
    r"weaving|walking": ("write, query", 6),
    r"census": ("table checksums", 0),
    r"farewell": ("stop_signal", 3),
    r"neighbours?": ("demo services", 20),
    r"moving house": ("migrate to Kafka", 1),
    r"polku_brake|polku_alarms_overdue": ("polku_partition_halted, polku_timers_overdue", 2),
    r"BrakeOn|AlarmsOverdue": ("PartitionHalted, TimersOverdue", 0),
    r"POLKU_ROAD": ("POLKU_TRANSPORT", 1),
    r"run-pieces|in pieces": ("distributed", 4),
}


def lines() -> Iterator[str]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            inside = path.relative_to(ROOT).as_posix()
            if path.suffix in TEXTS and not inside.startswith(TELLS_OF_BEFORE):
                yield from path.read_text().splitlines()
    for path in (*ROOT.glob("*.md"), ROOT / "Makefile", ROOT / "docker-compose.yml"):
        if path.name != "CHANGELOG.md":
            yield from path.read_text().splitlines()


@pytest.fixture(scope="module")
def written() -> str:
    return "\n".join(lines())


@pytest.mark.parametrize(
    ("word", "instead", "allowed"), [(word, *rest) for word, rest in OLD.items()], ids=list(OLD)
)
def test_an_old_word_is_in_no_more_lines_than_before(written, word, instead, allowed):
    found = len(re.findall(rf"^.*\b(?:{word})\b.*$", written, re.M | re.I))
    assert found <= allowed, (
        f"{word} is called {instead} now, and stands in {found} lines: {allowed} are allowed."
    )
