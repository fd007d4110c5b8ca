"""Takes pictures of the `make run` that is running, and compares two albums.

python -m tests.pictures take FOLDER [--like FOLDER] [--who kaisa,henna]
python -m tests.pictures compare BEFORE AFTER REPORT [--again FOLDER]
"""

import sys
from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path

from infra.demo.installation import running_here
from tests.pictures.comparing import compare, write_report
from tests.pictures.showing import show
from tests.pictures.taking import take

say = partial(print, flush=True)


def main() -> int:
    asked = parser().parse_args()
    answer: int = asked.does(asked)
    return answer


def parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    kinds = parser.add_subparsers(required=True)
    taking = kinds.add_parser("take", help="a picture of every page, on a phone and at a desk")
    taking.add_argument("folder", type=Path)
    taking.add_argument("--like", type=Path, help="an earlier album: the same pages, at the same moment")
    taking.add_argument("--who", default="", help="kaisa,henna,nobody: these alone")
    taking.set_defaults(does=take_pictures)
    comparing = kinds.add_parser("compare", help="what differs, with both pictures side by side")
    for name in ("before", "after", "report"):
        comparing.add_argument(name, type=Path)
    comparing.add_argument("--again", type=Path, help="BEFORE once more: what differs there is passed over")
    comparing.set_defaults(does=compare_pictures)
    kinds.add_parser("show", help="the pictures of the documents anew").set_defaults(does=show_pictures)
    return parser


def take_pictures(asked: Namespace) -> int:
    take(asked.folder, running_here().site, say, asked.like, list(filter(None, asked.who.split(","))))
    return 0


def compare_pictures(asked: Namespace) -> int:
    found = compare(asked.before, asked.after, asked.again)
    write_report(found, asked.before, asked.after, asked.report)
    for one in found:
        say(f"{one.name}: {one.what}")
    say(f"{len(found)} pictures differ. {asked.report / 'index.html'}")
    return 1 if found else 0


def show_pictures(asked: Namespace) -> int:
    show(running_here().site, say)
    return 0


if __name__ == "__main__":
    sys.exit(main())
