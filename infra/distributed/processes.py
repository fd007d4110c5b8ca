"""Every service's web and worker process, in the order in which they stop: each still needs the answers of the next."""

from pathlib import Path
from typing import Any

from infra.distributed.addresses import port_of, service_urls
from infra.gateway import gateway
from infra.one_machine.processes import BY_TURNS, GUNICORN, WEB_THREADS, demo_services, in_threads, live
from infra.processes.process import Process, page_answers
from infra.rooms import with_room

PORTAL_THREADS = 2 * WEB_THREADS  # they wait for the services more than they work
GATEWAY, PORTAL, SERVICES, WORKERS = range(4)


def processes_of_services(home: Path, environment: dict[str, str], with_demonstration: bool) -> list[Process]:
    faces = [portal(home, environment), live(home, environment, {})]
    services = [web_of(name, home, environment) for name in with_room("app") if name != "portal"]
    workers = [worker_of(name, home, environment) for name in with_room("listeners")]
    last = workers + ([demo_services(home, environment)] if with_demonstration else [])
    by_stop_order = {GATEWAY: [gateway(home, environment)], PORTAL: faces, SERVICES: services, WORKERS: last}
    for stop_order, processes in by_stop_order.items():
        for process in processes:
            process.stop_order = stop_order
    return [process for processes in by_stop_order.values() for process in processes]


def portal(home: Path, environment: dict[str, str]) -> Process:
    return web_of("portal", home, environment, threads=PORTAL_THREADS, serving=BY_TURNS)


def web_of(service: str, home: Path, environment: dict[str, str], **how: Any) -> Process:
    port = port_of(f"{service}-web")
    arguments = [*GUNICORN, *in_threads(port, **how), f"services.{service}.app:create_app()"]
    return Process(f"{service}-web", arguments, page_answers(port, "/readyz"), home, environment)


def worker_of(service: str, home: Path, environment: dict[str, str]) -> Process:
    port = port_of(f"{service}-worker")
    own = {"POLKU_WORKER_PORT": str(port)}
    arguments = ["-m", "infra.worker", service]
    return Process(f"{service}-worker", arguments, page_answers(port, "/readyz"), home, environment, own)


def environment_of_services() -> dict[str, str]:
    """Returns what every process is told besides what one machine's processes are told."""
    return {
        **service_urls(),
        "POLKU_GATEWAY": "http",
        "MALLOC_ARENA_MAX": "2",  # some twenty processes: what each keeps for itself adds up
    }
