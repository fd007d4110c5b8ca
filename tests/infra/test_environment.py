import errno
import subprocess
import sys
from pathlib import Path

import pytest

from infra import environment
from infra.environment import Environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def unchanged(tmp_path, monkeypatch) -> Environment:
    """An environment that is as the locks want it."""
    made = Environment(tmp_path / ".venv", [ROOT / "requirements.txt"])
    made.folder.mkdir()
    made.remember(["run"])
    monkeypatch.setattr(Environment, "_works", lambda self: True)
    return made


def test_an_unchanged_lock_installs_nothing(unchanged):
    assert unchanged.is_current("run")


def test_a_changed_lock_installs_again(unchanged):
    (unchanged.folder / "installed-for-run").write_text("another lock")
    assert not unchanged.is_current("run")


def test_tests_need_their_own_tools(unchanged):
    assert not unchanged.is_current("dev")


def test_an_environment_that_was_moved_is_made_anew(tmp_path):
    made = Environment(tmp_path / ".venv", [])
    made.folder.mkdir()
    made.remember(["run"])
    assert not made.is_current("run")


@pytest.mark.parametrize(
    ("pip_said", "we_say"),
    [
        ("ERROR: [Errno 28] No space left on device", "The disk is full"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that was locked"),
        ("NewConnectionError('Failed to establish')", "cannot be reached"),
        ("something never seen before", "something never seen before"),
    ],
)
def test_pips_troubles_become_sentences(pip_said, we_say):
    assert we_say in environment._why_pip_failed(pip_said)


def test_a_full_disk_while_making_the_environment_is_said():
    assert "The disk is full" in environment._tell(OSError(errno.ENOSPC, "No space left on device"))


def test_an_old_python_is_refused_with_the_way_out(tmp_path):
    old = tmp_path / "python2"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 2.7.18 && exit 0\nexit 1\n')
    old.chmod(0o755)
    answer = subprocess.run(
        ["sh", str(ROOT / "infra" / "python")],
        env={"PYTHON": str(old), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 1
    assert "needs Python 3.11 or newer, and found: Python 2.7.18" in answer.stderr


def test_locks_name_no_index_and_hash_everything():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lock = (ROOT / name).read_text()
        assert "://" not in lock and "index" not in lock.replace("-index-", "")
        assert lock.count("==") <= lock.count("--hash=sha256:")


def test_make_alone_explains_itself():
    said = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True).stdout
    for command in ("make run", "make test", "make test-system", "make check", "make reset", "make story"):
        assert command in said


def test_what_is_installed_lacks_nothing():
    """The locks are installed as they are, without asking any package for more."""
    checked = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
