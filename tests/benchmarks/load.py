"""Load from a process of its own: some clients on kept connections send what was prepared, each its next when it is answered.

It does nothing but send and read, so that it takes little of the machine from what is measured; its own CPU is counted apart.
"""

import selectors
import socket
import time
from collections import Counter, deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from statistics import quantiles
from types import TracebackType

CLIENTS, LONGEST = 8, 30.0
BREAK, LENGTH = b"\r\n\r\n", b"content-length:"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Asked:
    """Requests as bytes, in turn for each client; `proof` is in every right answer."""

    requests: list[bytes]
    status: int = 200
    proof: bytes = b""


@dataclass
class Answered:
    """What a load came to: seconds that each answer took, wrong answers by what they were, and its own CPU."""

    waited: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    own_cpu: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.waited) / self.seconds

    @property
    def p99(self) -> float:
        """Milliseconds."""
        return quantiles(self.waited, n=100)[98] * 1000 if len(self.waited) > 1 else 0.0


class Load:
    """The process that sends; use it as a context."""

    def __enter__(self) -> "Load":
        self._process = ProcessPoolExecutor(1, get_context("spawn"))
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, where: TracebackType | None) -> None:
        self._process.shutdown()

    def send(self, port: int, asked: Asked, seconds: float = LONGEST, clients: int = CLIENTS) -> Answered:
        """Sends for so many seconds, or until every request was sent once."""
        return self._process.submit(sent, port, asked, min(seconds, LONGEST), clients).result()


def sent(port: int, asked: Asked, seconds: float, clients: int) -> Answered:
    answered, waiting = Answered(), selectors.DefaultSelector()
    left = deque(asked.requests)
    cpu, began = time.process_time(), time.perf_counter()
    for _ in range(min(clients, len(left))):
        Client(port, waiting).send(left.popleft())
    while waiting.get_map():
        for key, _ in waiting.select(timeout=LONGEST):
            client: Client = key.data
            if client.has_read(asked, answered):
                more = left and time.perf_counter() - began < seconds
                client.send(left.popleft()) if more else client.close()
    answered.seconds, answered.own_cpu = time.perf_counter() - began, time.process_time() - cpu
    return answered


class Client:
    """One connection, kept as a browser keeps it."""

    def __init__(self, port: int, waiting: selectors.BaseSelector) -> None:
        self.port, self.waiting = port, waiting
        self.connect()

    def connect(self) -> None:
        self.wire = socket.create_connection((LOOPBACK, self.port))
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.waiting.register(self.wire, selectors.EVENT_READ, self)

    def send(self, request: bytes) -> None:
        self.request, self.read, self.began = request, b"", time.perf_counter()
        self.wire.sendall(request)

    def has_read(self, asked: Asked, answered: Answered) -> bool:
        """Reads on; returns whether the answer is whole."""
        if not (piece := self.wire.recv(262_144)):
            self.ask_again()
            return False
        self.read += piece
        if not is_whole(self.read):
            return False
        answered.waited.append(time.perf_counter() - self.began)
        if not (self.read.startswith(b"HTTP/1.1 %d" % asked.status) and asked.proof in self.read):
            answered.wrong[told(self.read)] += 1
        return True

    def ask_again(self) -> None:
        """The connection was idle for too long: browsers open another one."""
        self.close()
        self.connect()
        self.wire.sendall(self.request)

    def close(self) -> None:
        self.waiting.unregister(self.wire)
        self.wire.close()


def is_whole(read: bytes) -> bool:
    head, found, body = read.partition(BREAK)
    if not found:
        return False
    length = head.lower().partition(LENGTH)[2].split(b"\r\n")[0]
    return len(body) >= int(length or 0)


def told(read: bytes) -> str:
    """The beginning of a wrong answer, and where it leads."""
    head, _, body = read.partition(BREAK)
    lines = head.decode("latin-1").split("\r\n")
    return " ".join([lines[0], *(line for line in lines if line.startswith("Location")), repr(body[:160])])
