"""What breaks, one thing at a time, drawn by a seeded die. Each fault ends by itself and says what it did; what does not
come right again is a loss.

People's requests go on meanwhile, so nothing here takes a web process or its database away: tests/bus and
tests/infra do that where somebody watches the request.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event

import psutil

from infra.database.postgres import free_port
from infra.processes.ports import LOOPBACK, answers
from infra.processes.process import GRACE_SECONDS, page_answers
from shared.messaging.bus import BusAway
from tests.soak.inside import LISTENING, Inside
from tests.soak.poison import NothingToBreak, Poison, again
from tests.soak.repair import NotMended, until

ROOT = Path(__file__).resolve().parents[2]
OUTAGE_SECONDS, COPIES, AT_ONCE, GUESTS = 15.0, 2, 100, 2
REST_SECONDS = (4.0, 12.0)
CUT_OFF = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE '%worker'"""
BROKER_LIVES_SECONDS = 40.0  # the supervisor gives up on what dies three times in a minute


class Faults:
    """Until `stop`: rest, break something, let it come back. `counts` says how often what was broken in fact."""

    def __init__(
        self, inside: Inside, dice: random.Random, lease: float, stop: Event, say: Callable[[str], None]
    ):
        self.inside, self.dice, self.lease, self.stop, self.say = inside, dice, lease, stop, say
        self.losses: list[str] = []
        self.poison = Poison(inside, dice)
        self.each_was_once = Event()
        self._turn, self._broker_lives_until = 0, 0.0
        self._round: list[Callable[[], str]] = []
        self.kinds: list[Callable[[], str]] = [
            self.kill_a_worker,
            self.stop_a_worker_beyond_its_lease,
            self.let_members_join_and_leave,
            self.tell_again,
            self.cut_off_the_workers,
            self.poison.spoil_an_event,
            self.poison.break_a_service,
        ]
        if inside.broker:
            self.kinds += [self.freeze_the_broker, self.kill_the_broker]
        self.counts = dict.fromkeys((kind.__name__ for kind in self.kinds), 0)

    def run(self) -> None:
        while not self.stop.wait(self.dice.uniform(*REST_SECONDS)):
            fault = self.next_kind()
            try:
                self.say(f"    fault: {fault()}")
                self.note(fault)
            except NothingToBreak as why:
                self.say(f"    no fault: {why}")
                self._round.insert(0, fault)
            except (psutil.NoSuchProcess, BusAway):  # it is being started again; there is nothing to break
                self._round.insert(0, fault)
            except NotMended as loss:
                self.losses.append(str(loss))

    def note(self, fault: Callable[[], str]) -> None:
        self.counts[fault.__name__] += 1
        if all(self.counts.values()):
            self.each_was_once.set()

    def next_kind(self) -> Callable[[], str]:
        """Each once in every round, in an order of its own; what could not be broken yet has its turn last."""
        if not self._round:
            self._round = self.dice.sample(self.kinds, len(self.kinds))
        kind = self._round.pop()
        dies_too_often = kind == self.kill_the_broker and time.monotonic() < self._broker_lives_until
        return self.freeze_the_broker if dies_too_often else kind

    def next_worker(self) -> tuple[str, psutil.Process]:
        """In turns, so that none dies too often."""
        self._turn += 1
        service = LISTENING[self._turn % len(LISTENING)]
        return service, self.inside.worker(service)

    def kill_a_worker(self) -> str:
        service, worker = self.next_worker()
        worker.kill()
        return f"{service}'s worker killed"

    def stop_a_worker_beyond_its_lease(self) -> str:
        service, worker = self.next_worker()
        self.suspended(worker, 1.5 * self.lease)
        return f"{service}'s worker stood still for one and a half leases and came back"

    def suspended(self, process: psutil.Process, seconds: float) -> None:
        process.suspend()
        try:
            self.stop.wait(seconds)
        finally:
            process.resume()

    def let_members_join_and_leave(self) -> str:
        service = self.dice.choice(LISTENING)
        with ExitStack() as guests:
            for _ in range(GUESTS):
                guests.enter_context(self.another_member(service))
                self.stop.wait(self.dice.uniform(3, 8))
        return f"{GUESTS} more members joined {service}'s group and left"

    @contextmanager
    def another_member(self, service: str) -> Iterator[None]:
        """It has come around before it leaves, and leaves in order."""
        port = free_port()
        own = {"POLKU_WORKER_PORT": str(port), "POLKU_LISTENS_AT": LOOPBACK}
        command = [sys.executable, "-m", "infra.worker", service]
        with (self.inside.polku.home / "logs" / f"{service}-guest.log").open("ab") as log:
            guest = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **own}, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            until(page_answers(port, "/readyz"), f"A guest of {service} does not come around.")
            yield
        finally:
            guest.send_signal(signal.SIGTERM)
            if guest.wait(GRACE_SECONDS):
                raise NotMended(f"A guest of {service} ended with {guest.returncode}.")

    def tell_again(self) -> str:
        """The newest events of a partition come again, as after a relay that died before it forgot them."""
        if not (records := self.inside.newest(self.dice, AT_ONCE)):
            raise NothingToBreak("nothing to tell again yet")
        for _ in range(COPIES):
            self.inside.tell([again(record) for record in records])
        return f"{len(records)} events of {records[0].topic} told twice more"

    def cut_off_the_workers(self) -> str:
        """All their connections end at once, as at a restart of the database."""
        with self.inside.postgres.connect("polku") as connection:
            if not (ended := connection.execute(CUT_OFF).fetchall()):
                raise NothingToBreak("no worker is connected to the database")
        return f"the workers' {len(ended)} connections to the database cut"

    def freeze_the_broker(self) -> str:
        self.suspended(self.the_broker(), OUTAGE_SECONDS)
        return f"the broker stood still for {OUTAGE_SECONDS:.0f} seconds"

    def kill_the_broker(self) -> str:
        """It is given the time to come back before the next thing breaks, and to live a while before it dies again."""
        self.the_broker().kill()
        self._broker_lives_until = time.monotonic() + BROKER_LIVES_SECONDS
        port = int(os.environ["POLKU_KAFKA"].rsplit(":", 1)[1])
        until(lambda: answers(port), "The broker does not come back.")
        return "the broker killed; it came back"

    def the_broker(self) -> psutil.Process:
        if broker := self.inside.broker:
            return broker
        raise NothingToBreak("no broker has been started")
