"""One process of Polku, such as web or worker: starts, answers whether it is ready, stops in its own time."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from infra.processes.ports import LOOPBACK, answers

ROOT = Path(__file__).resolve().parents[2]
GRACE_SECONDS, LEFTOVER_SECONDS = 30, 5
LONGEST_LOG = 10 * 1024 * 1024


def page_answers(port: int, path: str) -> Callable[[], bool]:
    def ready() -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=1)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ready


def port_answers(port: int) -> Callable[[], bool]:
    return lambda: answers(port)


@dataclass
class Process:
    """Runs in a session of its own, so that Ctrl-C reaches the launcher alone and the order is ours."""

    name: str
    arguments: list[str]
    is_ready: Callable[[], bool]
    home: Path
    environment: dict[str, str]
    own: dict[str, str] = field(default_factory=dict)  # environment of this process alone
    program: str = sys.executable
    stop_signal: signal.Signals = signal.SIGTERM  # lets it finish what it has begun
    stop_order: int = 0  # who still needs an answer stops before who gives it
    child: subprocess.Popen | None = field(default=None, init=False)
    _length_before: int = field(default=0, init=False)  # bytes in the log when it was started

    def start(self) -> None:
        self._turn_log_over()
        with open(self.log, "ab") as log:
            self._length_before = log.tell()
            self.child = subprocess.Popen(
                [self.program, *self.arguments],
                cwd=ROOT,
                env=os.environ | self.environment | self.own | {"POLKU_PROCESS_NAME": self.name},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._remember(self.child.pid)

    @property
    def is_alive(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def ask_to_stop(self) -> None:
        if self.child and self.is_alive:
            self.child.send_signal(self.stop_signal)

    def wait_until_stopped(self) -> None:
        if not self.child:
            return
        try:
            self.child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
        self._note.unlink(missing_ok=True)

    def leftover(self) -> psutil.Process | None:
        """Returns what an earlier, killed launcher left running, and removes its note."""
        try:
            pid, born = json.loads(self._note.read_text())
            left = psutil.Process(pid)
            return left if left.create_time() == born else None
        except (OSError, ValueError, psutil.Error):
            return None
        finally:
            self._note.unlink(missing_ok=True)

    def last_lines(self, lines: int = 12) -> str:
        with open(self.log, errors="replace") as log:
            turned_over = self.log.stat().st_size < self._length_before
            log.seek(0 if turned_over else self._length_before)
            return "".join(f"    {line}" for line in deque(log, lines)).rstrip() or "    (it wrote nothing)"

    @property
    def log(self) -> Path:
        return self.home / "logs" / f"{self.name}.log"

    @property
    def _note(self) -> Path:
        return self.home / "run" / f"{self.name}.json"

    def _remember(self, pid: int) -> None:
        """Notes the moment of birth too: after a restart of the machine the same number may be somebody else's."""
        try:
            self._note.write_text(json.dumps([pid, psutil.Process(pid).create_time()]))
        except psutil.NoSuchProcess:
            return  # it died at once; the watch will say so

    def _turn_log_over(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))


def left_behind(home: Path) -> list[Process]:
    """Returns the processes that an earlier launcher noted, whichever it was."""
    return [Process(note.stem, [], lambda: False, home, {}) for note in sorted((home / "run").glob("*.json"))]


def end_leftovers(processes: list[Process]) -> list[str]:
    """Ends what a killed launcher left running, all together. Returns their names."""
    left = {process.name: running for process in processes if (running := process.leftover())}
    family = [member for running in left.values() for member in (running, *running.children(recursive=True))]
    for running in left.values():
        _send(running, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(family, timeout=LEFTOVER_SECONDS)
    for running in stubborn:
        _send(running, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=LEFTOVER_SECONDS)
    return list(left)


def _send(process: psutil.Process, sign: signal.Signals) -> None:
    try:
        process.send_signal(sign)
    except psutil.NoSuchProcess:
        return
