"""Lines of processes lie in a file of their day, and are gone when they are as old as a backup may be."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from infra.processes.log_files import LogFiles
from infra.processes.process import Process

MONDAY = date(2026, 11, 30)
TUESDAY = MONDAY + timedelta(days=1)
WRITES = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"


@pytest.fixture
def home(tmp_path):
    for room in ("logs", "run", "kafka"):
        (tmp_path / room).mkdir()
    return tmp_path


@pytest.fixture
def logs(home) -> LogFiles:
    logs = LogFiles(home)
    logs.look(MONDAY)
    return logs


@pytest.fixture
def process(home):
    """A process that has its log open, as every process has."""
    with (home / "logs" / "web.log").open("ab") as log:
        command = [sys.executable, "-c", WRITES]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, text=True)
    yield process
    process.stdin.close()
    process.wait()


def says(process, home, line: str) -> None:
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    while line not in (home / "logs" / "web.log").read_text():
        assert process.poll() is None


def test_a_day_has_a_file_of_its_own_while_the_process_goes_on(logs, process, home):
    says(process, home, "on Monday")
    logs.look(TUESDAY)
    says(process, home, "on Tuesday")
    assert (home / "logs" / "web.log.2026-11-30").read_text() == "on Monday\n"
    assert (home / "logs" / "web.log").read_bytes() == b"on Tuesday\n"


def test_the_database_and_the_broker_too(logs, home):
    for name in ("postgres.log", "kafka/broker.log"):
        (home / name).write_text("on Monday\n")
    logs.look(TUESDAY)
    for name in ("postgres.log", "kafka/broker.log"):
        assert (home / f"{name}.2026-11-30").read_text() == "on Monday\n" and not (home / name).read_text()


def test_who_starts_and_stops_within_a_day_keeps_one_file(logs, home):
    (home / "logs" / "web.log").write_text("on Monday\n")
    LogFiles(home).look(MONDAY)
    assert [path.name for path in (home / "logs").iterdir()] == ["web.log"]


def test_what_was_written_before_a_long_rest_is_of_the_day_on_which_it_began(logs, home):
    (home / "logs" / "web.log").write_text("on Monday\n")
    LogFiles(home).look(MONDAY + timedelta(days=9))
    assert (home / "logs" / "web.log.2026-11-30").exists()


def test_a_file_is_deleted_on_the_day_on_which_a_backup_of_its_first_line_would_be(logs, home, monkeypatch):
    monkeypatch.setenv("POLKU_BACKUP_DAYS", "7")
    (home / "logs" / "web.log").write_text("on Monday\n")
    (home / "postgres.log").write_text("on Monday\n")
    logs.look(TUESDAY)
    logs.look(MONDAY + timedelta(days=6))
    assert (home / "logs" / "web.log.2026-11-30").exists()
    logs.look(MONDAY + timedelta(days=7))
    assert not list(home.rglob("*.log.*"))


def test_one_that_grew_too_long_is_deleted_as_well(logs, home):
    turned = home / "logs" / "web.log.1"
    turned.write_text("long ago\n")
    long_ago = datetime.combine(MONDAY - timedelta(days=30), datetime.min.time(), UTC).timestamp()
    os.utime(turned, (long_ago, long_ago))
    LogFiles(home).look(MONDAY)
    assert not turned.exists()


def test_a_disk_that_is_full_stops_nobody_and_loses_no_line(logs, home, monkeypatch, caplog):
    (home / "logs" / "web.log").write_text("on Monday\n")
    monkeypatch.setattr("infra.processes.log_files.shutil.copyfileobj", full)
    logs.look(TUESDAY)
    assert "could not be turned over" in caplog.text
    assert (home / "logs" / "web.log").read_text() == "on Monday\n"
    monkeypatch.undo()
    logs.look(TUESDAY + timedelta(days=1))
    assert (home / "logs" / "web.log.2026-11-30").read_text() == "on Monday\n"


def full(*_) -> None:
    raise OSError(28, "No space left on device")


def test_the_last_lines_of_a_process_are_found_after_its_log_was_turned_over(logs, home):
    (home / "logs" / "web.log").write_text("started before\n" * 9)
    process = Process("web", ["-c", "print('I have lost my way')"], lambda: False, home, {})
    process.start()
    process.child.wait()
    logs.look(TUESDAY)
    (home / "logs" / "web.log").write_text("and again\n")
    assert process.last_lines().strip() == "and again"
