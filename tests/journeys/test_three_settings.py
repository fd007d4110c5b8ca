"""The same story in three settings: on one machine, in pieces on a real Kafka, and in pieces while things break at random.
What the pack decides comes out the same everywhere. What is drawn anew each time may differ, and is looked at by itself:

- `ranking` and `readings.fewest`: who is dealt which view is drawn; every reading is a vote, so their sum is the same;
- `lineage.edges`: whoever writes a card points to one of the views behind its question, and which views stand there follows
  the ranking;
- `events.told`: tallies are told in batches, as many as the time it took; every one of them is handled all the same.
"""

import json
import os
from pathlib import Path

import pytest

from infra.gateway.part import nginx
from infra.soak.__main__ import main as soak
from infra.soak.inside import LISTENING
from infra.story.__main__ import main as story
from tests.kafka.conftest import ask_for_kafka

PACK = Path(__file__).parents[1] / "packs" / "hybrid-work"
MOST_LINES, PEOPLE = 40, 62
ATTACKED = ["--attack", "--people", str(PEOPLE)]
ONE_STORY = "0.1"  # minutes: the soak always walks one story to its end
SAME = (
    "people",
    "views.sent",
    "views.shared",
    "views.rejected",
    "views.withdrawn",
    "views.waiting",
    "views.final",
    "votes.cast",
    "votes.counted",
    "readings.floor",
    "questions",
    "groups",
    "outcomes",
    "passages",
    "quotes.cleared",
    "editions",
    "teams.agreed",
    "events.dead",
    "lineage.passages_without_views",
    "lost",
)
KINDS = {
    "kill_a_worker",
    "stop_a_worker_beyond_its_lease",
    "let_members_join_and_leave",
    "tell_again",
    "cut_off_the_workers",
    "spoil_an_event",
    "break_a_service",
    "freeze_the_broker",
    "kill_the_broker",
}
pytestmark = [
    pytest.mark.kafka,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(nginx() is None, reason="needs nginx: apt-get install nginx"),
]


@pytest.fixture(autouse=True)
def settings_of_before():
    """The soak points this process at its own installation, which is gone afterwards."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def on_kafka():
    """Without it the pieces would quietly take PostgreSQL's log."""
    ask_for_kafka()
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("POLKU_ROAD", "kafka")
        yield


def figures(report: Path) -> dict:
    """Those that are to be the same; the others are held against each other within the report."""
    told = json.loads(report.read_text())
    assert_nobody_is_named_after_the_keys_day(told["attacks"])
    assert told["events.told"] == told["events.handled"] > 0
    assert told["readings.fewest"] >= told["readings.floor"]
    assert told["passages"] >= told["quotes.cleared"] > 0
    assert told["lineage.edges"] >= told["questions"] + told["outcomes"] + told["quotes.cleared"]
    return {name: told[name] for name in SAME} | {"ranked": len(told["ranking"])}


def assert_nobody_is_named_after_the_keys_day(attacks: dict) -> None:
    """What was to be found is there until then: whoever has keys, or a backup of them, can."""
    assert attacks["before"]["opened hands"] == attacks["until backups are gone"]["opened hands"] == PEOPLE
    assert attacks["before"]["opened views"] > 0 and attacks["before"]["found in files"] > 0
    assert attacks["before"].keys() < attacks["after"].keys() and set(attacks["after"].values()) == {0}


@pytest.fixture(scope="module")
def on_one_machine(tmp_path_factory) -> dict:
    out = tmp_path_factory.mktemp("one")
    assert story([str(PACK), *ATTACKED, "--out", str(out)]) == 0
    return figures(out / "report.json")


def test_in_pieces_on_kafka_the_report_is_the_same(on_one_machine, on_kafka, tmp_path):
    assert story([str(PACK), *ATTACKED, "--pieces", "--out", str(tmp_path)]) == 0
    assert figures(tmp_path / "report.json") == on_one_machine


def test_while_things_break_the_report_is_the_same_and_the_books_balance(
    on_one_machine, on_kafka, tmp_path, capsys
):
    failed = soak([str(PACK), *ATTACKED, "--minutes", ONE_STORY, "--out", str(tmp_path)])
    said = capsys.readouterr()
    assert not failed, "\n".join([*said.out.splitlines()[-MOST_LINES:], said.err])
    assert figures(tmp_path / "story-1" / "report.json") == on_one_machine
    assert said.out.count(": balanced") == len(LISTENING) and "NOT BALANCED" not in said.out
    happened = json.loads((tmp_path / "faults.json").read_text())
    assert happened.keys() == KINDS and all(happened.values()), happened
