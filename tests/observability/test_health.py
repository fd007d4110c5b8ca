"""Health that tells the truth: what cannot work says so, in bounded time, and what can does not."""

import os
import signal
import threading
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from werkzeug.test import Client

from infra.database.postgres import Postgres, free_port
from infra.secrets import fresh_secrets
from shared.contracts.workshop import RoundStarted
from shared.messaging.bus import BusAway
from shared.messaging.listeners import Listeners
from shared.messaging.scheduling import schedule
from shared.messaging.watchdog import Watchdog
from shared.messaging.worker import Worker
from shared.settings import database_url
from shared.telemetry.bounded import Bounded, NoAnswer
from shared.telemetry.pages import pages
from shared.telemetry.scrape import text_of
from shared.web import health
from tests.observability.events import tell
from tests.observability.test_counting import counts
from tests.portal.live_process import until
from tests.shared.conftest import SERVICE, Note


@pytest.fixture
def page(world):
    return world.app("voting").test_client()


@pytest.fixture
def its_database(monkeypatch):
    """its_database(engine): voting's readiness asks this one."""

    def use(engine):
        monkeypatch.setattr(health, "engine_of", lambda service: engine)
        health.question.cache_clear()

    yield use
    health.question.cache_clear()


def test_alive_asks_nobody(page, its_database):
    its_database(None)
    assert page.get("/healthz").status_code == 200


def test_ready_when_the_database_answers_and_its_tables_are_ours(page):
    assert page.get("/readyz").json == {"status": "ready"}


def test_a_database_that_is_away_is_said_as_a_sentence(page, its_database):
    its_database(create_engine(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/nothing"))
    answer = page.get("/readyz")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.json["detail"] == "The database cannot be reached."


def test_a_database_that_hangs_holds_up_nobody(page, its_database, monkeypatch, tmp_path_factory):
    """Stopped by SIGSTOP it takes connections and answers nothing."""
    folder = tmp_path_factory.mktemp("stopped")
    server = Postgres(folder, fresh_secrets())
    server.start()
    engine = create_engine(
        f"postgresql+psycopg://postgres:{server.passwords['postgres']}@{server.address('postgres')}"
    )
    try:
        with engine.connect() as connection:
            connection.execute(text("CREATE SCHEMA voting"))
            connection.execute(text("CREATE TABLE voting.schema_version (version_num text)"))
            connection.execute(text("INSERT INTO voting.schema_version VALUES ('voting_0001')"))
            backend = connection.connection.driver_connection.info.backend_pid
            connection.commit()
            monkeypatch.setattr(health, "SECONDS", 0.5)
            its_database(engine)
            os.kill(backend, signal.SIGSTOP)
        postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGSTOP)
        answer = page.get("/readyz")
        assert (answer.status_code, answer.json["code"]) == (503, "not-ready")
        assert "has not answered" in answer.json["detail"]
    finally:
        for stopped in (backend, postmaster):
            os.kill(stopped, signal.SIGCONT)
        engine.dispose()
        server.stop()


def the_tables_are_those_of(version):
    owner = create_engine(database_url("polku_owner"))
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE voting.schema_version SET version_num = :version"), {"version": version}
        )
    owner.dispose()


@pytest.fixture
def versions():
    known, head = health.revisions("voting")
    yield known, head
    the_tables_are_those_of(head)


def test_tables_that_are_behind_the_code_are_not_ready(page, versions, monkeypatch):
    known, head = versions
    the_tables_are_those_of("voting_0000")
    monkeypatch.setattr(health, "revisions", lambda service: (known | {"voting_0000"}, head))
    answer = page.get("/readyz")
    assert answer.status_code == 503
    assert (
        f"this code needs {head}" in answer.json["detail"] and "shared.migrations up" in answer.json["detail"]
    )


def test_tables_of_the_next_version_are_ready_because_it_is_being_rolled_out(page, versions):
    the_tables_are_those_of("voting_9999")
    assert page.get("/readyz").status_code == 200


def test_every_service_with_tables_knows_its_last_migration():
    for service in ("voting", "survey", "identity", "publishing"):
        known, head = health.revisions(service)
        assert head in known and len(known) >= 1
    assert health.revisions("portal") == (frozenset(), None)


def test_a_question_that_hangs_is_asked_once_however_many_wait():
    asked, go_on = [], threading.Event()

    def question():
        asked.append(1)
        go_on.wait(30)
        return "answer"

    bounded = Bounded(question, 0.05)
    for _ in range(3):
        with pytest.raises(NoAnswer):
            bounded.ask()
    assert len(asked) == 1
    go_on.set()
    bounded.seconds = 30
    assert bounded.ask() == "answer"


def test_what_the_question_raises_comes_through():
    def question():
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        Bounded(question, 30).ask()


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def worker(engine, bus):
    """A worker that has come around just now."""
    return SimpleNamespace(
        engine=engine,
        parts={"relay": 1, "consumer": 1},
        last_progress={"relay": 1000.0, "consumer": 1000.0},
        waiting_for={},
    )


@pytest.fixture
def dog(worker):
    return Watchdog({SERVICE: worker}, Clock())


def everybody_turns(dog):
    for worker in dog.crew.values():
        worker.last_progress = dict.fromkeys(worker.parts, dog.clock.now)


