"""The gateway before somebody who says yes to everything: what is refused here is refused by nginx and nobody else."""

import asyncio
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from infra.gateway.configuration import (
    KEPT_INSIDE,
    UPLOAD_KILOBYTES,
    Addresses,
    Limits,
    SignIn,
    configuration,
)
from infra.gateway.process import nginx, where
from services.portal.web.away import TOO_LARGE

pytestmark = pytest.mark.skipif(nginx() is None, reason="needs nginx: apt-get install nginx")
SIGN_IN = "sign-in.polku.localhost"
AN_UPLOAD = "/desk/people/list"
EVERYBODY = 1_200


class Yes(asyncio.Protocol):
    """Answers 200 to every request, once its body is there; a stream gets its head and is never ended, `/slow` nothing."""

    asked: list[str]

    def connection_made(self, transport):
        self.transport, self.waiting = transport, b""

    def data_received(self, came):
        self.waiting += came
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            head, length = self.waiting[:end].decode(), 0
            for line in head.split("\r\n")[1:]:
                name, _, value = line.partition(": ")
                length = int(value) if name.lower() == "content-length" else length
            if len(self.waiting) < end + 4 + length:
                return
            self.waiting = self.waiting[end + 4 + length :]
            self.answer(head.split(" ")[1])

    def answer(self, path: str) -> None:
        self.asked.append(path)
        if path == "/slow":
            return
        ends = "Content-Length: 3\r\n\r\nyes" if not path.startswith("/live/") else "\r\n:"
        self.transport.write(f"HTTP/1.1 200 OK\r\n{ends}".encode())


@contextmanager
def somebody_who_says_yes() -> Iterator[tuple[str, list[str]]]:
    """Their address, and the paths that they were asked for."""
    loop, asked = asyncio.new_event_loop(), []
    kind = type("Yes", (Yes,), {"asked": asked})
    server = loop.run_until_complete(loop.create_server(kind, "127.0.0.1", 0, backlog=4096))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.close()


class Gateway:
    def __init__(self, folder: Path, asked: list[str], limits: Limits, behind: str) -> None:
        self.folder, self.asked, self.port = folder, asked, free_port()
        addresses = Addresses(
            (f"127.0.0.1:{self.port}",),
            behind,
            behind,
            folder,
            sign_in=SignIn(behind, SIGN_IN, "consultancy"),
        )
        (folder / "nginx.conf").write_text(configuration(addresses, limits))

    def said_to(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> int:
        return self.answer(method, path, body, headers)[0]

    def words_of(self, method: str, path: str, body: bytes | None = None) -> str:
        return self.answer(method, path, body, {})[1]

    def answer(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, str]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as knocking:
            knocking.request(method, path, body, headers)
            answer = knocking.getresponse()
            return answer.status, answer.read().decode()

    def all_at_once(self, requests: list[str]) -> list[int]:
        """Requests on a few connections, without waiting for answers in between."""
        some = [requests[at : at + 500] for at in range(0, len(requests), 500)]
        return [status for few in some for status in self.one_after_the_other(few)]

    def one_after_the_other(self, requests: list[str]) -> list[int]:
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            line.sendall("".join(requests).encode())
            with line.makefile("rb") as answers:
                return [next_status(answers) for _ in requests]

    def first_word(self, request: str) -> int:
        with ExitStack() as soon_gone:
            return status_of(self.open(soon_gone, request))

    def open(self, open_ends: ExitStack, request: str) -> socket.socket:
        """Who asks, and stays."""
        line = open_ends.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=30))
        line.sendall(request.encode())
        return line


def next_status(answers) -> int:
    status, length = int(answers.readline().split(b" ")[1]), 0
    while (line := answers.readline()) not in (b"\r\n", b""):
        if line.lower().startswith(b"content-length: "):
            length = int(line.split(b" ")[1])
    answers.read(length)
    return status


def status_of(line: socket.socket) -> int:
    with line.makefile("rb") as answer:
        return int(answer.readline().split(b" ")[1])


def free_port() -> int:
    with socket.socket() as knock:
        knock.bind(("127.0.0.1", 0))
        return knock.getsockname()[1]


@pytest.fixture
def stands(tmp_path):
    """stands(limits): a gateway with these, before somebody who says yes."""
    with ExitStack() as open_ends:

        def stand(limits: Limits | None = None, portal: str = "") -> Gateway:
            behind, asked = open_ends.enter_context(somebody_who_says_yes())
            gateway = Gateway(tmp_path, asked, limits or Limits(), portal or behind)
            process = subprocess.Popen([nginx() or "", *where(tmp_path), "-g", "daemon off;"])
            open_ends.callback(process.wait)
            open_ends.callback(process.terminate)
            until_it_listens(gateway.port, process)
            return gateway

        yield stand


def until_it_listens(port: int, process: subprocess.Popen) -> None:
    def listens() -> bool:
        assert process.poll() is None, "nginx did not start"
        with socket.socket() as knock:
            return knock.connect_ex(("127.0.0.1", port)) == 0

    until(listens)


