"""The order in which events were told, by the log itself."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from shared.messaging.bus import Record
from tests.soak.inside import Inside, opened

COUNTING = ("process.plan", "workshop.round", "publishing.edition")
COUNTERS = {"version", "round", "number"}


def out_of_order(inside: Inside) -> list[str]:
    """Events that were first told after one that must come later: what counts within a run (the plan's versions, the
    rounds, the workbook's editions) and what one event caused in one service, by its place in the outbox. Repetitions, and
    what nobody can read, do not count."""
    wrong: list[str] = []
    for _, records in groupby(inside.every_record(), key=attrgetter("place")):
        wrong += misplaced(filter(opened, records))
    return wrong


def misplaced(records: Iterable[Record]) -> list[str]:
    wrong, seen, highest = [], set[str](), defaultdict[tuple[str, ...], int](int)
    for record in records:
        if record.headers["ce_id"] in seen:
            continue
        seen.add(record.headers["ce_id"])
        for what, number in [*counted_in(record), *told_because_of_one(record)]:
            if number < highest[record.key, *what]:
                wrong.append(f"{record.topic} {record.partition} {record.position}")
            highest[record.key, *what] = max(highest[record.key, *what], number)
    return wrong


def counted_in(record: Record) -> Iterator[tuple[tuple[str, ...], int]]:
    """What only ever grows within a run; an agreement's versions belong to one of many teams."""
    if record.topic in COUNTING:
        told = json.loads(record.value)
        for name in COUNTERS & told.keys():
            yield (record.headers["ce_type"], name), told[name]


def told_because_of_one(record: Record) -> Iterator[tuple[tuple[str, ...], int]]:
    """What a service tells because of one event it tells in one go. Anonymous events have no cause."""
    cause, nr = record.headers.get("ce_causationid"), record.headers.get("ce_sequence")
    if cause and nr:
        yield (record.headers["ce_source"], cause), int(nr)
