"""`python -m infra.story PACK [--out FOLDER]`: drive one whole run from a pack of real words and votes, and report it.

Exits with 1 when anything was lost, with 2 when the pack cannot be read.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from infra.installation import DidNotStart, Installation, installed
from infra.story import ground_rules, kickoff, opening, priorities, reckoning, views, workbook, workshops
from infra.story.pack import BadPack, Pack, read_pack
from infra.story.report import Report
from infra.story.road import Client, Road
from infra.story.visitor import Refused

Step = tuple[str, Callable[[Road], None]]
STEPS: tuple[Step, ...] = (
    ("plan", opening.agree_on_the_plan),
    ("kickoff", lambda road: (road.move_on_to("kickoff"), kickoff.hold(road, "kickoff"))[0]),
    ("views", lambda road: (road.move_on_to("views"), views.give_views(road))[0]),
    ("moderation", views.moderate),
    ("priorities", lambda road: (road.move_on_to("priorities"), priorities.vote(road))[0]),
    ("release", lambda road: (road.move_on_to("deepen"), priorities.release(road))[0]),
    ("questions", workshops.table_questions),
    ("workshop 1", lambda road: workshops.hold(road, 1)),
    ("workshop 2", lambda road: (road.move_on_to("ideate"), workshops.hold(road, 2))[0]),
    ("workbook", lambda road: (road.move_on_to("workbook"), workbook.write(road))[0]),
    ("clearing", workbook.clear),
    ("approval", workbook.approve),
    ("launch", lambda road: (road.move_on_to("launch"), workbook.freeze_and_launch(road))[0]),
    ("ground rules", lambda road: (road.move_on_to("aftercare"), ground_rules.agree(road))[0]),
    ("reckoning", reckoning.reckon),
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make story", description=__doc__)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--out", type=Path, default=Path("out"))
    chosen = parser.parse_args(arguments)
    try:
        pack = read_pack(chosen.pack)
    except (BadPack, OSError, ValueError, KeyError) as problem:
        print(f"This is not a pack: {problem}", file=sys.stderr)
        return 2
    chosen.out.mkdir(parents=True, exist_ok=True)
    return tell(pack, chosen.out)


def tell(pack: Pack, out: Path) -> int:
    """The story in a Polku of its own, which is thrown away afterwards."""
    say(f"{pack.name}: {len(pack.comments)} comments, {len(pack.people)} people.")
    report = Report()
    with tempfile.TemporaryDirectory(prefix="polku-story-") as home:
        try:
            with report.timed("start"), installed(Path(home), "empty") as polku:
                walk(polku, pack, report, out)
        except (Refused, DidNotStart) as problem:
            print(f"\nThe story broke off: {problem}", file=sys.stderr)
            report["broke off"] = str(problem)
    return close(report, out)


def walk(polku: Installation, pack: Pack, report: Report, out: Path) -> None:
    client = Client("tarina", "Tarinavirasto")
    with report.timed("sign-in"):
        road = opening.open_client(polku, pack, client, report, say)
    for name, step in STEPS:
        began = time.monotonic()
        say(f"  {name} ...")
        with report.timed(name):
            step(road)
        say(f"  {name}: {time.monotonic() - began:.1f} s")
    workbook.take_home(road, out)


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
