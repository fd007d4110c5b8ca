"""Watches a batch of events on its way: how many, how long, for whom, linked to what told them."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from shared.bus import Record
from shared.observability import metrics, tracing

Took = Callable[[int], int]


@contextmanager
def sending(service: str, headers: Sequence[Mapping[str, str]]) -> Iterator[Took]:
    """A relay's batch; say how many the bus took. A bus that is away took none."""
    accepted: list[int] = []
    if not headers:
        yield noted(accepted)
        return
    began = time.perf_counter()
    try:
        with tracing.batch(service, "send", service, headers):
            yield noted(accepted)
    finally:
        metrics.relayed(service, headers, sum(accepted), time.perf_counter() - began)


@contextmanager
def handling(service: str, records: Sequence[Record]) -> Iterator[Took]:
    """A consumer's batch of one topic; say how many of it are behind us."""
    done: list[int] = []
    if not records:
        yield noted(done)
        return
    headers = [record.headers for record in records]
    try:
        with tracing.batch(service, "process", records[0].topic, headers):
            yield noted(done)
    finally:
        metrics.handled(service, headers[: sum(done)])


def noted(numbers: list[int]) -> Took:
    def took(number: int) -> int:
        numbers.append(number)
        return number

    return took
