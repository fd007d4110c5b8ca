"""The load sends each request once and tells what was answered wrongly: a wrong answer is quick, and would look like speed."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.benchmarks.cpu import Family
from tests.benchmarks.load import Asked, sent
from tests.benchmarks.pages import request


class Echo(BaseHTTPRequestHandler):
    """Answers with the address that was asked; /no is refused."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        said = self.path.encode()
        self.send_response(403 if said == b"/no" else 200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *said: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def asked(*paths: str) -> list[bytes]:
    return [request("GET", "127.0.0.1", path, {}) for path in paths]


def test_each_request_is_sent_once_and_its_answer_waited_for(port):
    answered = sent(port, Asked(asked(*(f"/{nr}" for nr in range(100)))), seconds=30, clients=8)
    assert len(answered.waited) == 100 and not answered.wrong


@pytest.mark.parametrize(("path", "proof"), [("/no", b"/no"), ("/elsewhere", b"Kaisa")])
def test_another_status_and_another_page_are_wrong_answers(port, path, proof):
    answered = sent(port, Asked(asked(path, path), proof=proof), seconds=30, clients=2)
    assert answered.wrong.total() == 2


def test_nothing_is_sent_after_the_time(port):
    assert len(sent(port, Asked(asked("/a") * 50), seconds=0, clients=2).waited) == 2


def test_what_a_child_has_used_counts_after_its_end():
    parent = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(10**7))']); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", parent], stdin=-1, stdout=-1) as process:
        process.stdout.readline()
        assert Family([process.pid]).cpu > 0.1
        process.communicate(b"\n")
