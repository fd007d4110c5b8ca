"""Asking a service that hangs, dies and comes back, over real sockets."""

import random
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice

import circuitbreaker
import httpx2
import pytest

from infra.distributed.processes import PORTAL_THREADS
from shared.web.calling import (
    AS_IDEMPOTENT,
    AWAY_SECONDS,
    FAILURES_ALLOWED,
    MOST_AT_ONCE,
    MOST_REPEATS,
    Circuit,
    ServiceIsAway,
    client_of,
)

CALLS = 1500
SHORT = httpx2.Timeout(0.2, connect=2.0, pool=2.0)


class Clock:
    """The circuit's clock, so that nobody waits for it."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def let_pass(self, seconds: float) -> None:
        self.now += seconds


class Service:
    """Answers, hangs, breaks off or is not there; counts who asked."""

    def __init__(self):
        with socket.socket() as knock:
            knock.bind(("127.0.0.1", 0))
            self.port = knock.getsockname()[1]
        self.asked: list[str] = []
        self.break_off, self.status = 0, 200
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def come(self) -> None:
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                service.asked.append(f"{self.command} {self.path}")
                if self.path != "/quick":
                    service.may_answer.wait()
                if service.break_off:
                    service.break_off -= 1
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(service.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *said) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *told: None  # we hang up on it on purpose
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def go(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.server = None

    @contextmanager
    def hanging(self) -> Iterator[None]:
        self.may_answer.clear()
        try:
            yield
        finally:
            self.may_answer.set()


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    service.come()
    yield service
    service.may_answer.set()
    if service.server:
        service.go()


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(circuitbreaker, "monotonic", clock)
    return clock


@pytest.fixture
def client(service, clock) -> Iterator[httpx2.Client]:
    with client_of("voting", service.url, SHORT) as client:
        yield client


def fail(client: httpx2.Client, times: int) -> None:
    for _ in range(times):
        with pytest.raises(httpx2.TransportError):
            client.post("/")


def test_connections_are_kept_from_one_call_to_the_next(service, client):
    ports = set()
    for _ in range(3):
        answer = client.get("/")
        ports.add(answer.extensions["network_stream"].get_extra_info("client_addr"))
    assert len(ports) == 1


def test_no_thread_closes_a_connection_that_another_has_just_been_given(service, monkeypatch):
    """Connections that are let go of at once, and threads that call again at just that moment."""
    monkeypatch.setattr("shared.web.calling.LET_GO_AFTER", 0.001)
    with client_of("voting", service.url) as client, ThreadPoolExecutor(MOST_AT_ONCE) as people:

        def call(number: int) -> int:
            time.sleep(random.uniform(0, 0.002))
            return client.post("/quick").status_code

        assert set(people.map(call, range(CALLS))) == {200}


def test_a_service_that_hangs_is_not_waited_for_for_ever(service, client):
    with service.hanging(), pytest.raises(httpx2.ReadTimeout):
        client.get("/")
    assert service.asked == ["GET /"]  # and who is slow is not asked twice


def test_after_some_failures_nobody_asks_any_more(service, client):
    with service.hanging():
        fail(client, FAILURES_ALLOWED)
        with pytest.raises(ServiceIsAway):
            client.post("/")
    assert len(service.asked) == FAILURES_ALLOWED


def test_when_it_is_back_everybody_asks_again(service, client, clock):
    service.go()
    fail(client, FAILURES_ALLOWED)
    service.come()
    with pytest.raises(ServiceIsAway):
        client.get("/")
    clock.let_pass(AWAY_SECONDS)
    assert [client.get("/").text for _ in range(3)] == ["ok"] * 3


def test_one_alone_tries_whether_it_is_back(service, client, clock):
    """Were all to try at once, all would hang again."""
    with service.hanging():
        fail(client, FAILURES_ALLOWED)
        clock.let_pass(AWAY_SECONDS)
        service.asked.clear()
        with ThreadPoolExecutor(4) as people:
            answers = list(people.map(lambda _: problem_of(client), range(4)))
    assert len(service.asked) == 1
    assert sorted(answers) == ["ReadTimeout"] + ["ServiceIsAway"] * 3


def problem_of(client: httpx2.Client) -> str:
    try:
        return client.get("/").text
    except httpx2.TransportError as problem:
        return type(problem).__name__


def test_while_it_is_still_away_the_circuit_stays_open(service, client, clock):
    service.go()
    fail(client, FAILURES_ALLOWED)
    clock.let_pass(AWAY_SECONDS)
    fail(client, 1)
    service.come()
    with pytest.raises(ServiceIsAway):
        client.post("/")
    assert service.asked == []


def test_failures_that_are_not_in_a_row_leave_the_circuit_closed(service, client):
    for _ in range(3):
        with service.hanging():
            fail(client, FAILURES_ALLOWED - 1)
        assert client.get("/").text == "ok"


def test_a_service_that_breaks_over_one_page_is_still_asked_for_others(service, client):
    service.status = 500
    assert {client.get("/broken").status_code for _ in range(FAILURES_ALLOWED)} == {500}
    service.status = 200
    assert client.get("/").text == "ok"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_is_harmless_is_asked_again_when_the_connection_broke(service, client, method):
    service.break_off = 1
    assert client.request(method, "/").text == "ok"
    assert service.asked == [f"{method} /"] * 2


def test_an_act_is_never_done_twice(service, client):
    service.break_off = 1
    with pytest.raises(httpx2.RemoteProtocolError):
        client.post("/votes")
    assert service.asked == ["POST /votes"]


def test_a_question_by_post_may_be_asked_again(service, client):
    service.break_off = 1
    assert client.post("/names", extensions=AS_IDEMPOTENT).text == "ok"


def test_an_act_that_never_arrived_is_sent_again(service, client, monkeypatch):
    from shared.web import calling

    service.go()
    monkeypatch.setattr(calling.time, "sleep", lambda seconds: service.come())
    assert client.post("/votes").text == "ok"
    assert service.asked == ["POST /votes"]


def test_repeats_are_few_however_sick_the_service_is(service, clock):
    """Every second call fails, so that the circuit stays closed: without a budget there would be 50 repeats."""
    with client_of("voting", service.url, SHORT) as client:
        for _ in range(50):
            service.break_off = 1
            problem_of(client)
            service.break_off = 0
            problem_of(client)
    repeats = len(service.asked) - 100
    assert MOST_REPEATS <= repeats <= MOST_REPEATS + 10  # those saved, then a tenth of the calls


def test_one_slow_answer_lets_other_threads_ask(service, clock):
    """A circuit that holds its lock during a call would let them wait behind it."""
    patient = client_of("voting", service.url, httpx2.Timeout(5))
    with patient, ThreadPoolExecutor(1) as other, service.hanging():
        slow = other.submit(problem_of, patient)
        while not service.asked:
            threading.Event().wait(0.005)
        assert patient.get("/quick").text == "ok"
        assert not slow.done()
        service.may_answer.set()
        assert slow.result() == "ok"


def test_who_waits_in_our_own_queue_does_not_say_that_a_slow_service_is_away(service, clock):
    """All connections wait for answers that come in the end; meanwhile others find none free, again and again."""
    client = client_of("publishing", service.url, httpx2.Timeout(30, pool=0.02))
    with client, ThreadPoolExecutor(MOST_AT_ONCE) as people, service.hanging():
        slow = [people.submit(problem_of, client) for _ in range(MOST_AT_ONCE)]
        while len(service.asked) < MOST_AT_ONCE:
            threading.Event().wait(0.005)
        assert {problem_of(client) for _ in range(2 * FAILURES_ALLOWED)} == {"PoolTimeout"}
        service.may_answer.set()
        assert {one.result() for one in slow} == {"ok"}
        assert problem_of(client) == "ok"


def test_our_own_queue_does_not_make_good_what_the_service_failed(clock):
    circuit = Circuit("publishing")
    for happened in [*[httpx2.ReadTimeout] * (FAILURES_ALLOWED - 1), httpx2.PoolTimeout, httpx2.ReadTimeout]:
        with pytest.raises(happened), circuit.closed():
            raise happened("so")
    with pytest.raises(ServiceIsAway), circuit.closed():
        raise AssertionError("Somebody asked.")


def test_a_service_that_hangs_leaves_threads_for_pages_that_ask_others(service, clock):
    """The portal's threads all want it at once; some are sent away at the door and not kept in it."""
    client = client_of("voting", service.url, httpx2.Timeout(5, pool=0.2))
    with client, ThreadPoolExecutor(PORTAL_THREADS) as people, service.hanging():
        asking = [people.submit(problem_of, client) for _ in range(PORTAL_THREADS)]
        answers = [one.result() for one in islice(as_completed(asking), PORTAL_THREADS - MOST_AT_ONCE)]
        assert answers == ["PoolTimeout"] * (PORTAL_THREADS - MOST_AT_ONCE)
        assert len(service.asked) == MOST_AT_ONCE < PORTAL_THREADS
