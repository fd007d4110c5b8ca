"""Somebody's endpoint: keeps what it gets and answers as it is told."""

import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from infra.processes.ports import LOOPBACK


@dataclass(frozen=True)
class Got:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answers` are given one after the other, then `usual` for ever; "hang" keeps silent until the test is over.
    With a certificate it speaks TLS."""

    usual: int | str = 204
    answers: list[int | str] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    certificate: ssl.SSLContext | None = None

    def __enter__(self) -> "Receiver":
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(Got(self.path, dict(self.headers), body))
                answer = receiver.answers.pop(0) if receiver.answers else receiver.usual
                if answer == "hang":
                    receiver.over.wait()
                elif answer == "drip":
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                    while not receiver.over.wait(0.05):
                        self.wfile.write(b"X-Slow: very\r\n")
                else:
                    self.send_response(int(answer))
                    self.send_header("Location", receiver.address + "/elsewhere")
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]  # callers hang up on purpose
        if self.certificate:
            self.server.socket = self.certificate.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def address(self) -> str:
        here = "https://localhost" if self.certificate else f"http://{LOOPBACK}"
        return f"{here}:{self.server.server_port}/hooks"
