"""What the launcher has told its processes is known to commands beside it, for as long as it runs."""

import json
import os
import subprocess
import sys

import pytest

from infra.demo.installation import running_here
from infra.one_machine.launcher import leave_note
from shared.settings import NotConfigured, launchers_note, setting


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A state directory with a running launcher: ourselves."""
    monkeypatch.setenv("POLKU_HOME", str(tmp_path))
    monkeypatch.setenv("POLKU_DATABASE", "127.0.0.1:5544/polku")
    monkeypatch.delenv("POLKU_KAFKA", raising=False)
    leave_note({"POLKU_WEB_PORT": 8180, "POLKU_SIGN_IN_PORT": 8183})
    monkeypatch.delenv("POLKU_DATABASE")
    return tmp_path


def test_a_command_finds_the_database_of_the_polku_that_runs_here(home):
    assert setting("DATABASE") == "127.0.0.1:5544/polku"
    assert setting("KAFKA", "") == ""


def test_a_command_finds_the_pages_of_the_polku_that_runs_here(home):
    assert running_here().site("avi") == "http://avi.polku.localhost:8180"
    assert running_here().sign_in == "http://127.0.0.1:8183"


def test_where_nothing_runs_the_settings_say_where_pages_would_be(home, monkeypatch):
    launchers_note().unlink()
    monkeypatch.setenv("POLKU_WEB_PORT", "8280")
    assert running_here().site("avi") == "http://avi.polku.localhost:8280"


def test_what_a_person_says_counts_more(home, monkeypatch):
    monkeypatch.setenv("POLKU_DATABASE", "elsewhere:5432/polku")
    assert setting("DATABASE") == "elsewhere:5432/polku"


def test_the_note_of_a_launcher_that_was_killed_is_not_believed(home):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    note = json.loads(launchers_note().read_text())
    launchers_note().write_text(json.dumps(note | {"launcher": gone.pid}))
    with pytest.raises(NotConfigured):
        setting("DATABASE")


def test_a_number_that_is_somebody_elses_now_is_not_believed(home):
    note = json.loads(launchers_note().read_text())
    assert note["launcher"] == os.getpid()
    launchers_note().write_text(json.dumps(note | {"born": note["born"] - 1}))
    with pytest.raises(NotConfigured):
        setting("DATABASE")
