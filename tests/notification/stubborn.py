"""A mail server on loopback that is as stubborn as it is told to be, byte by byte: what a well-made one never says."""

import re
import socket
import socketserver
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from infra.processes.ports import LOOPBACK

DROP, DRIP, FLOOD, LONG, GARBAGE = "drop", "drip", "flood", "long", "garbage"
ADDRESS = re.compile(rb"TO:<([^@>]+)@", re.IGNORECASE)
USUAL = {
    "connect": "220 stubborn",
    "EHLO": "250 stubborn",
    "DATA": "354 Go on",
    "STARTTLS": "220 Go on",
    "QUIT": "221 Bye",
}


class Stubborn:
    """`says("RCPT", reply, to="kaisa")`: the reply at this step, to one person's mail or to all; a reply may also be one of the words
    above. Steps: connect, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, in the middle of the mail, and after its final dot (`end`).
    `accepted` counts the mails that it has taken, whatever it answered."""

    def __init__(self) -> None:
        self.offers, self.accepted, self.connections = [], Counter[str](), 0
        self.tls: ssl.SSLContext | None = None
        self.refuses: dict[str, tuple] = {}  # {"reader07": (step, reply, ...)}: several at a time
        self.hangs_up_after_a_letter = False
        self._says: dict[str, tuple[str, str]] = {}
        self._server = Server((LOOPBACK, 0), self._answering())
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def says(self, step: str, reply: str | None, to: str = "") -> None:
        self._says.pop(step, None)
        if reply:
            self._says[step] = (reply, to)

    def is_kind(self) -> None:
        self._says.clear()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reply(self, step: str, reader: str) -> str:
        step = "EHLO" if step == "HELO" else step
        refused = self.refuses.get(reader, ("", ""))
        reply, to = (refused[1], reader) if refused[0] == step else self._says.get(step, (None, ""))
        return reply if reply and reader.startswith(to) else USUAL.get(step, "250 OK")

    def _answering(self) -> Callable:
        def begin(request, client, server):
            self.connections += 1
            with suppress(OSError):
                Talk(self, request).go_on()

        return begin


class Server(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address = True, True


class Talk:
    """With one client."""

    def __init__(self, stubborn: Stubborn, connection: socket.socket) -> None:
        self.stubborn, self.connection, self.reader = stubborn, connection, ""
        self.lines = connection.makefile("rb")

    def go_on(self) -> None:
        going = self.answer("connect")
        while going and (line := self.lines.readline()):
            verb = line.split()[0].decode("ascii", "replace").upper()
            if found := ADDRESS.search(line):
                self.reader = found[1].decode()
            going = self.answer(verb)
            if going and verb == "STARTTLS":
                self.connection = self.encrypted()
                self.lines = self.connection.makefile("rb")
            if going and verb == "DATA" and self.said.startswith("354"):
                going = self.take_the_letter()
        self.connection.close()

    def encrypted(self) -> socket.socket:
        """Without a certificate it goes on in plain words."""
        if self.stubborn.tls is None:
            self.connection.sendall(b"Did you say something?\r\n")
            return self.connection
        return self.stubborn.tls.wrap_socket(self.connection, server_side=True)

    def take_the_letter(self) -> bool:
        while (line := self.lines.readline()) != b".\r\n":
            if not line or self.stubborn.reply("middle", self.reader) == DROP:
                return False
        self.stubborn.accepted[self.reader] += 1
        return self.answer("end") and not self.stubborn.hangs_up_after_a_letter

    def answer(self, step: str) -> bool:
        """Says it; False ends the conversation."""
        self.said = said = self.stubborn.reply(step, self.reader)
        if said == DROP:
            return False
        if said == DRIP:
            return self.drip()
        if said == FLOOD:
            while True:
                self.connection.sendall(b"250-and so on\r\n" * 1000)
        if said == LONG:
            said = "250 " + "x" * 20_000
        if said == GARBAGE:
            said = "\x00\xffWho goes there?"
        if step == "EHLO" and said.startswith("250"):
            *some, last = [said[4:], *self.stubborn.offers]
            said = "\r\n".join([*(f"250-{line}" for line in some), f"250 {last}"])
        self.connection.sendall(said.encode("latin-1") + b"\r\n")
        return not said.startswith(("221", "421"))

    def drip(self) -> bool:
        """A letter now and then, as long as somebody listens."""
        self.connection.settimeout(0.02)
        while True:
            self.connection.sendall(b"2")
            with suppress(TimeoutError):
                if not self.connection.recv(1):
                    return False
