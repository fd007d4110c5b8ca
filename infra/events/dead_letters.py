"""`python -m infra.events.dead_letters SERVICE ...`: what a service could not handle, for the operator.

Ends with 0 when it was done, 1 when something failed again or was refused, 2 for wrong use, 3 when the database is away.
"""

import argparse
import getpass
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from uuid import UUID

from sqlalchemy import Engine

from infra.rooms import room, with_room
from shared.database import worker_engine_of, worker_sessions_of
from shared.messaging.consumer import AWAY
from shared.messaging.dead_letters import listing, partition_halt
from shared.messaging.dead_letters.discarding import discard
from shared.messaging.dead_letters.replaying import FAILED, Replay
from shared.messaging.listeners import Listeners
from shared.problems import RuleBroken
from shared.web.paging import USUAL, page_of_rows

DONE, FAILED_AGAIN, DATABASE_AWAY = 0, 1, 3
EVERY = 100  # dead letters between two lines of progress


class Desk:
    """One service's dead letters, from the command line."""

    def __init__(self, service: str):
        self.service = service
        self.engine: Engine = worker_engine_of(service)

    @property
    def listeners(self) -> Listeners:
        return room(self.service, "listeners").listeners

    @property
    def replayer(self) -> Replay:
        return Replay(self.listeners, worker_sessions_of(self.service))

    def list(self, asked: argparse.Namespace) -> int:
        """Prints a line for each dead letter, and for each halted partition."""
        wanted = {name: getattr(asked, name) for name in ("state", "topic", "tenant", "after", "limit")}
        with self.engine.connect() as connection:
            rows, more = listing.waiting(connection, **wanted)
            counts, halted = listing.counts(connection), partition_halt.halted(connection, self.service)
        print(f"{counts['dead']} dead, {counts['parked']} parked behind them.")
        for row in rows:
            print("{nr}  {state}  {topic} {partition}/{position}  {type}  {tenant}  {reason}".format(**listing.in_short(row)))  # fmt: skip
        if more:
            print(f"There are more: --after {more}")
        for row in halted:
            print(f"{row.topic} {row.partition} is halted before event {row.position}: {row.reason}")
        return DONE

    def show(self, asked: argparse.Namespace) -> int:
        with self.engine.connect() as connection:
            row = listing.dead_letter_of(connection, asked.nr)
            details = listing.in_full(row, listing.number_behind(connection, row))
        for name, value in details.items():
            print(f"{name}:", *([value] if not isinstance(value, dict) else ()))
            for inner, said in value.items() if isinstance(value, dict) else ():
                print(f"    {inner}: {said}")
        return DONE

    def replay(self, asked: argparse.Namespace) -> int:
        with self.engine.connect() as connection:
            total = sum(listing.counts(connection).values())
            row = None if asked.all else listing.dead_letter_of(connection, asked.nr or asked.key)
        if row is None:
            return follow(self.replayer.all(asked.tenant), total)
        if asked.key:
            return follow(self.replayer.key(row.key), total)
        return follow(iter([self.replayer.one(row)]), 1)

    def discard(self, asked: argparse.Namespace) -> int:
        with self.engine.begin() as connection:
            about = {"why": asked.because, "by": getpass.getuser(), "with_parked": asked.discard_parked}
            discarded = discard(connection, self.listeners, asked.nr, **about)
        print(f"Dead letter {asked.nr} is discarded; the reason is on record.")
        return follow(self.replayer.parked(discarded.key), 0) if asked.release else DONE

    def discarded(self, asked: argparse.Namespace) -> int:
        """Prints a line for each that was discarded, the newest first."""
        with self.engine.connect() as connection:
            query, keys = listing.DISCARDED, listing.ORDER_OF_DISCARDING
            page = page_of_rows(connection, query, keys, asked.after, asked.limit, newest_first=True)
        for row in page.items:
            print("{discarded_at:%Y-%m-%d %H:%M %Z}  {topic} {partition}/{position}  {type}  {tenant_id}  {by}: {why}".format(**row._mapping))  # fmt: skip
        if page.next:
            print(f"There are more: --after {page.next}")
        return DONE

    def resume(self, asked: argparse.Namespace) -> int:
        with self.engine.begin() as connection:
            partition_halt.resume(connection, self.service, asked.topic, asked.partition, getpass.getuser())
        print("Resumed: the event that stopped the partition is a dead letter, and the next ones are tried.")
        return DONE


def follow(outcomes: Iterator[str], total: int) -> int:
    """Prints how far it is; a kill loses nothing, the same command goes on from there. Returns the exit code."""
    done = Counter[str]()
    for outcome in outcomes:
        done[outcome] += 1
        if done.total() % EVERY == 0:
            print(f"{done.total()} of {total} tried.", flush=True)
    print(f"{done['settled']} settled, {done[FAILED]} failed again.")
    return FAILED_AGAIN if done[FAILED] else DONE


def reader() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.events.dead_letters", description=__doc__)
    parser.add_argument("service", choices=with_room("listeners"))
    acts = parser.add_subparsers(dest="act", required=True)
    add_looking(
        acts.add_parser("list", help="which dead letters wait"), acts.add_parser("show", help="one of them")
    )
    add_replaying(
        acts.add_parser("replay", help="handle dead letters again, in order, once the service is mended")
    )
    add_discarding(
        acts.add_parser("discard", help="discard a dead letter, with a reason that goes on record")
    )
    given_up = acts.add_parser("discarded", help="what was discarded: by whom, when and why")
    given_up.add_argument("--after", help="what the page before said")
    given_up.add_argument("--limit", type=int, default=USUAL)
    resuming = acts.add_parser("resume", help="resume a halted partition")
    resuming.add_argument("topic")
    resuming.add_argument("partition", type=int)
    return parser


def add_looking(many: argparse.ArgumentParser, one: argparse.ArgumentParser) -> None:
    many.add_argument("--state", choices=("dead", "parked"))
    many.add_argument("--topic")
    many.add_argument("--tenant", type=UUID)
    many.add_argument("--after", type=int, default=0, help="the number of the last one of the page before")
    many.add_argument("--limit", type=int, default=USUAL)
    one.add_argument("nr", type=int, help="the number, first in its line of the list")


def add_replaying(replaying: argparse.ArgumentParser) -> None:
    which = replaying.add_mutually_exclusive_group(required=True)
    which.add_argument("nr", type=int, nargs="?", help="this one; those behind it follow when it is settled")
    which.add_argument("--key", type=int, metavar="NR", help="all of this one's key")
    which.add_argument("--all", action="store_true", help="all of the service")
    replaying.add_argument("--tenant", type=UUID, help="with --all: of this organisation alone")


def add_discarding(discarding: argparse.ArgumentParser) -> None:
    discarding.add_argument("nr", type=int)
    discarding.add_argument("--because", required=True, help="why it is discarded")
    behind = discarding.add_mutually_exclusive_group(required=True)
    behind.add_argument("--release", action="store_true", help="handle what is parked behind it, in order")
    behind.add_argument("--discard-parked", action="store_true", help="discard what is parked behind it, too")


def main(arguments: list[str]) -> int:
    options = reader().parse_args(arguments)
    act: Callable[[argparse.Namespace], int] = getattr(Desk(options.service), options.act)
    try:
        return act(options)
    except RuleBroken as refused:
        print(refused.sentence, file=sys.stderr)
        return FAILED_AGAIN
    except AWAY:
        print(
            "The database is away. Start it, then repeat the command: nothing is done twice.", file=sys.stderr
        )
        return DATABASE_AWAY


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
