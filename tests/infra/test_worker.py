"""The crew of workers: one that breaks is not left behind."""

import threading

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from werkzeug.test import Client

from infra.worker import Crew, workers
from shared.messaging.listeners import Listeners
from shared.messaging.worker import Worker
from shared.settings import SERVICES
from shared.telemetry.pages import pages


class Obedient:
    def __init__(self, stop):
        self.stop, self.ready = stop, threading.Event()
        self.parts, self.last_progress, self.waiting_for = {}, {}, {}

    @property
    def is_ready(self):
        return self.ready.is_set()

    def run(self):
        self.ready.set()
        self.stop.wait()


class Broken(Obedient):
    def run(self):
        raise LookupError("something nobody foresaw")


@pytest.fixture
def stop():
    return threading.Event()


def answer_of(crew, path="/readyz") -> str:
    return Client(pages(crew)).get(path).status


def test_one_that_breaks_stops_all_so_that_they_are_started_again(stop):
    crew = Crew({"voting": Obedient(stop), "survey": Broken(stop)}, stop)
    crew.work()
    assert crew.broken == ["survey"]
    assert answer_of(crew).startswith("503")


def test_it_is_ready_when_everybody_is(stop):
    crew = Crew({"voting": Obedient(stop), "survey": Obedient(stop)}, stop)
    assert answer_of(crew).startswith("503")
    assert answer_of(crew, "/healthz").startswith("200")
    working = threading.Thread(target=crew.work)
    working.start()
    for worker in crew.crew.values():
        worker.ready.wait()
    assert answer_of(crew).startswith("200")
    stop.set()
    working.join()
    assert crew.broken == []


def test_every_service_that_listens_has_a_worker(database, stop):
    crew = workers(stop)
    assert set(crew) == set(SERVICES) - {"portal"}


def test_a_worker_that_starts_while_something_is_away_is_ready(stop):
    """It waits; whether it makes progress is the watchdog's question."""
    worker = Worker(Listeners("voting"), sessionmaker(create_engine("postgresql+psycopg://")), None, stop)
    assert not worker.is_ready
    worker.waiting_for["relay"] = (0.0, "BusAway")
    assert worker.is_ready
