"""The demonstration's own services, in one process: its sign-in and its mailbox. Elsewhere others run these."""

import signal
from threading import Event, Thread

from aiosmtpd.controller import Controller
from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from infra.demo import mailbox, sign_in
from infra.one_machine.addresses import mailbox_port, sign_in_port, smtp_port
from infra.processes.ports import LOOPBACK
from shared.settings import state_directory


class WithoutRequests(WSGIRequestHandler):
    """Writes down no requests: their addresses say who signs in, and whose mails somebody looks at."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def page_at(port: int, app: Flask) -> BaseWSGIServer:
    page = make_server(LOOPBACK, port, app, threaded=True, request_handler=WithoutRequests)
    Thread(target=page.serve_forever, daemon=True).start()
    return page


def main() -> None:
    stop = Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: Thread(target=stop.set).start())
    mails = mailbox.Mailbox(state_directory() / "mailbox")
    postman = Controller(mailbox.Postman(mails), hostname=LOOPBACK, port=smtp_port(), ready_timeout=30)
    postman.start()
    pages = [
        page_at(mailbox_port(), mailbox.create_app(mails)),
        page_at(sign_in_port(), sign_in.create_app()),
    ]
    stop.wait()
    for page in pages:
        page.shutdown()
    postman.stop()


if __name__ == "__main__":
    main()
