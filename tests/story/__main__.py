"""`python -m tests.story PACK [--out FOLDER]`: drive one whole run from a pack of real words and votes, and report it.

Exits with 1 when anything was lost, with 2 when the pack cannot be read.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from infra.demo.installation import Installation
from infra.demo.walker import ground_rules, kickoff, opening, priorities, views, workbook, workshops
from infra.demo.walker.journey import PATIENCE_SECONDS, Client, Journey
from infra.demo.walker.pack import BadPack, Pack, read_pack
from infra.demo.walker.visitor import Refused
from tests.installed import DidNotStart, installed
from tests.story import reckoning, secrecy
from tests.story.report import Report


class Step(NamedTuple):
    """A part of the story; `phase` is opened before it."""

    name: str
    do: Callable[[Journey], None]
    phase: str = ""

    def take(self, journey: Journey) -> None:
        if self.phase:
            journey.move_on_to(self.phase)
        self.do(journey)


STEPS = (
    Step("plan", opening.agree_on_the_plan),
    Step("kickoff", lambda journey: kickoff.hold(journey, "kickoff"), "kickoff"),
    Step("views", views.give_views, "views"),
    Step("moderation", views.moderate_the_first),
    Step("the rest", views.moderate_the_rest, "priorities"),
    Step("priorities", priorities.vote),
    Step("release", priorities.release, "deepen"),
    Step("questions", workshops.table_questions),
    Step("workshop 1", lambda journey: workshops.hold(journey, 1)),
    Step("workshop 2", lambda journey: workshops.hold(journey, 2), "ideate"),
    Step("workbook", workbook.write, "workbook"),
    Step("clearing", workbook.clear),
    Step("approval", workbook.approve),
    Step("launch", workbook.freeze_and_launch, "launch"),
    Step("ground rules", ground_rules.agree, "aftercare"),
    Step("reckoning", reckoning.reckon),
)
ATTACK = (
    Step("attack with keys", secrecy.attack_with_keys),
    Step("the key's day", secrecy.bring_the_keys_day),
    Step("attack without keys", secrecy.attack_without_keys),
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make story", description=__doc__)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--out", type=Path, default=Path("out"))
    parser.add_argument(
        "--distributed", "--pieces", action="store_true", help="every service in processes of its own"
    )
    parser.add_argument(
        "--attack", action="store_true", help="in the end somebody who has everything tries it"
    )
    parser.add_argument("--people", type=int, default=0, help="at least so many take part")
    chosen = parser.parse_args(arguments)
    try:
        pack = read_pack(chosen.pack).joined_by(chosen.people)
    except (BadPack, OSError, ValueError, KeyError) as problem:
        print(f"This is not a pack: {problem}", file=sys.stderr)
        return 2
    chosen.out.mkdir(parents=True, exist_ok=True)
    return tell(pack, chosen.out, chosen.distributed, STEPS + ATTACK if chosen.attack else STEPS)


def tell(pack: Pack, out: Path, distributed: bool = False, steps: tuple[Step, ...] = STEPS) -> int:
    """The story in a Polku of its own, which is thrown away afterwards."""
    say(f"{pack.name}: {len(pack.comments)} comments, {len(pack.people)} people.")
    report = Report()
    with tempfile.TemporaryDirectory(prefix="polku-story-") as home:
        try:
            with report.timed("all"), installed(Path(home), "empty", distributed) as polku:
                walk(polku, pack, report, out, steps=steps)
        except (Refused, DidNotStart) as problem:
            print(f"\nThe story broke off: {problem}", file=sys.stderr)
            report["broke off"] = str(problem)
    return close(report, out)


OURS = Client("tarina", "Tarinavirasto")


def walk(
    polku: Installation,
    pack: Pack,
    report: Report,
    out: Path,
    client: Client = OURS,
    patience: float = PATIENCE_SECONDS,
    steps: tuple[Step, ...] = STEPS,
) -> None:
    with report.timed("sign-in"):
        journey = opening.open_client(polku, pack, client, report, say)
    journey.patience = patience
    for step in steps:
        say(f"  {step.name} ...")
        with report.timed(step.name):
            step.take(journey)
        say(f"  {step.name}: {report.seconds[step.name]} s")
    workbook.take_home(journey, out)


def close(report: Report, out: Path) -> int:
    path = report.write(out)
    for sentence in report.losses:
        print(f"LOST: {sentence}", file=sys.stderr)
    say(f"{'Something was lost.' if report.losses else 'Nothing was lost.'} Report: {path}")
    return 1 if report.losses or "broke off" in report.figures else 0


def say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
