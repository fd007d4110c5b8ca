"""`python -m tests.benchmarks.before_and_after CHECKOUT [ROUNDS]`: CPU of a vote and of home here, beside another checkout
of the repository in which `make check` has run once. Both are started with the demonstration and asked in turn; CPU is
user and system time of all processes, with PostgreSQL's, of medians of rounds. What runs beside them makes both dearer."""

import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path

from infra.demo.installation import Installation
from infra.demo.walker.visitor import Visitor
from tests.benchmarks.cpu import platform
from tests.installed import ROOT, installed

PEOPLE = ("kaisa", "mikael", "aino", "tuula")
VOTES, HOMES, ROUNDS = 80, 40, 9  # votes of a round: fewer than four people may give at once
ANSWERS = cycle(("agree", "pass", "disagree"))


class Measured:
    """One installation, its signed-in people, and what each vote and each home cost it, in ms."""

    def __init__(self, polku: Installation) -> None:
        self.family, self.site = platform(polku.home), polku.site("avi")
        self.people = [Visitor(who) for who in PEOPLE]
        for visitor, who in zip(self.people, PEOPLE, strict=True):
            visitor.sign_in(self.site + "/", who)
        self.votes = cycle([vote for visitor in self.people for vote in self.votes_of(visitor)])
        self.homes = cycle([lambda visitor=visitor: visitor.open(self.site + "/") for visitor in self.people])
        self.cost: dict[str, list[float]] = {"vote": [], "home": []}

    def votes_of(self, visitor: Visitor) -> Iterator[Callable[[], None]]:
        """Answering each view of the batch that lies before this reader."""
        (reading, *_) = visitor.open(self.site + "/").links("/reading")
        batch = visitor.http.post(reading.split("?")[0], headers={"Origin": self.site})
        for view in sorted(set(re.findall(r"answer-([0-9a-f-]{36})", batch.text))):
            yield lambda view=view: self.answer(visitor, f"{batch.url}/{view}")

    def answer(self, visitor: Visitor, address: str) -> None:
        answered = visitor.http.post(address, data={"answer": next(ANSWERS)}, headers={"Origin": self.site})
        assert answered.status_code == 200 and "refused" not in answered.json(), answered.text[:300]

    def measure(self) -> None:
        for what, acts, times in (("vote", self.votes, VOTES), ("home", self.homes, HOMES)):
            before = self.family.cpu
            for _ in range(times):
                next(acts)()
            self.cost[what].append((self.family.cpu - before) / times * 1000)


def main(other: Path, rounds: int) -> None:
    with ExitStack() as both:
        sides = {}
        for name, checkout in (("before", other.absolute()), ("after", ROOT)):
            home = Path(both.enter_context(tempfile.TemporaryDirectory()))
            sides[name] = Measured(both.enter_context(installed(home, "yes", checkout=checkout)))
        for side in [*sides.values()] * 2:
            side.measure()  # warm, and not counted
            side.cost = {"vote": [], "home": []}
        for number in range(rounds):
            for side in list(sides.values())[:: 1 if number % 2 else -1]:
                side.measure()
            told = {
                name: {what: round(cost[-1], 1) for what, cost in side.cost.items()}
                for name, side in sides.items()
            }
            print(f"round {number + 1} of {rounds}: {told}", flush=True)
    for what in ("vote", "home"):
        before, after = (statistics.median(side.cost[what]) for side in sides.values())
        print(f"{what}: {before:.1f} -> {after:.1f} CPU-ms, ratio {after / before:.3f}")
        for name, side in sides.items():
            print(f"  {name}: {' '.join(f'{cost:.1f}' for cost in side.cost[what])}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS)
