"""The launcher as a person meets it at the keyboard."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from infra import trouble
from infra.database.postgres import Postgres
from infra.one_machine.setup import HalfLoaded, must_not_be_half_loaded
from infra.secrets import ensure_secrets

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120


class Launched:
    """A launcher in a folder of its own, and what it says."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "infra.launch"],
            cwd=ROOT,
            env=os.environ | environment | {"POLKU_DEMONSTRATION": "empty"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_until_it_says(self, words: str) -> str:
        said = ""
        for line in self.process.stdout:
            said += line
            if words in line:
                return said
        raise AssertionError(f"It never said {words!r}:\n{said}")

    def end(self, sign: signal.Signals = signal.SIGINT) -> str:
        self.process.send_signal(sign)
        said, _ = self.process.communicate(timeout=PATIENCE)
        return said

    def ends_by_itself(self) -> str:
        said, _ = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 1
        assert "Traceback" not in said
        return said


@pytest.fixture
def launch(on_free_ports):
    launched = []

    def start() -> Launched:
        launched.append(Launched(on_free_ports))
        return launched[-1]

    yield start
    for each in launched:
        if each.process.poll() is None:
            each.end()


@pytest.fixture
def database(tmp_path):
    """A database of an earlier start; it does not run."""
    private, _ = ensure_secrets(tmp_path)
    postgres = Postgres(tmp_path, json.loads(private.read_text()))
    postgres.start()
    postgres.stop()
    return postgres


def page(environment: dict[str, str], name: str, path: str = "/readyz") -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{environment[f'POLKU_{name}_PORT']}{path}") as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.whole
def test_it_starts_survives_a_kill_and_keeps_its_data(launch, on_free_ports, tmp_path):
    first = launch()
    said = first.wait_until_it_says("Ctrl-C stops everything")
    assert "console.polku.localhost" in said and "Kaisa Niemi" in said
    assert [page(on_free_ports, name) for name in ("WEB", "LIVE", "WORKER", "SIGN_IN", "MAILBOX")] == [
        200
    ] * 5
    born = secrets_and_database(tmp_path)
    running = [json.loads(note.read_text())[0] for note in (tmp_path / "run").glob("*.json")]

    first.end(signal.SIGKILL)
    second = launch()
    said = second.wait_until_it_says("Ctrl-C stops everything")
    assert "The last start was cut off" in said
    assert not [pid for pid in running if psutil.pid_exists(pid)]
    assert secrets_and_database(tmp_path) == born

    said = second.end()
    assert second.process.returncode == 0
    assert "Stopped. All data are kept." in said and "Traceback" not in said
    assert not list((tmp_path / "run").glob("*.json"))
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


def secrets_and_database(home: Path) -> tuple[str, str]:
    """What would be another one if it had been made anew."""
    return (home / "secrets.json").read_text(), (home / "postgres" / "PG_VERSION").stat().st_mtime_ns


def test_a_taken_port_is_said_with_the_way_out(launch, on_free_ports):
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(on_free_ports["POLKU_MAILBOX_PORT"])))
        other.listen()
        said = launch().ends_by_itself()
    assert f"Port {on_free_ports['POLKU_MAILBOX_PORT']} is taken" in said
    assert "POLKU_MAILBOX_PORT=" in said


def test_a_broken_data_directory_is_said_with_the_way_out(launch, database):
    shutil.rmtree(database.data / "global")
    said = launch().ends_by_itself()
    assert f"The database in {database.data} cannot be started" in said
    assert "make reset" in said


def test_secrets_that_do_not_fit_the_database_are_said_with_the_way_out(launch, database, tmp_path):
    (tmp_path / "secrets.json").unlink()
    said = launch().ends_by_itself()
    assert "are not those of the database" in said
    assert not (database.data / "postmaster.pid").exists()


def test_a_database_that_a_killed_launcher_left_running_is_taken_over(database):
    database.start()
    again = Postgres(database.data.parent, {"database": database.passwords})
    again.start()
    assert again.port == database.port
    again.stop()


def test_a_home_that_is_a_file_is_said_with_the_way_out(launch, monkeypatch, tmp_path, on_free_ports):
    on_free_ports["POLKU_HOME"] = str(tmp_path / "file")
    (tmp_path / "file").touch()
    assert "POLKU_HOME=/another/folder make run" in launch().ends_by_itself()


def test_a_full_disk_is_said_with_the_way_out(monkeypatch, tmp_path):
    usage = namedtuple("usage", "total used free")(10**9, 10**9, 0)
    monkeypatch.setattr(trouble.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(trouble.DiskFull, match="is full. Free at least 300 MB"):
        trouble.check_space(tmp_path)


def test_live_may_hold_a_whole_hall_where_the_shell_allows_a_thousand_files(tmp_path):
    said = subprocess.run(
        ["sh", "-c", f"ulimit -Sn 256 && {sys.executable} -c '{PREPARE}' {tmp_path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(said.stdout) > 2_000


PREPARE = """
import resource, sys
from pathlib import Path
from infra.one_machine.launcher import prepare
prepare(Path(sys.argv[1]))
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"""


def test_what_nobody_foresaw_says_where_its_details_are(tmp_path):
    assert f"details are in {tmp_path / 'logs'}" in trouble.sentence_for(KeyError("x"), tmp_path)


def test_a_demonstration_that_was_cut_off_is_said_at_the_next_start(tmp_path):
    """What is there already would be refused a second time, minutes later and less clearly."""
    (tmp_path / "run").mkdir()
    must_not_be_half_loaded(tmp_path)
    (tmp_path / "run" / "demonstration-begun").touch()
    with pytest.raises(HalfLoaded, match="`make reset`"):
        must_not_be_half_loaded(tmp_path)
    (tmp_path / "demonstration").touch()
    must_not_be_half_loaded(tmp_path)
