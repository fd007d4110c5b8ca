"""The operator's repairs of dead letters and halted partitions, with the commands of docs/operations/mend.md, while everything goes on."""

import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import Connection, select

from shared.messaging.dead_letters.partition_halt import halted
from shared.messaging.messaging_tables import dead_letter
from tests.soak.inside import LISTENING, Inside

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS, LOOK_EVERY = 120.0, 0.5
FAILED_AGAIN = 1


class NotMended(RuntimeError):
    """A repair did not come about; the text says which."""


class Repair:
    def __init__(self, inside: Inside):
        self.engines = {name: inside.engine_of("polku_owner", name) for name in LISTENING}

    def wait_for_dead_letter(self, service: str, event_id: str | None = None) -> None:
        """Waits for a dead letter: of this event, or any."""
        until(lambda: self.dead_letters(service, event_id), f"{service} has no dead letter.")

    def dead_letters(self, service: str, event_id: str | None = None) -> list[int]:
        dead = select(dead_letter.c.nr).filter_by(state="dead").order_by(dead_letter.c.nr)
        if event_id:
            dead = dead.where(dead_letter.c.headers["ce_id"].astext == event_id)
        with self.engines[service].connect() as connection:
            return list(connection.scalars(dead))

    def give_up(self, service: str, event_id: str) -> None:
        """Discards the dead letters of one event, and lets what is parked behind them go on."""
        while numbers := self.dead_letters(service, event_id):
            desk(service, "discard", str(numbers[0]), "--because", "told by the soak", "--release")

    def handle_all_again(self, service: str) -> None:
        """Resumes halted partitions and replays every dead letter, until none is left."""
        until(lambda: self._is_empty(service) or self._again(service), f"{service} keeps dead letters.")

    def _again(self, service: str) -> bool:
        with self.engines[service].connect() as connection:
            standing = halted(connection, service)
        for row in standing:
            desk(service, "resume", row.topic, str(row.partition))
        desk(service, "replay", "--all")
        return False

    def _is_empty(self, service: str) -> bool:
        with self.engines[service].connect() as connection:
            return not (has_dead_letters(connection) or halted(connection, service))


def has_dead_letters(connection: Connection) -> bool:
    return bool(connection.scalar(select(select(dead_letter).exists())))


def desk(service: str, *words: str) -> None:
    """`python -m infra.events.dead_letters`; that a dead letter failed again is no trouble of the command."""
    command = [sys.executable, "-m", "infra.events.dead_letters", service, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    if done.returncode > FAILED_AGAIN or "Traceback" in done.stderr:
        raise NotMended(f"dead_letters {service} {' '.join(words)}: {done.stdout} {done.stderr}")


def until(came_about, otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not came_about():
        if time.monotonic() > deadline:
            raise NotMended(otherwise)
        time.sleep(LOOK_EVERY)
