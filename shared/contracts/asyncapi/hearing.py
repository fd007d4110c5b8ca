"""Reads who hears what: `heard_by.json`, written from the services' listeners by `python -m tests.contracts.note`.

It is a file because shared/ knows no service, and because neither the portal nor a broker's set-up should have to
load ten services to say who listens. A test holds it against the listeners.
"""

from functools import cache
from pathlib import Path

import msgspec

from shared import contracts as contracts  # so that every contract is in the catalogue
from shared.messaging.events import CATALOGUE

HEARD_BY = Path(__file__).parent.parent / "heard_by.json"
Hearing = dict[str, dict[str, list[str]]]


@cache
def hearing() -> Hearing:
    """{service: {event type: [what it does then, by the names of its listeners]}}"""
    return msgspec.json.decode(HEARD_BY.read_bytes(), type=Hearing)


def consumers() -> dict[str, set[str]]:
    """{service: event types that it hears}"""
    return {service: set(heard) for service, heard in hearing().items()}


def topics_heard() -> dict[str, set[str]]:
    """{service: topics that it hears}"""
    return {service: {CATALOGUE[type].topic for type in types} for service, types in consumers().items()}


def who_hears(event_type: str) -> dict[str, list[str]]:
    """{service: [what it does then]} for one type of event"""
    return {service: heard[event_type] for service, heard in hearing().items() if event_type in heard}
