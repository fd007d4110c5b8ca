"""`python -m shared.messaging.rebuild SERVICE [--switch]`: build a service's read models anew from the log and hold them against the living
ones; `--switch` puts them in their place, while everything runs.

Ends with 0 when they are equal or have been switched, 1 when they differ, 2 for wrong use, 3 when it could not be done, 4 when
the broker was away.
"""

import argparse
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from traceback import format_exc
from typing import NamedTuple

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from shared.database import worker_engine_of
from shared.messaging.bus import BusAway, EventBus
from shared.messaging.bus.transport import Road
from shared.messaging.rebuild.building import Building, NotByEventsAlone, Progress, handled
from shared.messaging.rebuild.comparing import Differences, are_equal, compare
from shared.messaging.rebuild.read_models import ReadModels
from shared.messaging.rebuild.shadow import CannotBeSwitched, Shadow
from shared.migrations.__main__ import owner_engine
from shared.settings import SERVICES, NotConfigured

EQUAL, DIFFERENT, FAILED, AWAY = 0, 1, 3, 4
NEAR = 2_000  # events behind the living tables from which on the rest is read while these stand still
TRIES = 100


class NeverStill(RuntimeError):
    """The tables were written to all the time and could not be held still. Try again when less happens."""


CANNOT = (NotByEventsAlone, CannotBeSwitched, NeverStill, NotConfigured, LookupError, OperationalError)


class Rebuilt(NamedTuple):
    """How the new tables differ from the living ones, and how many events nobody could read."""

    found: Differences
    unreadable: int


def rebuild(
    service: str, models: ReadModels, bus: EventBus, owner: Engine, switch: bool, progress: Progress
) -> Rebuilt:
    """Build beside, catch up, hold still, compare, and switch when that is wanted."""
    living = worker_engine_of(service)
    with Shadow(service, models.tables, owner).standing() as shadow:
        building = Building(models, living, shadow.sessions(), bus)
        while far_behind(building, living, service):
            with living.connect() as connection:
                ends = handled(connection, service, models.topics)
            building.up_to(ends, progress)
        return Rebuilt(settle(building, shadow, switch, progress), building.unreadable)


def far_behind(building: Building, living: Engine, service: str) -> bool:
    with living.connect() as connection:
        ends = handled(connection, service, building.models.topics)
    return sum(end - building.reached.get(place, 0) for place, end in ends.items()) > NEAR


def settle(building: Building, shadow: Shadow, switch: bool, progress: Progress) -> Differences:
    """While the living tables stand still. Readers go on reading; listeners wait."""
    with shadow.owner.connect() as connection:
        ends = hold_still(connection, building.models, shadow.service)
        building.up_to(ends, progress)
        building.catch_up_with_letters()
        building.forget_the_erased()
        found = compare(building.models, shadow.service, shadow.schema, building.tenants, connection)
        if switch:
            shadow.change_places(connection)
            connection.commit()
        return found


def hold_still(connection: Connection, models: ReadModels, service: str) -> dict:
    """Lock the positions, then the tables without waiting: a listener that has written and waits for its position goes first."""
    tables = ", ".join(f'"{service}"."{table}"' for table in models.tables)
    for _ in range(TRIES):
        connection.execute(text("SET LOCAL search_path TO bus"))
        ends = handled(connection, service, models.topics, lock=True)
        try:
            connection.execute(text(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE NOWAIT"))
            return ends
        except OperationalError:
            connection.rollback()
            time.sleep(0.05)
    raise NeverStill(NeverStill.__doc__)


def told(found: Differences, unreadable: int) -> str:
    lines = [
        f"{table}: {counts['rows']} rows, {counts['living alone']} in the living table alone,"
        f" {counts['new alone']} in the new one alone"
        for table, counts in found.items()
    ]
    if unreadable:
        lines.append(f"Events that nobody can read, passed over: {unreadable}.")
    return "\n".join(lines)


class Clock:
    """Says how far it is, every few seconds."""

    def __init__(self, every: float = 2.0):
        self.began, self.every, self.said = time.monotonic(), every, 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic() - self.began
        if now - self.said >= self.every or done == total:
            self.said = now
            print(f"{done} of {total} events, {done / max(now, 0.001):.0f} a second", flush=True)


def with_read_models() -> list[str]:
    """The services some of whose tables are fed by events alone."""
    there = [name for name in SERVICES if find_spec(f"services.{name}.listeners")]
    return [name for name in there if hasattr(import_module(f"services.{name}.listeners"), "read_models")]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m shared.messaging.rebuild", description=__doc__)
    parser.add_argument("service", choices=with_read_models())
    parser.add_argument(
        "--switch", action="store_true", help="put the new tables in the place of the living ones"
    )
    asked = parser.parse_args(arguments)
    models = import_module(f"services.{asked.service}.listeners").read_models
    bus = Road(worker_engine_of(asked.service), asked.service)
    try:
        done = rebuild(asked.service, models, bus, owner_engine(), asked.switch, Clock())
    except BusAway as trouble:
        print(f"Nothing was changed: the broker is away. {trouble}. Try again.", file=sys.stderr)
        return AWAY
    except CANNOT as trouble:
        print(f"Nothing was changed. {' '.join(str(trouble).split())[:300]}", file=sys.stderr)
        return FAILED
    except Exception:  # whoever reads the end of a process takes 1 for a difference
        print(f"Nothing was changed. A listener or we are wrong:\n{format_exc()}", file=sys.stderr)
        return FAILED
    finally:
        bus.close()
    print(told(*done))
    print(
        "They have changed places." if asked.switch else "The new tables are gone again; --switch keeps them."
    )
    return EQUAL if asked.switch or are_equal(done.found) else DIFFERENT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
