"""How often an act may be done: `@limited(person=20, address=3_000)` on a method of the API, `@paced(...)` where the act is anonymous.

Counts of `@limited` lie in two unlogged tables of the service's schema, so they hold over all its processes: under
SHA-256 of a salt, the act, the organisation and the person or address. The salt is new each day, and with the old one all counts go
(docs/decisions/0067). `@paced` keeps nothing anywhere but in this process's memory.
"""

import ipaddress
import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, text

from shared.database import engine_of
from shared.problems import RuleBroken
from shared.tenancy.sessions import current_tenant
from shared.web.tokens import Caller

MINUTES = 10
MOST_REMEMBERED = 20_000  # people in one process's memory; more than an organisation has at once
Method = TypeVar("Method", bound=Callable)


class TooOften(RuleBroken):
    """There were very many of these in a short time. Wait a few minutes, then do it again."""

    status = 429

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.retry_after = max(1, math.ceil(seconds))


@dataclass(frozen=True)
class Limit:
    """How often in ten minutes one person may do this, and everybody behind one address together; None: not counted.
    `at_the_door`: counted before the act begins; otherwise by the act itself, with count_this_act (shared/web/service.py)."""

    person: int | None
    address: int | None
    at_the_door: bool = True

    def take(self, service: str, act: str, caller: Caller, address: str | None) -> None:
        """Count one more in a short transaction of its own; raises TooOften beyond the limit."""
        keys = {
            "person": self._key("person", act, caller.subject) if self.person else None,
            "address": self._key("address", act, network_of(address)) if self.address and address else None,
        }
        params = keys | {"person_most": self.person, "seconds": 60 * MINUTES}
        counted = count_one_more(engine_of(service), params)
        if (counted.person or 0) > (self.person or 0) or (counted.address or 0) > (self.address or math.inf):
            raise TooOften(counted.left)

    @staticmethod
    def _key(kind: str, act: str, who: Any) -> str:
        return f"{kind}:{act}:{current_tenant()}:{who}"


def network_of(address: str) -> str:
    """An IPv6 household has a whole /64; of something that is no address, the text itself."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else str(known)


def count_one_more(engine: Engine, asked: dict[str, Any]) -> Any:
    """The counts of this period with this one, and the seconds that are left of it. Who is beyond the limit is not counted
    for the address: one person cannot use up what the colleagues share."""
    while True:
        with engine.begin() as connection:
            if counted := connection.execute(COUNT, asked).one_or_none():
                return counted
        with (
            engine.begin() as connection
        ):  # another transaction: this one must hold no lock while it waits for its turn
            begin_the_day(connection)


TODAY = "(now() AT TIME ZONE 'UTC')::date"
COUNT = text(f"""
    WITH today AS (
        SELECT salt, CAST(floor(extract(epoch FROM now()) / :seconds) AS bigint) AS period
        FROM limit_salt WHERE day = {TODAY}),
    person AS (
        INSERT INTO limit_count AS known (digest, period, count)
        SELECT sha256(salt || convert_to(CAST(:person AS text), 'UTF8')), period, 1
        FROM today WHERE CAST(:person AS text) IS NOT NULL
        ON CONFLICT (digest) DO UPDATE SET period = excluded.period,
            count = CASE WHEN known.period = excluded.period THEN known.count + 1 ELSE 1 END
        RETURNING count),
    address AS (
        INSERT INTO limit_count AS known (digest, period, count)
        SELECT sha256(salt || convert_to(CAST(:address AS text), 'UTF8')), period, 1
        FROM today WHERE CAST(:address AS text) IS NOT NULL
            AND NOT EXISTS (SELECT FROM person WHERE count > CAST(:person_most AS integer))
        ON CONFLICT (digest) DO UPDATE SET period = excluded.period,
            count = CASE WHEN known.period = excluded.period THEN known.count + 1 ELSE 1 END
        RETURNING count)
    SELECT (SELECT count FROM person) AS person, (SELECT count FROM address) AS address,
        (today.period + 1) * :seconds - extract(epoch FROM now())::float AS left
    FROM today""")


def begin_the_day(connection: Connection) -> None:
    """A new salt, and nothing left of what was counted under the old one: TRUNCATE leaves no dead rows in the file. It locks
    in the order in which COUNT does."""
    connection.execute(text("SELECT pg_advisory_xact_lock(7123, hashtext(current_schema()))"))
    if connection.scalar(text(f"SELECT count(*) FROM limit_salt WHERE day = {TODAY}")) == 0:
        connection.execute(text("TRUNCATE limit_salt, limit_count"))
        connection.execute(
            text(f"INSERT INTO limit_salt (day, salt) VALUES ({TODAY}, :salt)"), {"salt": os.urandom(32)}
        )


class Pace:
    """How fast one person may go: a full bucket of `burst`, filled again by one every so many seconds."""

    at_the_door = True

    def __init__(self, burst: int, seconds: float) -> None:
        self.burst, self.seconds = burst, seconds
        self._full_at: dict[Any, float] = {}
        self._lock = threading.Lock()

    def take(self, service: str, act: str, caller: Caller, address: str | None) -> None:
        now, whole = time.monotonic(), self.burst * self.seconds
        with self._lock:
            full_at = max(self._full_at.get(caller.subject, now), now) + self.seconds
            if full_at - now > whole:
                raise TooOften(full_at - now - whole)
            self._full_at[caller.subject] = full_at
            if len(self._full_at) > MOST_REMEMBERED:
                self._forget_the_full(now)

    def _forget_the_full(self, now: float) -> None:
        self._full_at = {who: full_at for who, full_at in self._full_at.items() if full_at > now}


def limited(
    *, person: int | None = None, address: int | None = None, at_the_door: bool = True
) -> Callable[[Method], Method]:
    """Mark a method of the API: so often in ten minutes, over all processes. The door counts (shared/web/service.py)."""
    return marked(Limit(person, address, at_the_door))


def paced(*, burst: int, seconds: float) -> Callable[[Method], Method]:
    """Mark an anonymous act: so many at once, then one in so many seconds, in each process; nothing of it is stored."""
    return marked(Pace(burst, seconds))


def marked(limit: Limit | Pace) -> Callable[[Method], Method]:
    def mark(method: Method) -> Method:
        method.limit = limit  # type: ignore[attr-defined]
        return method

    return mark
