"""Connections break between any two statements, on threads that serve one organisation after the other: nobody ever
acts for another one."""

import gc
import logging
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import local
from uuid import UUID, uuid4

import pytest
from flask.views import MethodView
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import OperationalError

from shared.contracts.workshop import RoundStarted
from shared.database import engine_of, sessions_of, worker_sessions_of
from shared.messaging.events import envelope_for
from shared.messaging.listeners import Listeners
from shared.problems import RuleBroken
from shared.settings import database_url, worker_of
from shared.tenancy.sessions import acting_for, current_tenant, tenant_here
from shared.web.access import open_to
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.service import create_service
from shared.web.tokens import Caller
from tests.conftest import Door
from tests.shared.conftest import SERVICE, Note
from tests.shared.conftest import engine as engine
from tests.shared.conftest import notes as notes

THREADS, TRANSACTIONS, CUTS = 4, 1_800, 200  # a thread has two connections at most, the pool has eight
CUT = text("SELECT pg_terminate_backend(:pid, 5000)")  # and waits until it is gone
notes_api = Blueprint("notes", __name__, url_prefix="/notes")
listeners = Listeners(SERVICE)
log = logging.getLogger("services.notes")
turn = local()  # what this thread is doing


class Unwelcome(RuleBroken):
    """Such words are not written here. Choose others."""


def collect_now_and_then() -> None:
    """In the middle of this turn, what earlier ones left behind is closed."""
    if turn.collects:
        gc.collect()


def write() -> Note:
    collect_now_and_then()
    session().add(note := Note(words=str(current_tenant())))
    session().flush()
    log.info("written")
    return note


def everybody_here() -> list[str]:
    """For whom the database acts, and whose rows it shows."""
    said = session().scalar(text("SELECT current_setting('app.tenant')"))
    return [said, *map(str, session().scalars(select(Note.tenant_id).distinct()))]


@notes_api.route("/")
class Notes(MethodView):
    @open_to("participant")
    def get(self):
        """Reads."""
        collect_now_and_then()
        return everybody_here()

    @open_to("participant")
    def post(self):
        """Writes, and tells of it."""
        write().say()
        return everybody_here()

    @open_to("participant")
    def put(self):
        """Writes what is refused."""
        write()
        raise Unwelcome

    @open_to("participant")
    def patch(self):
        """Looks into another organisation's rooms meanwhile, as identity does under a grant."""
        session().add(Note(words=str(current_tenant())))
        with acting_for(turn.other), sessions_of(SERVICE)() as theirs:
            collect_now_and_then()
            assert set(theirs.scalars(select(Note.tenant_id).distinct())) <= {turn.other}
        log.info("looked")
        return everybody_here()


@listeners.on(RoundStarted)
def write_it_down(started: RoundStarted, theirs) -> None:
    collect_now_and_then()
    theirs.add(Note(words=str(current_tenant())))
    theirs.flush()
    log.info("heard")


class Scissors:
    """They cut the connection of this thread after a statement that was chosen before."""

    def __init__(self) -> None:
        self.others = create_engine(
            database_url(worker_of(SERVICE)), execution_options={"isolation_level": "AUTOCOMMIT"}
        )
        self.cuts = 0

    def after_a_statement(self, connection, cursor, statement, parameters, context, executemany) -> None:
        if (left := getattr(turn, "left", None)) is None:
            return
        turn.left = left - 1 if left else None
        if left == 0:
            turn.cut = True
            with self.others.connect() as knife:
                assert knife.scalar(CUT, {"pid": cursor.connection.info.backend_pid})


@pytest.fixture
def scissors(engine) -> Iterator[Scissors]:
    """Of what answers, and of what hears."""
    scissors, both = Scissors(), (engine, engine_of(SERVICE))
    for one in both:
        event.listen(one, "after_cursor_execute", scissors.after_a_statement)
    yield scissors
    for one in both:
        event.remove(one, "after_cursor_execute", scissors.after_a_statement)
        one.dispose()
    scissors.others.dispose()


