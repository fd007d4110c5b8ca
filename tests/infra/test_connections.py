"""Eleven services, several processes, one PostgreSQL: together they must fit."""

import re

from infra.parts import WEB_PROCESSES, WEB_THREADS
from infra.postgres import CONFIGURATION
from shared.database import POOL_OVERFLOW, POOL_SIZE
from shared.settings import SERVICES

KEPT_FOR_ADMINISTRATORS = 3
LAUNCHER_AND_LIVE = 4


def test_even_at_their_worst_all_connections_fit_into_the_database():
    allowed = int(re.search(r"max_connections = (\d+)", CONFIGURATION)[1]) - KEPT_FOR_ADMINISTRATORS
    pool = POOL_SIZE + POOL_OVERFLOW
    web = (
        WEB_PROCESSES * len(SERVICES) * min(pool, WEB_THREADS)
    )  # a thread serves one request, with one session a service
    worker = len(SERVICES) * (pool + 1)  # and one that listens
    assert web + worker + LAUNCHER_AND_LIVE <= allowed
