"""A live process as it runs in the real world, and screens that follow it."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

from infra.database.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 30.0


@dataclass
class LiveProcess:
    port: int
    process: subprocess.Popen

    def ask(self, path: str, host: str, method: str = "GET", **headers: str) -> HTTPResponse:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request(method, path, headers={"Host": f"{host}:{self.port}"} | headers)
        return connection.getresponse()

    def is_ready(self) -> bool:
        try:
            return self.ask("/readyz", "localhost").status == 200
        except OSError:
            return False

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE)


@contextmanager
def running() -> Iterator[LiveProcess]:
    port = free_port()
    served = ["-k", "gevent", "-w", "1", "--graceful-timeout", "10", "-b", f"127.0.0.1:{port}"]
    command = [sys.executable, "-m", "gunicorn", *served, "services.portal.live:create_app()"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"POLKU_LIVE_PORT": str(port)})
    live = LiveProcess(port, process)
    try:
        until(live.is_ready)
        yield live
    finally:
        process.terminate()
        process.wait(PATIENCE)


def until(true, patience: float = PATIENCE) -> None:
    """Wait for something that happens in another process."""
    pause = threading.Event()
    for _ in range(int(patience / 0.05)):
        if true():
            return
        pause.wait(0.05)
    raise AssertionError("It did not happen in time.")


@dataclass
class Screen:
    """Follows one thing in a thread of its own; `pictures` is what came, in order."""

    answer: HTTPResponse
    pictures: queue.Queue = field(default_factory=queue.Queue)
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for line in self.answer:
                if line.startswith(b"data: {"):
                    self.pictures.put(json.loads(line[6:]))
        except (OSError, HTTPException, ValueError):
            pass  # the process went away in the middle of a line, as a test wanted it to
        finally:
            self.ended.set()

    def next(self) -> dict[str, Any]:
        return self.pictures.get(timeout=PATIENCE)

    def until(self, version: int) -> list[dict[str, Any]]:
        """Everything up to this version."""
        seen = [self.next()]
        while seen[-1]["version"] < version:
            seen.append(self.next())
        return seen
