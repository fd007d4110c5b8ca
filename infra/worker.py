"""`python -m infra.worker [SERVICE ...]`: for each of these services, else for all, its relay, its listeners and its timers."""

import logging
import signal
import sys
import threading
from collections.abc import Collection
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client.registry import Collector

from infra.one_machine.addresses import listens_at, worker_port
from infra.rooms import room, with_room
from shared.database import worker_engine_of, worker_sessions_of
from shared.messaging.bus.transport import EventTransport
from shared.messaging.gauges import OfServices, OfThisMachine
from shared.messaging.listeners import Listeners
from shared.messaging.watchdog import Watchdog
from shared.messaging.worker import Worker
from shared.settings import lease_seconds, setting
from shared.telemetry import tracing
from shared.telemetry.logs import speak
from shared.telemetry.memory import load_first, spare_what_stays
from shared.telemetry.pages import pages

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
    listeners: Listeners = room(name, "listeners").listeners
    transport = EventTransport(worker_engine_of(name), name, lease=lease_seconds())
    return Worker(listeners, worker_sessions_of(name), transport, stop)


class Crew:
    """All workers together: when one breaks, all stop, so that the launcher sees it and starts them again."""

    def __init__(self, crew: dict[str, Worker], stop: threading.Event) -> None:
        self.crew, self.stop = crew, stop
        self.broken: list[str] = []
        self.watchdog = Watchdog(crew)

    def work(self) -> None:
        threads = [threading.Thread(target=self._run, args=pair, name=pair[0]) for pair in self.crew.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    @property
    def is_ready(self) -> bool:
        return not self.broken and all(worker.is_ready for worker in self.crew.values())

    @property
    def what_is_wrong(self) -> list[str]:
        broken = [f"{name}: its worker broke." for name in self.broken]
        starting = [] if self.is_ready else ["Not everybody has come around yet."]
        return [*broken, *starting, *self.watchdog.what_is_wrong]

    @property
    def what_is_away(self) -> list[str]:
        return self.watchdog.what_is_away

    def _run(self, name: str, worker: Worker) -> None:
        try:
            worker.run()
        except Exception:
            log.exception("%s: its worker broke", name)
            self.broken.append(name)
            self.stop.set()


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """The launcher asks every moment; that is not worth a line."""


class Page(ThreadingMixIn, WSGIServer):
    """A page of the worker's own. Counting may have to wait for the database; who asks for health must not wait for that."""

    daemon_threads = True


def serve(crew: Crew) -> WSGIServer:
    page = Page((listens_at(), worker_port()), QuietHandler)
    events = OfServices({name: worker_engine_of(name) for name in crew.crew})
    page.set_app(pages(crew, events, OfThisMachine(), *counts_of_its_own(crew)))
    threading.Thread(target=page.serve_forever, daemon=True).start()
    return page


def counts_of_its_own(crew: Crew) -> list[Collector]:
    """Lists the counts that one service alone has."""
    if "notification" not in crew.crew:
        return []
    from services.notification.mails.gauges import OfMail

    return [OfMail(worker_engine_of("notification"))]


def main(names: list[str]) -> None:
    load_first()
    speak(setting("PROCESS_NAME", "worker"))
    tracing.start(setting("PROCESS_NAME", "worker"))
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    crew = Crew(workers(stop, names), stop)
    page = serve(crew)
    spare_what_stays()
    threading.Thread(target=crew.watchdog.run, args=[stop], daemon=True).start()
    crew.work()
    page.shutdown()
    tracing.stop()
    if crew.broken:
        raise SystemExit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