def get(path: str = "/home", **headers: str) -> str:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: avi.polku.localhost\r\n{lines}\r\n"


def visit(number: int) -> str:
    return f"visit={number:043}"


def begun(path: str, length: int) -> str:
    """An upload of which the first byte comes, and then for long nothing."""
    return f"POST {path} HTTP/1.1\r\nHost: avi.polku.localhost\r\nContent-Length: {length}\r\n\r\nx"


# who is behind which address


@pytest.mark.parametrize("kept", KEPT_INSIDE)
@pytest.mark.parametrize(
    "written", ["/{}", "//{}", "/{}/", "/{}/more", "/live/../{}", "/static/%2e%2e/{}", "/./{}?x"]
)
def test_what_is_for_us_alone_is_not_there_for_others(stands, kept, written):
    gateway = stands()
    encoded = f"%{ord(kept[0]):x}{kept[1:]}"
    for name in (kept, encoded):
        assert gateway.said_to(written.format(name)) == 404
    assert gateway.asked == []
    assert gateway.said_to(f"/{kept}-of-another-kind") == 200


def test_everything_else_is_the_portals(stands):
    gateway = stands()
    for path in ("/", "/home", "/static/look.css", "/api/voting/healthz", AN_UPLOAD):
        assert gateway.said_to(path, Host="console.polku.localhost") == 200
    assert len(gateway.asked) == 5


@pytest.mark.parametrize(
    "path", ["/realms/consultancy/protocol/openid-connect/token", "/resources/abc/login.css"]
)
def test_the_consultancys_people_reach_their_sign_in(stands, path):
    assert stands().said_to(path, Host=SIGN_IN) == 200


@pytest.mark.parametrize(
    "path",
    [
        "/realms/master/protocol/openid-connect/token",
        "/realms/consultancy/../master/protocol/openid-connect/token",
        "/resources/..%2frealms/master/protocol/openid-connect/token",
        "/realms//master/account",
        "/realms/consultancy-of-another/account",
        "/realms/",
        "/admin/",
        "/admin/realms/consultancy/users",
        "/metrics",
        "/health",
        "/",
    ],
)
def test_nobody_outside_reaches_the_administration_of_the_sign_in(stands, path):
    gateway = stands()
    assert gateway.said_to(path, Host=SIGN_IN) == 404
    assert gateway.asked == []


# how often


FEW = Limits(visitor_rate=1, visitor_burst=20, address_rate=1, address_burst=200)


@pytest.mark.parametrize("cookie", ["{}", "language=fi; {}", "__Host-{}", "language=fi; __Host-{}; last=1"])
def test_one_browser_may_not_ask_without_end(stands, cookie):
    """By its session's cookie, which has a prefix where TLS is."""
    answers = stands(FEW).all_at_once([get(Cookie=cookie.format(visit(1)))] * 100)
    assert answers[:20] == [200] * 20 and 429 in answers[20:]


def test_a_colleague_behind_the_same_address_is_not_refused_for_it(stands):
    gateway = stands(FEW)
    assert 429 in gateway.all_at_once([get(Cookie=visit(1))] * 100)
    for other in (visit(2), f"__Host-{visit(3)}"):
        assert gateway.all_at_once([get(Cookie=other)] * 20) == [200] * 20


@pytest.mark.parametrize("path", ["/home", "/static/look.css", "/live/townhall/1", AN_UPLOAD])
@pytest.mark.parametrize("who", ["somebody new each time", "nobody", "nonsense"])
def test_who_invents_a_visit_for_every_request_is_refused_by_address(stands, path, who):
    cookies = {
        "somebody new each time": visit,
        "nobody": lambda number: "",
        "nonsense": lambda number: f"visit={number}",
    }
    gateway = stands(Limits(address_rate=1, address_burst=20))
    answers = [gateway.first_word(get(path, Cookie=cookies[who](number))) for number in range(60)]
    assert answers[:20] == [200] * 20 and 429 in answers[20:]


def test_who_guesses_at_the_sign_in_is_refused_however_many_visits_they_invent(stands):
    gateway = stands(Limits(sign_in_rate=1, sign_in_burst=20))
    guess = "POST /realms/consultancy/login-actions/authenticate HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nContent-Length: 0\r\n\r\n"
    answers = gateway.all_at_once([guess.format(SIGN_IN, visit(number)) for number in range(100)])
    assert answers[:20] == [200] * 20 and 429 in answers[20:]


def test_a_whole_organisation_behind_one_address_comes_in_at_the_same_moment(stands):
    """Each opens the page, with nine files that belong to it."""
    gateway = stands()
    page = [get("/home"), *[get(f"/static/{number}") for number in range(9)]]
    assert set(gateway.all_at_once(page * EVERYBODY)) == {200}


def test_a_refusal_is_a_page_that_one_can_read(stands):
    gateway = stands(Limits(address_rate=1, address_burst=1))
    said = [gateway.words_of("GET", "/home") for _ in range(20)]
    assert said[0] == "yes" and "Polku ei vastaa juuri nyt" in said[-1]


