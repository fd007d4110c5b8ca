"""Watches a batch of events on its way: how many, how long, for whom, linked to what told them."""

import re
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from shared.messaging.bus import BusAway, Record
from shared.messaging.events import may_tell_its_moment
from shared.telemetry import metrics, tracing

Took = Callable[[int], int]
AN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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
        count_handled(service, headers[: sum(done)])


def noted(numbers: list[int]) -> Took:
    def took(number: int) -> int:
        numbers.append(number)
        return number

    return took


def count_handled(service: str, headers: Iterable[Mapping[str, str]]) -> None:
    counts = Tally((one.get("ce_type"), one.get("ce_tenantid")) for one in headers)
    for (kind, tenant), number in counts.items():
        metrics.EVENTS_HANDLED.labels(service, tenant_to_count(kind, tenant)).inc(number)


def tenant_to_count(kind: str | None, tenant: str | None) -> str:
    """Returns whose an event is, as far as it may be told: not of an anonymous one, nor what garbage says."""
    return tenant if may_tell_its_moment(kind) and tenant and AN_ID.fullmatch(tenant) else metrics.ANONYMOUS
