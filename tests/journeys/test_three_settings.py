"""The same story distributed on a real Kafka, and distributed while things break at random: its figures are those of one machine,
where test_story.py walks it."""

import json
import os

import pytest

from infra.gateway.process import nginx
from tests.journeys.figures import ATTACKED, DECIDED, PACK, figures
from tests.kafka.conftest import jars as jars
from tests.soak.__main__ import main as soak
from tests.soak.inside import LISTENING
from tests.story.__main__ import main as story

MOST_LINES = 40
ONE_STORY = "0.1"  # minutes: the soak always walks one story to its end
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
def on_kafka(jars):
    """Without it the processes would quietly take PostgreSQL's log."""
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("POLKU_TRANSPORT", "kafka")
        yield


def test_distributed_on_kafka_the_report_is_the_same(on_kafka, tmp_path):
    assert story([str(PACK), *ATTACKED, "--distributed", "--out", str(tmp_path)]) == 0
    assert figures(tmp_path / "report.json") == DECIDED


def test_while_things_break_the_report_is_the_same_and_the_books_balance(on_kafka, tmp_path, capsys):
    failed = soak([str(PACK), *ATTACKED, "--minutes", ONE_STORY, "--out", str(tmp_path)])
    said = capsys.readouterr()
    assert not failed, "\n".join([*said.out.splitlines()[-MOST_LINES:], said.err])
    assert figures(tmp_path / "story-1" / "report.json") == DECIDED
    assert said.out.count(": balanced") == len(LISTENING) and "NOT BALANCED" not in said.out
    happened = json.loads((tmp_path / "faults.json").read_text())
    assert happened.keys() == KINDS and all(happened.values()), happened
