"""Asks the name service where a host is: for some seconds, and with few questions of one organisation out at once.

The resolver of the operating system takes no time limit and cannot be interrupted: the thread that asks waits on when
nobody waits for its answer any more. Without the second limit, names that nobody answers for would take all
threads of the web process, and with them the pages of everybody.
"""

import socket
from collections import Counter
from threading import Lock
from uuid import UUID

from shared.problems import RuleBroken
from shared.telemetry.bounded import Bounded, NoAnswer
from shared.tenancy.sessions import tenant_here

SECONDS = 5.0
MOST_OUT = 2  # half of the threads of a web process
_lock, _in_flight = Lock(), Counter[UUID | None]()


class HostNotFoundInTime(RuleBroken):
    """This host name was not found in time. Check it for a slip of the pen, or try again in a few minutes."""

    status = 422
    field = "address"


class StillLookingUp(RuleBroken):
    """Host names that you gave before are still being looked up. Try again in a minute."""


def places_of(host: str, port: int, seconds: float) -> list[str]:
    """The addresses that the name service knows within so many seconds, and never more than SECONDS; an OSError when it
    knows none."""
    whose = tenant_here()
    _take(whose)

    def look() -> list[str]:
        try:
            return [str(place[0]) for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        finally:
            _give_back(whose)

    try:
        return Bounded(look, min(seconds, SECONDS)).ask()
    except NoAnswer:
        raise HostNotFoundInTime from None


def _take(whose: UUID | None) -> None:
    with _lock:
        if _in_flight[whose] >= MOST_OUT:
            raise StillLookingUp
        _in_flight[whose] += 1


def _give_back(whose: UUID | None) -> None:
    with _lock:
        _in_flight[whose] -= 1
        if not _in_flight[whose]:
            del _in_flight[whose]
