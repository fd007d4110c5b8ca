"""One call to an endpoint: how it went, whatever came in between."""

import ssl
import time
from dataclasses import dataclass

from shared.problems import RuleBroken
from shared.web.outbound import Allowance, Deadline, Destination, request
from shared.web.outbound.destinations import NoSuchHost, NotAnEndpoint, NotOnTheInternet, may_call_ourselves
from shared.web.outbound.dns import SECONDS, HostNotFoundInTime, StillLookingUp
from shared.web.outbound.http_client import NoConnection

ALL_SECONDS = 15.0
GONE = 410


@dataclass(frozen=True)
class Answer:
    """How it went: the status they answered with, or what came in between; of the rest nothing is read."""

    status: int | None
    trouble: str | None
    milliseconds: int

    @property
    def is_good(self) -> bool:
        return self.trouble is None

    @property
    def wants_no_more(self) -> bool:
        return self.status == GONE


def call(address: str, headers: dict[str, str], body: bytes) -> Answer:
    """Post it; every trouble is an answer: no_host | slow_host | closed_network | no_connection | tls | too_slow | broken | refused."""
    began = time.monotonic()
    status, trouble = None, None
    try:
        status = post(address, headers, body)
        trouble = None if 200 <= status < 300 else "refused"
    except (RuleBroken, OSError, ValueError) as error:
        in_time = time.monotonic() - began < ALL_SECONDS
        trouble = trouble_of(error) if in_time else "too_slow"
    return Answer(status, trouble, round((time.monotonic() - began) * 1000))


def post(address: str, headers: dict[str, str], body: bytes) -> int:
    deadline, allowance = Deadline(ALL_SECONDS), allowance_of_webhooks()
    answer = request(
        "POST", address, headers=headers, body=body, deadline=deadline, allowance=allowance, wants_body=False
    )
    return answer.status


def allowance_of_webhooks() -> Allowance:
    """In the demonstration endpoints may lie on this machine."""
    return Allowance(this_machine=may_call_ourselves())


def checked(address: str) -> str:
    """Raises what is wrong with it: not an endpoint, nobody there, or inside a closed network."""
    address = address.strip()
    Destination.at(address, allowance_of_webhooks()).looked_up(SECONDS)
    return address


def trouble_of(error: Exception) -> str:
    kinds = {
        NoSuchHost: "no_host",
        HostNotFoundInTime: "slow_host",
        StillLookingUp: "slow_host",
        NotOnTheInternet: "closed_network",
        NotAnEndpoint: "closed_network",
        NoConnection: "no_connection",
        ssl.SSLError: "tls",
        TimeoutError: "too_slow",
    }
    return next((word for kind, word in kinds.items() if isinstance(error, kind)), "broken")