def test_a_part_that_stops_coming_around_is_noticed_and_logged(dog, worker, seen):
    assert dog.check() == []
    dog.clock.now += dog.patience + 1
    worker.last_progress["relay"] = dog.clock.now
    assert dog.check() == [f"{SERVICE}: its consumer has stopped."]
    assert [line["said"] for line in seen.lines if line["level"] == "error"] == [
        f"watchdog: {SERVICE}: its consumer has stopped."
    ]
    assert stuck("consumer", "relay") == [1, 0]
    everybody_turns(dog)
    assert dog.check() == []
    assert stuck("consumer", "relay") == [0, 0]


def stuck(*parts: str) -> list[float]:
    """As an alert sees it."""
    found = counts(text_of())
    return [found["polku_worker_stuck", SERVICE, part] for part in parts]


def test_a_part_that_has_never_come_around_is_noticed_too(dog, worker):
    worker.last_progress = {}
    assert dog.check() == []
    dog.clock.now += dog.patience + 1
    assert len(dog.check()) == 2


def test_a_part_that_waits_for_the_broker_is_told_and_not_called_stuck(dog, worker):
    dog.clock.now += dog.patience + 1
    worker.last_progress["consumer"] = dog.clock.now
    worker.waiting_for["relay"] = (dog.clock.now - 1, "BusAway")
    assert dog.check() == []
    answer = Client(pages(dog)).get("/readyz")
    assert (answer.status_code, answer.json["away"]) == (200, [f"{SERVICE}: its relay waits: BusAway"])
    worker.last_progress["relay"] = dog.clock.now
    assert dog.what_is_away == []


def take(bus, topic="workshop.round"):
    subscription = bus.subscribe(SERVICE, [topic])
    subscription.poll(1)
    return subscription


def test_events_that_wait_while_nobody_works_on_them_are_noticed(dog, bus, avi):
    take(bus)
    tell(bus, RoundStarted(run_id=uuid4(), round=1))
    assert dog.check() == []
    dog.clock.now += dog.patience + 1
    everybody_turns(dog)
    (trouble,) = dog.check()
    assert trouble.startswith(f"{SERVICE}: nobody handles workshop.round")
    assert stuck("partition") == [1]
    assert Client(pages(dog)).get("/readyz").status_code == 503


def test_progress_however_slow_is_progress(dog, bus, avi):
    subscription = take(bus)
    run = uuid4()
    tell(bus, *(RoundStarted(run_id=run, round=number) for number in (1, 2, 3)))
    dog.check()
    dog.clock.now += dog.patience + 1
    everybody_turns(dog)
    record = poll_until(subscription)[0]
    with bus.engine.begin() as connection:
        subscription.commit(record, connection)
    assert dog.check() == []
    assert stuck("partition") == [0]


def poll_until(subscription):
    for _ in range(20):
        if records := subscription.poll(1):
            return records
    raise AssertionError("Nothing came.")


def test_what_fails_again_and_again_halts_the_partition_and_is_not_the_watchdogs(dog, bus, avi):
    subscription = take(bus)
    tell(bus, RoundStarted(run_id=uuid4(), round=1))
    subscription.attempt(poll_until(subscription)[0])
    dog.check()
    dog.clock.now += dog.patience + 1
    everybody_turns(dog)
    assert dog.check() == []


def test_what_another_process_owns_is_its_own_watchdogs(dog, bus, engine, avi):
    take(bus)
    tell(bus, RoundStarted(run_id=uuid4(), round=1))
    with engine.begin() as connection:
        connection.execute(text("UPDATE group_partition SET owner = 'elsewhere:1:abcdef'"))
    dog.check()
    dog.clock.now += dog.patience + 1
    everybody_turns(dog)
    assert dog.check() == []


def test_a_worker_whose_database_is_away_is_not_ready(dog, worker):
    worker.engine = create_engine(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/nothing")
    assert dog.check() == [f"{SERVICE}: the database cannot be asked (OperationalError)."]
    assert Client(pages(dog)).get("/healthz").status_code == 200


def test_a_watchdog_that_has_gone_silent_is_no_comfort(dog):
    dog.clock.now += dog.patience + 1
    assert dog.what_is_wrong == ["The watchdog has not checked for a while."]


def test_while_the_broker_is_away_alarms_ring_and_the_worker_says_what_it_waits_for(engine, notes, bus, avi):
    rung, stop = [], threading.Event()
    listeners = Listeners(SERVICE)

    @listeners.when_due("wake up")
    def note_it(about, session):
        rung.append(about)

    with notes.begin() as session:
        note = Note(words="x")
        session.add(note)
        note.say()
        schedule(session, session.scalar(text("SELECT now()")), "wake up", note.id)
    bus.relay = away
    worker = Worker(listeners, notes, bus, stop)
    dog = Watchdog({SERVICE: worker})
    working = threading.Thread(target=worker.run)
    working.start()
    try:
        until(lambda: rung and "relay" in worker.waiting_for)
        assert dog.what_is_away == [f"{SERVICE}: its relay waits: BusAway"] and dog.check() == []
    finally:
        stop.set()
        working.join()


def away(*arguments, **options):
    raise BusAway
