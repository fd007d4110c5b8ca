"""The processes of one machine's Polku, in the order in which they stop."""

from pathlib import Path

from infra.one_machine.addresses import mailbox_port, sign_in_port, worker_port
from infra.processes.ports import LOOPBACK
from infra.processes.process import Process, page_answers
from shared.settings import SERVICES, live_port, web_port

WEB_PROCESSES, WEB_THREADS = 2, 4  # for two cores; more threads made it slower
BY_TURNS = "infra.serving.fair_worker.FairWorker"  # where organisations come by their own hosts
GUNICORN = ["-m", "gunicorn", "--config", "python:infra.serving.gunicorn_settings"]


def processes_of_one_machine(
    home: Path, environment: dict[str, str], with_demonstration: bool
) -> list[Process]:
    """Returns the processes of one machine: those who take requests first, then the worker, then the demonstration's own services."""
    ours = [web(home, environment), live(home, environment, inside_web()), worker(home, environment)]
    return ours + ([demo_services(home, environment)] if with_demonstration else [])


def demo_services(home: Path, environment: dict[str, str]) -> Process:
    """Returns the demonstration's sign-in and mailbox; elsewhere others run these."""
    sign_in, mailbox = page_answers(sign_in_port(), "/readyz"), page_answers(mailbox_port(), "/readyz")
    return Process(
        "demo-services", ["-m", "infra.demo.services"], lambda: sign_in() and mailbox(), home, environment
    )


def web(home: Path, environment: dict[str, str]) -> Process:
    """Returns the web process; it is loaded once and forked, one import for all its processes."""
    served = ["--preload", *in_threads(web_port(), WEB_PROCESSES, serving=BY_TURNS)]
    ready = page_answers(web_port(), "/api/identity/readyz")
    return Process("web", [*GUNICORN, *served, "infra.web:create_app()"], ready, home, environment)


def inside_web() -> dict[str, str]:
    """Returns the services' addresses, all in the web process, by setting."""
    return {f"POLKU_{name.upper()}_URL": f"http://{LOOPBACK}:{web_port()}/api/{name}" for name in SERVICES}


def live(home: Path, environment: dict[str, str], services: dict[str, str]) -> Process:
    """Its streams never end by themselves: nobody waits long for them when it stops. It asks the services over HTTP."""
    served = ["-k", "gevent", "-w", "1", "--worker-connections", "4000", "--graceful-timeout", "2"]
    served += ["-b", f"{LOOPBACK}:{live_port()}"]
    ready = page_answers(live_port(), "/readyz")
    arguments = [*GUNICORN, *served, "services.portal.live:create_app()"]
    return Process("live", arguments, ready, home, environment, services)


def worker(home: Path, environment: dict[str, str]) -> Process:
    return Process(
        "worker", ["-m", "infra.worker"], page_answers(worker_port(), "/readyz"), home, environment
    )


def in_threads(
    port: int, processes: int = 1, threads: int = WEB_THREADS, serving: str = "gthread"
) -> list[str]:
    """Returns gunicorn's arguments for what waits for the database or for others; `serving` is its worker class."""
    return [
        "-k",
        serving,
        "-w",
        str(processes),
        "--threads",
        str(threads),
        "-b",
        f"{LOOPBACK}:{port}",
    ]