# how much at once


def test_a_whole_organisation_behind_one_address_follows_a_live_event(stands):
    gateway = stands()
    with ExitStack() as open_ends:
        streams = [gateway.open(open_ends, get("/live/townhall/1")) for _ in range(EVERYBODY)]
        assert {status_of(stream) for stream in streams} == {200}
        assert gateway.said_to("/home") == 200


def test_a_whole_organisation_behind_one_address_waits_for_the_same_page(stands):
    gateway = stands()
    with ExitStack() as open_ends:
        waiting = [gateway.open(open_ends, get("/slow")) for _ in range(EVERYBODY)]
        until(lambda: len(gateway.asked) == EVERYBODY)
        assert all(nothing_yet(line) for line in waiting)
        assert gateway.said_to("/static/look.css") == 200


def test_one_address_does_not_keep_everybody_waiting(stands):
    gateway = stands(Limits(requests=3))
    with ExitStack() as open_ends:
        for _ in range(3):
            gateway.open(open_ends, get("/slow"))
        until(lambda: len(gateway.asked) == 3)
        assert gateway.said_to("/home") == 429


def test_one_address_does_not_take_all_streams(stands):
    gateway = stands(Limits(streams=3))
    with ExitStack() as open_ends:
        streams = [gateway.open(open_ends, get("/live/townhall/1")) for _ in range(3)]
        assert [status_of(stream) for stream in streams] == [200] * 3
        assert status_of(gateway.open(open_ends, get("/live/townhall/1"))) == 429
        assert gateway.said_to("/home") == 200


@pytest.mark.parametrize("path", [AN_UPLOAD, "/home"])
def test_slow_senders_are_a_few_and_do_not_keep_others_from_voting(stands, path):
    """More of them are refused before a byte of theirs is kept."""
    few = {"uploads_from": 3, "forms_from": 3}
    gateway = stands(Limits(**few))
    with ExitStack() as open_ends:
        slow = [gateway.open(open_ends, begun(path, 200_000)) for _ in range(3)]
        until_they_are_counted(gateway, path)
        assert all(nothing_yet(line) for line in slow)
        assert gateway.said_to("/runs/1/vote", "POST", b"view=1") == 200
        assert gateway.said_to(path, "POST", b"words=" + b"x" * 9_000) == 200


@pytest.mark.parametrize("path", [AN_UPLOAD, "/home"])
def test_slow_senders_from_everywhere_are_a_few_altogether(stands, path):
    gateway = stands(Limits(uploads=3, forms=3))
    with ExitStack() as open_ends:
        slow = [gateway.open(open_ends, begun(path, 200_000)) for _ in range(3)]
        until_they_are_counted(gateway, path)
        assert all(nothing_yet(line) for line in slow)


def until_they_are_counted(gateway: Gateway, path: str) -> None:
    answers = (gateway.said_to(path, "POST", b"x" * 20_000) for _ in range(200))
    assert 429 in answers, "another one would be let in"


def until(true) -> None:
    pause = threading.Event()
    for _ in range(1_000):
        if true():
            return
        pause.wait(0.02)
    raise AssertionError("It did not happen in time.")


def nothing_yet(line: socket.socket) -> bool:
    line.setblocking(False)
    try:
        return line.recv(1) is None
    except BlockingIOError:
        return True


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_who_does_not_say_how_much_comes_is_counted_too(stands, method):
    gateway = stands(Limits(forms_from=1))
    unsaid = f"{method} /home HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"
    with ExitStack() as open_ends:
        gateway.open(open_ends, unsaid)
        until_they_are_counted(gateway, "/home")


@pytest.mark.parametrize(("path", "most"), [(AN_UPLOAD, UPLOAD_KILOBYTES), ("/home", 256)])
def test_what_people_write_never_touches_the_disk(stands, path, most):
    gateway = stands()
    folder = gateway.folder / "tmp-client_body"
    before = folder.stat().st_mtime_ns
    assert gateway.said_to(path, "POST", b"x" * (most * 1024)) == 200
    assert gateway.said_to(path, "POST", b"x" * (most * 1024 + 1)) == 413
    assert folder.stat().st_mtime_ns == before


@pytest.mark.parametrize("path", [AN_UPLOAD, "/home"])
def test_a_form_that_is_too_large_is_answered_with_the_portals_page_and_its_body_goes_nowhere(stands, path):
    gateway = stands()
    too_much = b"x" * (UPLOAD_KILOBYTES * 1024 + 1)
    assert gateway.answer("POST", path, too_much, {}) == (413, "yes")
    assert gateway.asked == [TOO_LARGE]


def test_while_the_portal_is_away_what_is_too_large_is_answered_in_words(stands):
    gateway = stands(portal="127.0.0.1:9")
    status, words = gateway.answer("POST", "/home", b"x" * 300_000, {})
    assert status == 503 and "Polku ei vastaa juuri nyt" in words
