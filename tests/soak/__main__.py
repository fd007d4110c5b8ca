"""`python -m tests.soak PACK [--minutes 10] [--seed 1]`: story after story, every service in processes of its own, with faults at random, until time is up.

Exits with 1 when a story broke off or lost anything, or the books do not balance.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx2

from infra.demo.installation import Installation
from infra.demo.walker.journey import Client
from infra.demo.walker.pack import read_pack
from infra.demo.walker.visitor import Refused
from shared.messaging.bus import BusAway
from tests.installed import DidNotStart, installed
from tests.soak import books
from tests.soak.faults import Faults
from tests.soak.inside import Inside
from tests.soak.order import out_of_order
from tests.story.__main__ import ATTACK, STEPS, say, walk
from tests.story.report import Report

LEASE_SECONDS, SETTLE_SECONDS, LOOK_EVERY = 6.0, 180.0, 1.0
ROUND_SECONDS = 180.0  # after the last story, so that every kind of fault happens in the shortest soak
PATIENCE_SECONDS = 300.0  # several faults may fall into the same wait


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("out/soak"))
    parser.add_argument("--people", type=int, default=0, help="at least so many take part in each story")
    parser.add_argument(
        "--attack", action="store_true", help="each story ends with somebody who has everything"
    )
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    os.environ["POLKU_LEASE"] = str(
        LEASE_SECONDS
    )  # short, so that take-overs happen within the time there is
    with tempfile.TemporaryDirectory(prefix="polku-soak-") as home:
        try:
            with installed(Path(home), "empty", distributed=True) as polku:
                return Soak(polku, chosen).run()
        except DidNotStart as problem:
            print(problem, file=sys.stderr)
            return 1


class Soak:
    """`losses` are sentences; a good soak has none."""

    def __init__(self, polku: Installation, chosen: argparse.Namespace):
        self.polku, self.chosen, self.inside = polku, chosen, Inside(polku)
        self.pack = read_pack(chosen.pack).joined_by(chosen.people)
        self.steps = STEPS + ATTACK if chosen.attack else STEPS
        self.losses: list[str] = []
        self.lines: list[books.Line] = []
        self.stop = Event()
        self.faults = Faults(self.inside, random.Random(chosen.seed), LEASE_SECONDS, self.stop, say)

    def run(self) -> int:
        with ThreadPoolExecutor(1, "faults") as thread:
            breaking = thread.submit(self.faults.run)
            try:
                self.tell_stories()
                self.faults.each_was_once.wait(ROUND_SECONDS)
            finally:
                self.stop.set()
        breaking.result()
        self.losses += self.faults.losses
        self.close_the_books()
        if self.losses:
            self.keep_the_logs()
        for loss in self.losses:
            print(f"LOST: {loss}", file=sys.stderr)
        (self.chosen.out / "faults.json").write_text(json.dumps(self.faults.counts))
        say(f"Faults: {self.faults.counts}. {'Nothing was lost.' if not self.losses else ''}")
        return 1 if self.losses else 0

    def tell_stories(self) -> None:
        end, number = time.monotonic() + 60 * self.chosen.minutes, 0
        while not self.losses and (not number or time.monotonic() < end):
            number += 1
            self.tell(number)

    def tell(self, number: int) -> None:
        report, out = Report(), self.chosen.out / f"story-{number}"
        out.mkdir(exist_ok=True)
        try:
            client = Client(f"tarina{number}", f"Tarinavirasto {number}")
            walk(self.polku, self.pack, report, out, client, PATIENCE_SECONDS, self.steps)
        except (Refused, httpx2.HTTPError) as problem:
            self.losses.append(f"Story {number} broke off: {problem}")
            say(self.losses[-1])
            say(f"The launcher's last lines:\n{self.last_lines()}")
            return
        report.write(out)
        self.losses += [f"Story {number}: {loss}" for loss in report.losses]

    def keep_the_logs(self) -> None:
        """The installation goes with its folder; what it said is what tells why."""
        kept = self.chosen.out / "logs"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.polku.home / "logs", kept)
        shutil.copy(self.polku.home / "launcher.out", kept)
        say(f"What the services said: {kept}")

    def last_lines(self) -> str:
        return "\n".join((self.polku.home / "launcher.out").read_text().splitlines()[-15:])

    def close_the_books(self) -> None:
        """Once everything has arrived, or will not any more. The last fault may have been the broker's, which then comes
        back first."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while not all(line.is_balanced for line in self.lines_by(deadline)) and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY)
        for line in self.lines:
            say(f"  {line}")
        self.losses += [str(line) for line in self.lines if not line.is_balanced]
        self.losses += [f"{place} lies before what happened earlier." for place in out_of_order(self.inside)]

    def lines_by(self, deadline: float) -> list[books.Line]:
        while True:
            try:
                self.lines = books.lines(self.inside)
                return self.lines
            except BusAway:
                if time.monotonic() > deadline:
                    raise
            time.sleep(LOOK_EVERY)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
