"""Builds a service's read models anew from the log and holds them against the living ones, or puts them in their place."""

import time
from typing import NamedTuple

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from shared.database import worker_engine_of
from shared.messaging.bus import EventBus
from shared.messaging.rebuild.building import Building, NotByEventsAlone, Progress, handled
from shared.messaging.rebuild.comparing import Differences, compare
from shared.messaging.rebuild.read_models import ReadModels
from shared.messaging.rebuild.shadow import CannotBeSwitched, MakesTables, Shadow

NEAR = 2_000  # events behind the living tables from which on the rest is read while these stand still
TRIES = 100


class NeverStill(RuntimeError):
    """The tables were written to all the time and could not be held still. Try again when less happens."""


CANNOT = (NotByEventsAlone, CannotBeSwitched, NeverStill, LookupError, OperationalError)


class Rebuilt(NamedTuple):
    """How the new tables differ from the living ones, and how many events nobody could read."""

    found: Differences
    unreadable: int


def rebuild(
    models: ReadModels, bus: EventBus, owner: Engine, make: MakesTables, switch: bool, progress: Progress
) -> Rebuilt:
    """Builds beside, catches up, holds still, compares, and switches when that is wanted."""
    service = models.listeners.service
    living = worker_engine_of(service)
    with Shadow(service, models.tables, owner, make).standing() as shadow:
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
        building.catch_up_with_dead_letters()
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
