"""The processes that the launcher runs, told to stop while they are in the middle of something: they end it first."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from uuid import UUID, uuid4

import psutil
import pytest
from sqlalchemy import text

from infra.distributed.addresses import PROCESSES
from infra.distributed.processes import worker_of
from infra.one_machine.processes import WEB_PROCESSES, web
from infra.processes.ports import LOOPBACK
from infra.processes.process import GRACE_SECONDS, Process
from shared.contracts.survey import ViewShared
from shared.database import worker_engine_of
from shared.messaging.bus.postgres import PostgresEventBus
from shared.settings import web_port
from shared.tenancy.sessions import acting_for
from shared.web.tokens import Caller, issue
from tests.bus.conftest import until
from tests.installed import free_row_of_ports
from tests.shared.conftest import as_owner, empty_the_bus, lay, on_its_way

SERVICE, VIEWS = "lineage", 3
pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def home(on_free_ports, tmp_path, monkeypatch):
    """What the launcher prepares for its processes."""
    monkeypatch.setenv("POLKU_DISTRIBUTED_PORT", str(free_row_of_ports(len(PROCESSES))))
    for room in ("logs", "run"):
        (tmp_path / room).mkdir()
    return tmp_path


@contextmanager
def at_work(process: Process) -> Iterator[Process]:
    process.start()
    try:
        until(lambda: process.is_ready() or not process.is_alive)
        assert process.is_alive, process.last_lines()
        yield process
    finally:
        if process.is_alive:
            process.child.kill()
            process.child.wait()


@pytest.fixture
def things(server, database):
    """Whoever works with lineage's things waits for us while `things.held()`."""
    with server.connect(database) as connection:
        yield Things(connection)


class Things:
    def __init__(self, connection) -> None:
        self.connection = connection

    @contextmanager
    def held(self) -> Iterator[None]:
        with self.connection.transaction():
            self.connection.execute("LOCK TABLE lineage.thing IN ACCESS EXCLUSIVE MODE")
            yield

    @property
    def are_waited_for(self) -> bool:
        return self._count("pg_locks WHERE NOT granted AND relation = 'lineage.thing'::regclass") > 0

    def connections_of(self, process: str) -> int:
        return self._count("pg_stat_activity WHERE application_name = %s", f"polku-{process}")

    def known_of(self, tenant: UUID) -> int:
        return self._count("lineage.thing WHERE tenant_id = %s", tenant)

    def _count(self, what: str, *values) -> int:
        self.connection.execute("SELECT pg_stat_clear_snapshot()")
        return self.connection.execute(f"SELECT count(*) FROM {what}", values).fetchone()[0]


def share(tenant: UUID) -> list[ViewShared]:
    """Some views of one run are on the bus."""
    run = uuid4()
    shared = [ViewShared(run_id=run, theme_id=uuid4(), view_id=uuid4(), language="fi") for _ in range(VIEWS)]
    with acting_for(tenant):
        lay(PostgresEventBus(worker_engine_of(SERVICE)), *map(on_its_way, shared))
    return shared


def state_of_the_group() -> dict[str, int]:
    with worker_engine_of(SERVICE).connect() as connection:
        return dict(connection.execute(STATE).one()._mapping)


STATE = text("""
    SELECT (SELECT count(*) FROM inbox) AS marked, (SELECT count(*) FROM dead_letter) AS dead,
           (SELECT sum(next_position - committed)::int FROM group_partition JOIN log_partition USING (topic, partition)
            WHERE grp = 'lineage') AS left,
           (SELECT count(owner) FROM group_partition WHERE grp = 'lineage') AS owned""")


def test_a_worker_told_to_stop_ends_the_batch_in_hand_and_gives_back_what_it_owned(home, things, avi):
    """Cure: it hears the signal, and looks at it between batches alone. Without, it ends with the signal's number, and the
    batch with it."""
    owner = as_owner(SERVICE)
    empty_the_bus(owner)
    owner.dispose()
    with at_work(worker_of(SERVICE, home, {"POLKU_HOME": str(home)})) as worker:
        with things.held():
            share(avi)
            until(lambda: things.are_waited_for)
            before = things.connections_of(worker.name)
            worker.ask_to_stop()
            until(lambda: things.connections_of(worker.name) < before)  # the others have gone home
            assert worker.is_alive
        assert worker.child.wait(GRACE_SECONDS) == 0, worker.last_lines()
    assert things.known_of(avi) == VIEWS
    assert state_of_the_group() == {"marked": VIEWS, "dead": 0, "left": 0, "owned": 0}


def test_a_web_process_told_to_stop_answers_whom_it_is_serving(home, things, avi, hear):
    """Cure: gunicorn's graceful timeout, within the launcher's half minute. With none, the request breaks off."""
    view = ViewShared(run_id=uuid4(), theme_id=uuid4(), view_id=uuid4(), language="fi")
    hear(SERVICE, view)
    who = Caller(tenant=avi, subject=uuid4(), roles=frozenset(["lead"]))
    with at_work(web(home, {"POLKU_HOME": str(home)})) as process, ThreadPoolExecutor(1) as visitor:
        with things.held():
            asked = visitor.submit(ask, f"/api/lineage/threads/{view.view_id}", who)
            until(lambda: things.are_waited_for)
            process.ask_to_stop()
            until(
                lambda: len(psutil.Process(process.child.pid).children()) < WEB_PROCESSES
            )  # who was idle has gone
            assert process.is_alive and not asked.done()
        status, body = asked.result(GRACE_SECONDS)
        assert process.child.wait(GRACE_SECONDS) == 0, process.last_lines()
    assert (status, body["start"]["id"]) == (200, str(view.view_id))


def ask(path: str, who: Caller) -> tuple[int, dict]:
    connection = HTTPConnection(LOOPBACK, web_port(), timeout=GRACE_SECONDS)
    try:
        connection.request(
            "GET", path, headers={"Authorization": f"Bearer {issue('identity', SERVICE, who)}"}
        )
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()
