"""Server and database killed (kill -9) while people ask, and people who send again what nobody answered."""

import json
import signal
from dataclasses import dataclass, field

import psutil

from infra.demo.installation import Installation
from tests.benchmarks import cpu
from tests.benchmarks.load import Answered, Client


@dataclass
class Kept(Answered):
    """Which of the requests were acknowledged, by their numbers; and how often one had to be sent again."""

    acknowledged: set[int] = field(default_factory=set)
    again: int = 0


class Person(Client):
    """Somebody who waits for the answer on the connection on which she asked."""

    def ask_again(self) -> None:
        raise ConnectionResetError("Nobody is there any more.")


def kill_server_and_database(polku: Installation) -> None:
    """The web processes with their master, and the database; the launcher starts the one again, and PostgreSQL recovers."""
    web = psutil.Process(json.loads((polku.home / "run" / "web.json").read_text())[0])
    postmaster = psutil.Process(cpu.first_number(polku.home / "postgres/postmaster.pid"))
    backends = [child for child in postmaster.children() if child.cmdline() and "polku" in child.cmdline()[0]]
    for process in [
        *web.children(),
        web,
        *backends[:1],
    ]:  # one backend that is killed takes all others down with it
        process.send_signal(signal.SIGKILL)
