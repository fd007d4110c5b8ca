"""The work of each process once a fork has been made for it: serve pages, work, or stream."""

import gc
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterable
from html import escape
from threading import Thread
from typing import Any

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server

from infra.development.debugging import is_debugged, stop_where_it_fails
from infra.one_machine.processes import inside_web, live
from infra.processes.ports import LOOPBACK
from shared.settings import AUDIENCES, state_directory, web_port
from shared.telemetry.logs import speak

SOCKET = "POLKU_DEVELOPMENT_SOCKET"  # its number, for the program that goes on in this one's place
WAITING = 128


class WithoutRequests(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Logs nothing: who reads what is nobody's business."""


def served(name: str) -> Callable[[], None]:
    """Returns what the child called `name` is to do; the sockets it listens on are opened now and stay open."""
    if name == "web":
        listening = open_socket()
        return lambda: serve_pages(listening)
    return {"live": stream, "worker": work}[name]


def open_socket() -> socket.socket:
    """On loopback, never elsewhere."""
    if SOCKET in os.environ:
        return socket.socket(fileno=int(os.environ[SOCKET]))
    listening = socket.create_server((LOOPBACK, web_port()), backlog=WAITING)
    listening.set_inheritable(True)
    os.environ[SOCKET] = str(listening.fileno())
    return listening


def serve_pages(listening: socket.socket) -> None:
    """One request at a time where a debugger may stop it."""
    speak("web")
    if is_debugged():
        stop_where_it_fails()
    server = make_server(
        LOOPBACK,
        web_port(),
        the_application(),
        threaded=not is_debugged(),
        request_handler=WithoutRequests,
        fd=listening.fileno(),
    )
    until_asked_to_stop(server)


def until_asked_to_stop(server: Any) -> None:
    """Finishes what has begun; who comes meanwhile waits at the open socket for the next child."""
    signal.signal(signal.SIGTERM, lambda *_: Thread(target=server.shutdown).start())
    server.daemon_threads = False
    server.serve_forever(poll_interval=0.05)
    server.server_close()


def the_application() -> Any:
    """All that answers on the web port; while it cannot be loaded, a page that says why. A service is loaded when it is first asked:
    most pages need three of them."""
    try:
        from services.portal.app import create_app

        portal = create_app()
    except Exception:
        traceback.print_exc()
        return page_that_says(traceback.format_exc())
    portal.jinja_env.auto_reload = True
    gc.freeze()  # what is loaded stays until the next child
    gc.enable()
    return DispatcherMiddleware(portal, {f"/api/{name}": loaded_when_asked(name) for name in AUDIENCES})


def loaded_when_asked(service: str) -> Any:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        from services.portal.clients.base import app_of

        answered: Iterable[bytes] = app_of(service)(environ, start_response)
        return answered

    return answer


def page_that_says(why: str) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("500 Internal Server Error", [("Content-Type", "text/html; charset=utf-8")])
        return [f"<!doctype html><title>Polku</title><pre>{escape(why)}</pre>".encode()]

    return answer


def work() -> None:
    from infra.worker import main

    main([])


def stream() -> None:
    os.execv(sys.executable, [sys.executable, *live(state_directory(), {}, inside_web()).arguments])
