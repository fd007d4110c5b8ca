"""Eleven services, several processes, one PostgreSQL: together they must fit."""

import re

from infra.distributed.addresses import PIECES
from infra.parts import WEB_PROCESSES, WEB_THREADS
from infra.postgres import CONFIGURATION
from shared.database import POOL_OVERFLOW, POOL_SIZE
from shared.settings import SERVICES

KEPT_FOR_ADMINISTRATORS = 3
LAUNCHER_AND_LIVE = 4
LISTENING_PARTS = 3  # of a worker: the teller, the hearer, an errand


def test_even_at_their_worst_all_connections_fit_into_the_database():
    allowed = int(re.search(r"max_connections = (\d+)", CONFIGURATION)[1]) - KEPT_FOR_ADMINISTRATORS
    pool = POOL_SIZE + POOL_OVERFLOW
    web = (
        WEB_PROCESSES * len(SERVICES) * min(pool, WEB_THREADS)
    )  # a thread serves one request, with one session a service
    worker = len(SERVICES) * (pool + 1)  # and one that listens
    assert web + worker + LAUNCHER_AND_LIVE <= allowed


def test_in_pieces_they_fit_as_well():
    allowed = int(re.search(r"max_connections = (\d+)", CONFIGURATION)[1]) - KEPT_FOR_ADMINISTRATORS
    pool = POOL_SIZE + POOL_OVERFLOW
    webs = sum(piece.endswith("-web") for piece in PIECES) * min(pool, WEB_THREADS)
    workers = sum(piece.endswith("-worker") for piece in PIECES) * (pool + LISTENING_PARTS)
    assert webs + workers + LAUNCHER_AND_LIVE <= allowed
