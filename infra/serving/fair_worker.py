"""gunicorn's threaded worker, with a turn for each organisation before the threads: `-k infra.serving.fair_worker.FairWorker`.

A request that waits for its turn is a socket, and takes no thread. What its connection has sent is looked at without being
taken (MSG_PEEK), to see whose it is; who opens a connection and sends nothing yet waits without a thread as well.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from shared.web.admission import TURNED_AWAY, Turns, owner_of

MAY_WAIT = 200  # of one organisation before a process: some seconds of work, and a fifth of its connections
HEAD, REFUSING = 16 * 1024, "refusing"


class FairWorker(ThreadWorker):
    """Serves connections as ThreadWorker does; when each comes to a thread is ours to say."""

    def init_process(self) -> None:
        self.turns: Turns[Any] = Turns(self.cfg.threads, MAY_WAIT)
        self.turned_away = 0
        self.refusing = ThreadPoolExecutor(1, REFUSING)  # so that refusals cost no thread of who is served
        super().init_process()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self.wsgi = telling_who_is_turned_away(self.app.wsgi())

    def accept(self, listener: socket.socket) -> None:
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # another process has it, or it has gone
        self.nr_conns += 1
        connection = TConn(self.cfg, client, address, listener.getsockname())
        if has_sent(connection):
            self.enqueue_req(connection)
        else:
            self.await_data(connection)

    def await_data(self, connection: TConn) -> None:
        connection.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(connection)
        readable = partial(self.on_pending_socket_readable, connection)
        self.poller.register(connection.sock, EVENT_READ, readable)

    def enqueue_req(self, connection: TConn) -> None:
        """Called by the event loop whenever a connection has sent something."""
        if self.turns.wait(owner_of(head_of(connection)), connection):
            self.serve()
        else:
            self.turn_away(connection)

    def serve(self) -> None:
        while (next_one := self.turns.take()) is not None:
            owner, connection = next_one
            self.tpool.submit(self.handle, connection).add_done_callback(
                partial(self.method_queue.defer, self.has_served, owner, connection)
            )

    def has_served(self, owner: str, connection: TConn, answered: Future) -> None:
        self.turns.done(owner)
        self.finish_request(connection, answered)
        self.serve()

    def turn_away(self, connection: TConn) -> None:
        """The portal says so, and gives back what was typed; more than that closes the connection."""
        if self.turned_away >= MAY_WAIT:
            self.nr_conns -= 1
            connection.close()
            return
        self.turned_away += 1
        self.refusing.submit(self.handle, connection).add_done_callback(
            partial(self.method_queue.defer, self.has_turned_away, connection)
        )

    def has_turned_away(self, connection: TConn, answered: Future) -> None:
        self.turned_away -= 1
        self.finish_request(connection, answered)


def telling_who_is_turned_away(app: Callable) -> Callable:
    def answer(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        environ[TURNED_AWAY] = threading.current_thread().name.startswith(REFUSING)
        answered: Iterable[bytes] = app(environ, start_response)
        return answered

    return answer


def head_of(connection: TConn) -> bytes:
    """Returns the beginning of a connection's next request, as far as it has arrived, and leaves it there to be read."""
    read_ahead: bytes = connection.parser.unreader.buf.getvalue() if connection.parser else b""
    try:
        return read_ahead + connection.sock.recv(HEAD, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return read_ahead  # nothing more is here, or it has gone: who answers it finds that out


def has_sent(connection: TConn) -> bool:
    try:
        connection.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True  # it has gone; who would answer it finds that out
    return True
