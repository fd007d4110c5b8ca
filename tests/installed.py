"""A Polku of its own, started by the launcher in a folder of its own on free ports: for the story, benchmarks and the browser tests."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from infra.demo.installation import Installation
from infra.distributed.addresses import PROCESSES
from infra.processes.ports import is_free

ROOT = Path(__file__).resolve().parents[1]
PORTS = ("WEB", "LIVE", "WORKER", "SIGN_IN", "MAILBOX", "SMTP")
STOP_SECONDS, LOOK_EVERY = 60, 0.2


class DidNotStart(RuntimeError):
    """The launcher ended before it was ready; the text is what it said."""


@contextmanager
def installed(
    home: Path,
    demonstration: str,
    distributed: bool = False,
    checkout: Path = ROOT,
    handfuls_every: str = "2",
) -> Iterator[Installation]:
    """Start and stop it; `demonstration` is yes, empty (its sign-in and mailbox, but no content) or no.

    `distributed`, every service has processes of its own, behind a gateway. Another `checkout` of the repository, in which
    `make check` has run once, is started with its own Python. Handfuls leave every so many seconds, here soon: whoever
    drives it does not wait for minutes.
    """
    home.mkdir(parents=True, exist_ok=True)
    ports = ports_of(home) | {"DISTRIBUTED": free_row_of_ports(len(PROCESSES))}
    environment = {f"POLKU_{name}_PORT": str(port) for name, port in ports.items()}
    environment |= {"POLKU_HOME": str(home), "POLKU_DEMONSTRATION": demonstration}
    environment["POLKU_HANDFULS_EVERY"] = handfuls_every
    said, python = (
        home / "launcher.out",
        sys.executable if checkout == ROOT else checkout / ".venv/bin/python",
    )
    with said.open("w") as file:
        launcher = subprocess.Popen(
            [python, "-m", "infra.distributed" if distributed else "infra.launch"],
            cwd=checkout,
            env={**os.environ, **environment},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_ready(launcher, said)
        yield Installation(home, ports)
    finally:
        launcher.send_signal(signal.SIGINT)
        launcher.wait(STOP_SECONDS)


def wait_until_ready(launcher: subprocess.Popen, said: Path) -> None:
    """The launcher says when everything answers."""
    while "Polku is ready" not in said.read_text():
        if launcher.poll() is not None:
            raise DidNotStart(said.read_text())
        time.sleep(LOOK_EVERY)


def free_row_of_ports(length: int) -> int:
    """The first of so many free ports side by side, somewhere between the well-known and those the system gives out."""
    starts = range(10_000, 30_000, length)
    for first in random.sample(starts, len(starts)):
        if all(is_free(port) for port in range(first, first + length)):
            return first
    raise DidNotStart(f"There are nowhere {length} free ports side by side on this machine.")


def ports_of(home: Path) -> dict[str, int]:
    """The ports of its last start; others when somebody has taken one meanwhile."""
    note = home / "ports.json"
    known = json.loads(note.read_text()) if note.exists() else {}
    ports = known if known and all(map(is_free, known.values())) else free_ports()
    note.write_text(json.dumps(ports))
    return ports


def free_ports() -> dict[str, int]:
    with ExitStack() as held:
        knocks = [held.enter_context(socket.socket()) for _ in PORTS]
        for knock in knocks:
            knock.bind(("127.0.0.1", 0))
        return {name: knock.getsockname()[1] for name, knock in zip(PORTS, knocks, strict=True)}
