"""The pieces in the order in which they stop: each wave still needs the answers of the next one."""

from pathlib import Path
from typing import Any

from infra.distributed.addresses import port_of, service_urls
from infra.gateway import gateway
from infra.one_machine.processes import BY_TURNS, GUNICORN, WEB_THREADS, in_threads, live, neighbours
from infra.processes.process import Part, page_answers
from infra.rooms import with_room

PORTAL_THREADS = 2 * WEB_THREADS  # they wait for the services more than they work
DOORS, FACES, SERVICES, WORKERS = range(4)


def the_pieces(home: Path, environment: dict[str, str], with_demonstration: bool) -> list[Part]:
    faces = [portal(home, environment), live(home, environment, {})]
    services = [web_of(name, home, environment) for name in with_room("app") if name != "portal"]
    workers = [worker_of(name, home, environment) for name in with_room("listeners")]
    last = workers + ([neighbours(home, environment)] if with_demonstration else [])
    waves = {DOORS: [gateway(home, environment)], FACES: faces, SERVICES: services, WORKERS: last}
    for wave, parts in waves.items():
        for part in parts:
            part.wave = wave
    return [part for parts in waves.values() for part in parts]


def portal(home: Path, environment: dict[str, str]) -> Part:
    return web_of("portal", home, environment, threads=PORTAL_THREADS, serving=BY_TURNS)


def web_of(service: str, home: Path, environment: dict[str, str], **how: Any) -> Part:
    port = port_of(f"{service}-web")
    arguments = [*GUNICORN, *in_threads(port, **how), f"services.{service}.app:create_app()"]
    return Part(f"{service}-web", arguments, page_answers(port, "/readyz"), home, environment)


def worker_of(service: str, home: Path, environment: dict[str, str]) -> Part:
    port = port_of(f"{service}-worker")
    own = {"POLKU_WORKER_PORT": str(port)}
    arguments = ["-m", "infra.worker", service]
    return Part(f"{service}-worker", arguments, page_answers(port, "/readyz"), home, environment, own)


def environment_of_pieces() -> dict[str, str]:
    """What every piece is told besides what one machine's parts are told."""
    return {
        **service_urls(),
        "POLKU_GATEWAY": "http",
        "MALLOC_ARENA_MAX": "2",  # some twenty processes: what each keeps for itself adds up
    }
