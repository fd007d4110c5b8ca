"""One organisation's requests wait for each other and not for another's, in a server of its own."""

import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psutil
import pytest

from infra.database.postgres import free_port
from infra.one_machine.processes import BY_TURNS, in_threads
from infra.processes.ports import LOOPBACK, answers
from infra.serving import fair_worker
from tests.bus.conftest import until
from tests.infra.hosts_that_block import QUICK, SLOW, THREADS

SECONDS = 60


@pytest.fixture
def port(tmp_path) -> Iterator[int]:
    port = free_port()
    served = in_threads(port, processes=1, threads=THREADS, serving=BY_TURNS)
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        *served,
        "--graceful-timeout",
        "1",
        "tests.infra.hosts_that_block:app",
    ]
    server = subprocess.Popen(command)
    until(lambda: answers(port))
    yield port
    server.terminate()
    server.wait(SECONDS)


def ask(port: int, host: str, path: str = "/", connection: http.client.HTTPConnection | None = None) -> str:
    connection = connection or http.client.HTTPConnection(LOOPBACK, port, timeout=SECONDS)
    connection.request("GET", path, headers={"Host": host})
    return connection.getresponse().read().decode()


@contextmanager
def stays(port: int, count: int, *hosts: str) -> Iterator[list]:
    """So many requests that stay, of these hosts in turn, each on a connection of its own."""
    with ThreadPoolExecutor(count) as people:
        asked = [people.submit(ask, port, hosts[number % len(hosts)], "/stay") for number in range(count)]
        try:
            yield asked
        finally:
            ask(port, QUICK, "/let-go")


def held(port: int) -> int:
    return int(ask(port, QUICK, "/held"))


def taken(port: int) -> int:
    """Connections that the server has accepted and not ended."""
    found = psutil.net_connections("tcp")
    return sum(
        one.pid is not None and one.laddr.port == port and one.status == "ESTABLISHED" for one in found
    )


@pytest.mark.parametrize(
    "hosts", [[SLOW], [SLOW, "another-name.example"], ["never.heard.of", "nor-of-this", "10.0.0.1"]]
)
def test_who_keeps_all_its_requests_waiting_leaves_a_thread_to_others(port, hosts):
    """Also under several names, known or invented: they win nothing."""
    with stays(port, 5 * THREADS, *hosts) as asked:
        until(lambda: held(port) == THREADS - 1)
        assert [ask(port, QUICK) for _ in range(20)] == [QUICK] * 20
        assert held(port) == THREADS - 1
    assert {one.result() for one in asked} == set(hosts)


def test_a_connection_that_is_kept_belongs_to_whom_each_request_names(port):
    """As a gateway's do."""
    kept = http.client.HTTPConnection(LOOPBACK, port, timeout=SECONDS)
    assert ask(port, SLOW, connection=kept) == SLOW
    with stays(port, 2 * THREADS, SLOW):
        until(lambda: held(port) == THREADS - 1)
        assert ask(port, QUICK, connection=kept) == QUICK
    assert ask(port, SLOW, connection=kept) == SLOW


def test_who_connects_and_says_nothing_takes_no_thread(port):
    silent = [socket.create_connection((LOOPBACK, port)) for _ in range(2 * THREADS)]
    assert ask(port, QUICK) == QUICK
    for one in silent:
        one.sendall(b"GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % SLOW.encode())
        assert SLOW.encode() in one.makefile("rb").read()
        one.close()


def test_a_request_whose_head_comes_in_pieces_is_answered(port):
    with socket.create_connection((LOOPBACK, port)) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHo")
        assert ask(port, QUICK) == QUICK
        slow.sendall(b"st: %s\r\nConnection: close\r\n\r\n" % SLOW.encode())
        assert SLOW.encode() in slow.makefile("rb").read()


def test_one_too_many_is_turned_away_at_once_and_everybody_else_comes_to_their_turn(port):
    count = fair_worker.MAY_WAIT + THREADS - 1
    with stays(port, count, SLOW) as asked:
        until(
            lambda: held(port) == THREADS - 1 and taken(port) >= count
        )  # else we would be the last who may wait
        until(lambda: ask(port, SLOW) == "full")
        assert ask(port, QUICK) == QUICK
    assert [one.result() for one in asked] == [SLOW] * count
