"""An installation of the release before: settings and notes by the names that they had then are still understood."""

import json
import subprocess
import sys

import psutil
import pytest

from infra.distributed.addresses import first_port
from infra.processes.process import end_leftovers, left_behind
from shared.settings import setting

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_a_process_is_called_as_its_environment_of_before_says(monkeypatch):
    monkeypatch.delenv("POLKU_PROCESS_NAME", raising=False)
    monkeypatch.setenv("POLKU_PART", "voting-worker")
    assert setting("PROCESS_NAME", "web") == "voting-worker"


def test_the_first_port_of_before_is_taken(monkeypatch):
    monkeypatch.setenv("POLKU_PIECES_PORT", "9100")
    assert first_port() == 9100


def test_the_transport_of_before_is_taken(monkeypatch):
    monkeypatch.delenv("POLKU_TRANSPORT", raising=False)
    monkeypatch.setenv("POLKU_ROAD", "postgres")
    assert setting("TRANSPORT", "kafka") == "postgres"


def test_the_name_of_today_counts_more(monkeypatch):
    monkeypatch.setenv("POLKU_PIECES_PORT", "9100")
    monkeypatch.setenv("POLKU_DISTRIBUTED_PORT", "9200")
    assert first_port() == 9200


def test_a_command_finds_the_database_of_a_launcher_of_before(tmp_path, monkeypatch):
    monkeypatch.setenv("POLKU_HOME", str(tmp_path))
    monkeypatch.delenv("POLKU_DATABASE", raising=False)
    us = psutil.Process()
    note = {"launcher": us.pid, "born": us.create_time(), "settings": {"DATABASE": "127.0.0.1:5544/polku"}}
    (tmp_path / "told.json").write_text(json.dumps(note))
    assert setting("DATABASE") == "127.0.0.1:5544/polku"


@pytest.fixture
def neighbours(tmp_path):
    """The demonstration's sign-in and mailbox, as the launcher of before noted them."""
    left = psutil.Popen(SLEEPS, stdin=subprocess.DEVNULL)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "neighbours.json").write_text(json.dumps([left.pid, left.create_time()]))
    yield left
    if left.is_running():
        left.kill()


def test_what_the_launcher_of_before_left_running_is_ended(neighbours, tmp_path):
    assert end_leftovers(left_behind(tmp_path)) == ["neighbours"]
    assert not neighbours.is_running()
    assert left_behind(tmp_path) == []