class Heard(logging.Handler):
    """For whom each line was said, and for whom it had to be."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines = Counter[tuple[str, str]]()

    def emit(self, record: logging.LogRecord) -> None:
        mine, said = getattr(turn, "tenant", None), tenant_here()
        whose = {None: "nobody's", mine: "its own"}.get(said, "another's")
        self.lines[record.name, whose] += 1


@pytest.fixture
def heard(monkeypatch) -> Heard:
    """It alone: what keeps the lines with their errors would keep what is to be collected."""
    heard = Heard()
    monkeypatch.setattr(logging.getLogger(), "handlers", [heard])
    monkeypatch.setattr(log, "level", logging.INFO)
    return heard


@pytest.fixture
def quick_collections() -> Iterator[None]:
    """Only what is made from now on is looked through."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


class Turns:
    """So many mixed transactions of three organisations, each on any thread."""

    def __init__(self, app) -> None:
        self.app, self.tenants = app, [uuid4() for _ in range(3)]
        self.written, self.statuses, self.cut = Counter[UUID](), Counter[tuple[str, int]](), 0

    def take(self, seed: int) -> None:
        chance = random.Random(seed)
        turn.tenant, turn.other = chance.sample(self.tenants, 2)
        turn.left, turn.cut = chance.choice([None] * 20 + [*range(6)]), False
        turn.collects = chance.random() < 0.15
        kind = chance.choice(["GET", "POST", "PUT", "PATCH", "event"])
        assert tenant_here() is None, "a turn begins with another's tenant"
        status = self.hear() if kind == "event" else self.ask(kind)
        assert tenant_here() is None, "a turn leaves its tenant behind"
        self.statuses[kind, status] += 1
        self.cut += turn.cut
        assert turn.cut or status == (409 if kind == "PUT" else 200)
        self.written[turn.tenant] += status == 200 and kind != "GET"

    def ask(self, kind: str) -> int:
        caller = Caller(tenant=turn.tenant, subject=uuid4())
        door = Door(SERVICE, self.app.test_client(), caller).as_("participant")
        answer = door.request(kind, "/notes/")
        if answer.status_code == 200:
            assert set(answer.json) == {str(turn.tenant)}, "somebody saw another organisation"
        return answer.status_code

    def hear(self) -> int:
        told = envelope_for(RoundStarted(run_id=uuid4(), round=1), "workshop", turn.tenant)
        try:
            return 200 if listeners.hear(told, worker_sessions_of(SERVICE)) else 500
        except OperationalError:
            return 500


@pytest.fixture
def turns(notes) -> Turns:
    app = create_service(SERVICE, [notes_api], Listeners(SERVICE))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return Turns(app)


def test_nobody_acts_for_another_organisation_when_connections_break(
    turns, scissors, heard, quick_collections
):
    with ThreadPoolExecutor(THREADS) as threads:
        for done in [threads.submit(turns.take, seed) for seed in range(TRANSACTIONS)]:
            done.result()
    assert turns.cut >= CUTS and turns.statuses["PUT", 409] and turns.statuses["POST", 500]
    assert sum(told_in_its_own_rows(tenant, turns) for tenant in turns.tenants) == turns.statuses["POST", 200]
    assert not [line for line in heard.lines if line[1] == "another's"]
    ours = {whose for name, whose in heard.lines if name in (log.name, "shared.web.request_telemetry")}
    assert ours == {"its own"}


def told_in_its_own_rows(tenant: UUID, turns: Turns) -> int:
    """Only its own turns have written there, and its envelopes tell of its own notes; how many they are."""
    with acting_for(tenant), worker_sessions_of(SERVICE)() as opened:
        rows = opened.scalars(select(Note)).all()
        told = opened.scalars(TOLD, {"tenant": str(tenant)}).all()
    assert {row.words for row in rows} == {str(tenant)} and len(rows) == turns.written[tenant]
    assert set(told) <= {str(row.id) for row in rows}
    return len(told)


TOLD = text("""
    SELECT convert_from(value, 'UTF8')::json ->> 'run_id' FROM outbox WHERE headers ->> 'ce_tenantid' = :tenant""")
