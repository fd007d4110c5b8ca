"""Eleven services, several processes, one PostgreSQL: together they must fit."""

import re
from pathlib import Path

import yaml

from infra.database.postgres import CONFIGURATION
from infra.distributed.processes import processes_of_services
from infra.one_machine.processes import WEB_PROCESSES, WEB_THREADS
from shared.database import OPERATORS, POOL_OVERFLOW, POOL_SIZE
from shared.settings import SERVICES

ROOT = Path(__file__).resolve().parents[2]
KEPT_FOR_ADMINISTRATORS = 3
LAUNCHER_AND_LIVE = 4
OF_ITS_OWN = 2  # of a worker: the relay's connection, and the one that listens for all its processes
POOL = POOL_SIZE + POOL_OVERFLOW
ALLOWED = int(re.search(r"max_connections = (\d+)", CONFIGURATION)[1]) - KEPT_FOR_ADMINISTRATORS


def test_even_at_their_worst_all_connections_fit_into_the_database():
    web = (
        WEB_PROCESSES * len(SERVICES) * min(POOL, WEB_THREADS)
    )  # a thread serves one request, with one session a service
    web += WEB_PROCESSES * OPERATORS  # one operator at a time
    worker = len(SERVICES) * (POOL + OF_ITS_OWN)
    assert web + worker + LAUNCHER_AND_LIVE <= ALLOWED


def test_distributed_they_fit_as_well():
    assert of_services() <= ALLOWED


def test_in_containers_they_fit_with_those_of_the_sign_in():
    assert of_services() + of_the_sign_in() <= ALLOWED


def test_who_wants_more_of_a_service_is_told_how_many_fit():
    said = (ROOT / "docs/operations/scale.md").read_text()
    web, worker, room = map(
        int, re.search(r"web process (\d+), a worker (\d+); there is room for (\d+)", said).groups()
    )
    assert (web, worker) == (min(POOL, WEB_THREADS) + OPERATORS, POOL + OF_ITS_OWN)
    assert room <= ALLOWED - of_services() - of_the_sign_in() < room + 10


def of_services() -> int:
    """At worst: a connection for each thread that answers, as far as the pool goes; the whole pool for who works."""
    processes = {
        process.name: process.arguments
        for process in processes_of_services(ROOT, {}, with_demonstration=False)
    }
    webs = [threads_of(arguments) for name, arguments in processes.items() if name.endswith("-web")]
    workers = [name for name in processes if name.endswith("-worker")]
    assert len(webs) == len(SERVICES)
    pools = sum(min(POOL, threads) + OPERATORS for threads in webs)
    return pools + len(workers) * (POOL + OF_ITS_OWN) + LAUNCHER_AND_LIVE


def threads_of(arguments: list[str]) -> int:
    return int(arguments[arguments.index("--threads") + 1])


def of_the_sign_in() -> int:
    """Keycloak would take a hundred (keycloak.org/server/all-config: db-pool-max-size)."""
    settings = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["keycloak"][
        "environment"
    ]
    return int(settings.get("KC_DB_POOL_MAX_SIZE", 100))
