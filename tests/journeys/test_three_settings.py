"""The same story in three settings: on one machine, in pieces on a real Kafka, and in pieces while things break at random.
What the pack decides comes out the same everywhere; who is dealt which view is drawn anew each time."""

import json
from pathlib import Path

import pytest

from infra.gateway.part import nginx
from infra.soak.__main__ import main as soak
from infra.story.__main__ import main as story
from tests.kafka.conftest import ask_for_kafka

PACK = Path(__file__).parents[1] / "packs" / "hybrid-work"
MOST_LINES = 40
ONE_STORY = "0.1"  # minutes: the soak always walks one story to its end
SAME = (
    "people",
    "views.sent",
    "views.shared",
    "views.rejected",
    "views.withdrawn",
    "views.final",
    "votes.cast",
    "votes.counted",
    "questions",
    "groups",
    "outcomes",
    "editions",
    "teams.agreed",
    "events.dead",
    "lineage.passages_without_views",
    "lost",
)
pytestmark = [
    pytest.mark.kafka,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(nginx() is None, reason="needs nginx: apt-get install nginx"),
]


@pytest.fixture(scope="module")
def on_kafka():
    """Without it the pieces would quietly take PostgreSQL's log."""
    ask_for_kafka()
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("POLKU_ROAD", "kafka")
        yield


def figures(report: Path) -> dict:
    told = json.loads(report.read_text())
    return {name: told[name] for name in SAME}


@pytest.fixture(scope="module")
def on_one_machine(tmp_path_factory) -> dict:
    out = tmp_path_factory.mktemp("one")
    assert story([str(PACK), "--out", str(out)]) == 0
    return figures(out / "report.json")


def test_in_pieces_on_kafka_the_report_is_the_same(on_one_machine, on_kafka, tmp_path):
    assert story([str(PACK), "--pieces", "--out", str(tmp_path)]) == 0
    assert figures(tmp_path / "report.json") == on_one_machine


def test_while_things_break_the_report_is_the_same_and_the_books_balance(
    on_one_machine, on_kafka, tmp_path, capsys
):
    failed, said = soak([str(PACK), "--minutes", ONE_STORY, "--out", str(tmp_path)]), capsys.readouterr()
    assert not failed, "\n".join([*said.out.splitlines()[-MOST_LINES:], said.err])
    assert figures(tmp_path / "story-1" / "report.json") == on_one_machine
    assert "fault:" in said.out and "balanced" in said.out
