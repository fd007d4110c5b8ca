"""Watches a batch of events on its way: how many, how long, for whom, linked to what told them."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from shared.messaging.bus import BusAway, Record
from shared.telemetry import metrics, tracing

Took = Callable[[int], int]


@contextmanager
def sending(service: str) -> Iterator[Took]:
    """A relay's batch; say how many the bus took. A bus that is away raises BusAway; an idle round is nothing."""
    accepted: list[int] = []
    began = time.perf_counter()
    try:
        yield noted(accepted)
    except BusAway:
        metrics.BUS_ACCEPTS.labels(service).set(0)
        raise
    if number := sum(accepted):
        seconds = time.perf_counter() - began
        metrics.relayed(service, number, seconds)
        tracing.sent(service, number, seconds)


@contextmanager
def handling(service: str, records: Sequence[Record]) -> Iterator[Took]:
    """A consumer's batch of one topic; say how many of it are behind us."""
    done: list[int] = []
    if not records:
        yield noted(done)
        return
    headers = [record.headers for record in records]
    try:
        with tracing.batch(service, records[0].topic, headers):
            yield noted(done)
    finally:
        metrics.handled(service, headers[: sum(done)])


def noted(numbers: list[int]) -> Took:
    def took(number: int) -> int:
        numbers.append(number)
        return number

    return took
