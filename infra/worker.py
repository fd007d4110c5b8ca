"""The worker process of one machine: for every service its relay, its listeners and its alarms, a thread each."""

import json
import logging
import signal
import threading
from collections.abc import Callable, Iterable
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from infra.addresses import worker_port
from infra.ports import LOOPBACK
from infra.rooms import rooms
from shared.bus.postgres import PostgresEventBus
from shared.database import engine_of, sessions_of
from shared.listening import Listeners
from shared.worker import Worker

log = logging.getLogger(__name__)


def workers(stop: threading.Event) -> dict[str, Worker]:
    return {name: _worker_of(name, room.listeners, stop) for name, room in rooms("listeners").items()}


def _worker_of(name: str, listeners: Listeners, stop: threading.Event) -> Worker:
    return Worker(listeners, sessions_of(name), PostgresEventBus(engine_of(name)), stop)


class Crew:
    """All workers together: when one breaks, all stop, so that the launcher sees it and starts them again."""

    def __init__(self, crew: dict[str, Worker], stop: threading.Event) -> None:
        self.crew, self.stop = crew, stop
        self.broken: list[str] = []

    def work(self) -> None:
        threads = [threading.Thread(target=self._run, args=pair, name=pair[0]) for pair in self.crew.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    @property
    def is_ready(self) -> bool:
        return not self.broken and all(worker.ready.is_set() for worker in self.crew.values())

    def _run(self, name: str, worker: Worker) -> None:
        try:
            worker.run()
        except Exception:
            log.exception("%s: its worker broke", name)
            self.broken.append(name)
            self.stop.set()


def health_page(crew: Crew) -> Callable:
    def answer(environ: dict, start_response: Callable) -> Iterable[bytes]:
        healthy = environ["PATH_INFO"] == "/healthz" or crew.is_ready
        start_response(
            "200 OK" if healthy else "503 Service Unavailable", [("Content-Type", "application/json")]
        )
        return [json.dumps({"status": "ready" if crew.is_ready else "starting"}).encode()]

    return answer


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """The launcher asks every moment; that is not worth a line."""


def serve(crew: Crew) -> WSGIServer:
    page = WSGIServer((LOOPBACK, worker_port()), QuietHandler)
    page.set_app(health_page(crew))
    threading.Thread(target=page.serve_forever, daemon=True).start()
    return page


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a request says nothing new
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    crew = Crew(workers(stop), stop)
    page = serve(crew)
    crew.work()
    page.shutdown()
    if crew.broken:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
