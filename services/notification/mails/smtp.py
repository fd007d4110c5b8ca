"""smtplib's side of a conversation with a mail server, bounded: it ends in time also where the server sends a mail a second, or
lines without end (https://docs.python.org/3/library/smtplib.html bounds each wait, not the whole)."""

import smtplib
import socket
from time import monotonic
from typing import Any

MOST_LINES = 100  # of one reply
CONTENT_PLEASE = 354
COMMANDS = {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"}


class TooSlow(Exception):
    """The time that was given is over. Not an OSError: smtplib takes those for a connection that was closed."""


class Conversation(smtplib.SMTP):
    """`step` is the command that was sent last, `has_content` whether the server has asked for the mail and been sent it, `was_cut`
    whether the connection is gone."""

    def __init__(self) -> None:
        self.step, self.has_content, self.ends_at = "connect", False, 0.0
        super().__init__()

    def may_last(self, seconds: float) -> None:
        """Ends whatever is said from now on after so many seconds."""
        self.ends_at, self.has_content = monotonic() + seconds, False
        self.timeout = seconds
        if self.sock:
            self.sock.settimeout(seconds)

    def begin(self, host: str, port: int) -> None:
        """Connects and hears the greeting; raises SMTPConnectError for one that is none."""
        self._host = host  # whose certificate STARTTLS asks for
        code, greeting = self.connect(host, port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, greeting)

    @property
    def was_cut(self) -> bool:
        return self.sock is None

    def putcmd(self, cmd: str, args: str = "") -> None:
        verb = cmd.upper()
        self.step = verb if verb in COMMANDS else self.step
        super().putcmd(cmd, args)

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is gone")
        if self.file is None:
            self.file = Lines(self.sock, self)
        self.file.number = 0
        code, words = super().getreply()
        if self.step == "DATA" and code == CONTENT_PLEASE:
            self.has_content = True
        return code, words


class Lines:
    """The mail server's answer, line by line, as long as there is time."""

    def __init__(self, sock: socket.socket, conversation: Conversation) -> None:
        self.sock, self.conversation, self.number = sock, conversation, 0
        self.file: Any = sock.makefile("rb")

    def readline(self, limit: int) -> bytes:
        self.number += 1
        if self.number > MOST_LINES:
            raise ConnectionError("a reply without end")
        line = bytearray()
        while len(line) < limit and not line.endswith(b"\n"):
            self._wait_no_longer_than_allowed()
            try:
                byte = self.file.read(1)
            except TimeoutError:
                raise TooSlow from None
            if not byte:
                break
            line += byte
        return bytes(line)

    def _wait_no_longer_than_allowed(self) -> None:
        left = self.conversation.ends_at - monotonic()
        if left <= 0:
            raise TooSlow
        self.sock.settimeout(left)

    def close(self) -> None:
        self.file.close()
