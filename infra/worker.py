"""`python -m infra.worker [SERVICE ...]`: for each of these services, else for all, its relay, its listeners and its alarms."""

import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterable
from importlib import import_module
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from infra.addresses import listens_at, worker_port
from infra.rooms import with_room
from shared.bus.road import Road
from shared.database import engine_of, sessions_of
from shared.listening import Listeners
from shared.worker import Worker

log = logging.getLogger(__name__)


class NoSuchWorker(SystemExit):
    def __init__(self, names: Collection[str]) -> None:
        super().__init__(
            f"{', '.join(names)}: no service listens by that name. They are {', '.join(with_room('listeners'))}."
        )


def workers(stop: threading.Event, names: Collection[str] = ()) -> dict[str, Worker]:
    """By service; only theirs is loaded."""
    if strange := sorted(set(names) - set(with_room("listeners"))):
        raise NoSuchWorker(strange)
    return {name: _worker_of(name, stop) for name in names or with_room("listeners")}


def _worker_of(name: str, stop: threading.Event) -> Worker:
    listeners: Listeners = import_module(f"services.{name}.listeners").listeners
    return Worker(listeners, sessions_of(name), Road(engine_of(name), name), stop)


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
        return not self.broken and all(worker.is_ready for worker in self.crew.values())

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
    page = WSGIServer((listens_at(), worker_port()), QuietHandler)
    page.set_app(health_page(crew))
    threading.Thread(target=page.serve_forever, daemon=True).start()
    return page


def main(names: list[str]) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a request says nothing new
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    crew = Crew(workers(stop, names), stop)
    page = serve(crew)
    crew.work()
    page.shutdown()
    if crew.broken:
        raise SystemExit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
