"""HTTP between our own processes: with timeouts, kept connections, few retries, and a circuit breaker.

The circuit is `circuitbreaker`'s, because it holds no lock while somebody waits for an answer: with one that does
(pybreaker), a single slow answer would let every other thread wait behind it.
"""

import logging
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, LifoQueue
from threading import Lock

import httpx2
from circuitbreaker import STATE_HALF_OPEN, CircuitBreaker

from shared.telemetry.calls import TracedTransport

log = logging.getLogger(__name__)
PATIENCE = httpx2.Timeout(20.0, connect=2.0, pool=5.0)  # seconds
MOST_AT_ONCE = 6  # fewer than the portal has threads: the others stay for pages that ask somebody else
LET_GO_AFTER = 4.0  # seconds; gunicorn lets go of a quiet connection after five
FAILURES_ALLOWED, AWAY_SECONDS = 5, 5
PAUSE_SECONDS = (0.05, 0.15)
SHARE_OF_REPEATS, MOST_REPEATS = 0.1, 10
IDEMPOTENT = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE"))
NEVER_ARRIVED = (httpx2.ConnectError, httpx2.ConnectTimeout)
BROKE_OFF = (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError)
AS_IDEMPOTENT = {"idempotent": True}  # `extensions=` of a POST that only asks


class ServiceIsAway(httpx2.TransportError):
    """The circuit is open: too many calls in a row failed, so for some seconds none is made."""


def client_of(service: str, url: str, timeout: httpx2.Timeout = PATIENCE) -> httpx2.Client:
    """Returns a client that keeps its connections. Threads may share it; make it after fork."""
    way = TracedTransport(service, RetryingTransport(service, ConnectionPool(MOST_AT_ONCE)))
    return httpx2.Client(base_url=url, timeout=timeout, transport=way)


class ConnectionPool(httpx2.BaseTransport):
    """Keeps connections, each used by one thread at a time, the latest used first. httpx2's own pool, shared by threads, now and then
    closes an idle connection that another thread has just been given."""

    def __init__(self, most: int) -> None:
        one = httpx2.Limits(max_connections=1, keepalive_expiry=LET_GO_AFTER)
        secured = httpx2.create_ssl_context()
        self.connections = [httpx2.HTTPTransport(verify=secured, limits=one) for _ in range(most)]
        self.free = LifoQueue[httpx2.HTTPTransport]()
        for connection in self.connections:
            self.free.put(connection)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            connection = self.free.get(timeout=request.extensions["timeout"]["pool"])
        except Empty:
            raise httpx2.PoolTimeout("All connections are in use.", request=request) from None
        try:
            response = connection.handle_request(request)
            response.read()  # within the connection's use: a broken body counts as a failed call
            return response
        finally:
            self.free.put(connection)

    def close(self) -> None:
        for connection in self.connections:
            connection.close()


class RetryingTransport(httpx2.BaseTransport):
    """Calls one service through a circuit breaker, and retries once where that is idempotent and within the budget."""

    def __init__(self, service: str, within: httpx2.BaseTransport) -> None:
        self.within, self.circuit, self.budget = within, Circuit(service), RetryBudget()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.budget.earn()
        try:
            return self._once(request)
        except httpx2.TransportError as error:
            if not (may_be_repeated(request, error) and self.budget.spend()):
                raise
        time.sleep(random.uniform(*PAUSE_SECONDS))  # apart from the others who were interrupted with us
        return self._once(request)

    def _once(self, request: httpx2.Request) -> httpx2.Response:
        with self.circuit.closed():
            return self.within.handle_request(request)

    def close(self) -> None:
        self.within.close()


def may_be_repeated(request: httpx2.Request, error: httpx2.TransportError) -> bool:
    """A time-out is never retried: a second call does not make a slow service faster."""
    idempotent = request.method in IDEMPOTENT or "idempotent" in request.extensions
    return isinstance(error, NEVER_ARRIVED) or (idempotent and isinstance(error, BROKE_OFF))


class RetryBudget:
    """Lets at most a tenth of the calls be retries, and a few at once, so that a service in trouble is not hammered.

    As in Finagle: https://twitter.github.io/finagle/guide/Clients.html#retries
    """

    def __init__(self) -> None:
        self.left, self.lock = float(MOST_REPEATS), Lock()

    def earn(self) -> None:
        with self.lock:
            self.left = min(MOST_REPEATS, self.left + SHARE_OF_REPEATS)

    def spend(self) -> bool:
        with self.lock:
            affordable = self.left >= 1
            self.left -= affordable
            return affordable


class Breaker(CircuitBreaker):
    """Counts failures of the service alone."""

    def __exit__(self, kind, error, trace):
        """A pool timeout is our own congestion: it does not count as a failure of the service."""
        return False if kind is httpx2.PoolTimeout else super().__exit__(kind, error, trace)


class Circuit:
    """Opens after some failures in a row; then one call at a time tries whether the service is back."""

    def __init__(self, service: str) -> None:
        self.service, self.trial = service, Lock()
        self.breaker = Breaker(
            FAILURES_ALLOWED, AWAY_SECONDS, expected_exception=httpx2.TransportError, name=service
        )

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Raises ServiceIsAway at once where it is not."""
        state = self.breaker.state
        on_trial = state == STATE_HALF_OPEN and self.trial.acquire(blocking=False)
        if not self.breaker.closed and not on_trial:
            raise ServiceIsAway(f"{self.service} is away")
        try:
            with self.breaker:
                yield
        finally:
            if on_trial:
                self.trial.release()
            self._log_a_change(state)

    def _log_a_change(self, before: str) -> None:
        if self.breaker.closed != (before == "closed"):
            log.warning("%s %s", self.service, "is back" if self.breaker.closed else "is away")
