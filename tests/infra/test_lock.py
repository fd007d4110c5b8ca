import signal
import subprocess
import sys

import pytest

from infra.processes import lock

HOLD = "from infra.processes import lock; from pathlib import Path; import sys; held = lock.hold(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"


@pytest.fixture
def other(tmp_path):
    """A launcher that runs in the same state directory."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_launcher_is_told_where_the_first_one_is(other, tmp_path):
    with pytest.raises(lock.AlreadyRunning, match=f"already runs from {tmp_path} \\(process {other.pid}\\)"):
        lock.hold(tmp_path)


def test_a_killed_launcher_holds_nothing(other, tmp_path):
    other.send_signal(signal.SIGKILL)
    other.wait()
    lock.hold(tmp_path).close()
