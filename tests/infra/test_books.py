"""The soak's books can tell when they do not balance."""

import json
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, insert, select, text

from shared.database import worker_engine_of, worker_sessions_of
from shared.messaging.bus import Outgoing, Record
from shared.messaging.bus.postgres import PostgresEventBus
from shared.messaging.bus.transport import EventTransport
from shared.messaging.consumer import Consumer
from shared.messaging.dead_letters.discarding import discard
from shared.messaging.dead_letters.storing import add_dead_letter
from shared.messaging.events import open_where_it_lies
from shared.messaging.messaging_tables import dead_letter, discarding, erased_tenant, inbox
from shared.messaging.relay import relay_once
from tests.bus.crew import Books, listeners_that_keep_order
from tests.shared.conftest import SERVICE, empty_the_bus
from tests.shared.conftest import engine as engine
from tests.shared.conftest import notes as notes
from tests.shared.conftest import owner_of_tables as owner_of_tables
from tests.soak.books import Line, lines
from tests.soak.inside import Inside
from tests.soak.order import misplaced

EVEN = {"told": 9, "handled": 8, "dead": 1, "given_up": 1}
NOTHING = dict.fromkeys(("untold", "displaced", "dead_letters", "unsent", "behind", "astray"), 0)
ONE_PASSED_OVER = text("""
    UPDATE group_partition SET committed = committed + 1
    WHERE (topic, partition) IN (SELECT topic, partition FROM log_partition WHERE next_position > committed)""")


def record(position: int, topic: str = "process.plan", told: dict | None = None, **headers: str) -> Record:
    id = {"ce_id": str(uuid4()), "ce_type": "x", "ce_source": "/polku/process"}
    return Record(topic, 0, position, "k", id | headers, json.dumps(told or {}).encode())


def test_what_is_handled_or_dead_or_given_up_on_purpose_is_balanced():
    assert Line("voting", **EVEN | NOTHING).is_balanced


@pytest.mark.parametrize("off", ["told", "handled", "dead", *NOTHING])
def test_one_more_or_less_is_not(off):
    line = Line("voting", **EVEN | NOTHING | {off: (EVEN | NOTHING)[off] + 1})
    assert not line.is_balanced and "NOT BALANCED" in str(line)


class Here(Inside):
    """These tests' own installation, whose one listener keeps the order of rounds."""

    def __init__(self) -> None:
        self.owner = worker_engine_of(SERVICE)
        self.transport = EventTransport(self.owner, SERVICE)

    def engine_of(self, role: str, schema: str):
        return worker_engine_of(schema)

    def listeners(self, service: str):
        return listeners_that_keep_order()


class Work:
    """Rounds of one run, told one at a time, and the one who hears them."""

    def __init__(self, tenant: UUID) -> None:
        self.engine, self.bus = worker_engine_of(SERVICE), PostgresEventBus(worker_engine_of(SERVICE))
        self.books = Books(tenant, runs=1)
        self.consumer = Consumer(listeners_that_keep_order(), worker_sessions_of(SERVICE), self.bus)

    def tell(self, rounds: int = 1) -> list[Record]:
        self.books.tell(rounds)
        relay_once(self.engine, SERVICE, self.bus)
        return list(Here().every_record())[-rounds:]

    def hear_all(self) -> None:
        while self.consumer.run_once():
            continue

    def hear(self, record: Record) -> None:
        self.consumer.listeners.hear(open_where_it_lies(record), worker_sessions_of(SERVICE))

    def change(self, *statements) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(statement)

    @property
    def line(self) -> Line:
        (line,) = lines(Here(), [SERVICE])
        return line


@pytest.fixture
def work(engine, owner_of_tables, avi):
    """Three rounds have been heard."""
    empty_the_bus(owner_of_tables)
    work = Work(avi)
    work.tell(rounds=3)
    work.hear_all()
    assert work.line.is_balanced and (work.line.told, work.line.handled) == (3, 3)
    yield work
    work.consumer.close()


def test_one_who_passes_over_an_event_has_it_behind_him_and_the_books_know(work):
    """As after a wrong seek, or a gap in what was fetched."""
    work.tell()
    work.change(ONE_PASSED_OVER)
    work.hear_all()
    assert work.line.behind == 0
    assert (work.line.told, work.line.handled) == (4, 3)
    assert not work.line.is_balanced and "skipped 1" in str(work.line)


def test_what_comes_again_need_not_be_heard_again(work):
    (last,) = work.tell()
    with work.engine.begin() as connection:
        work.bus.publish(connection, [Outgoing(last.topic, last.key, last.headers, last.value)])
    assert work.line.behind == 2 and not work.line.is_balanced
    work.hear_all()
    assert work.line.is_balanced and work.line.told == 4


def test_a_later_round_heard_before_an_earlier_one_is_displaced(work):
    """The books look at the acts, not at the log, in which these lie as they should."""
    first, second = work.tell(rounds=2)
    marked = insert(inbox).values(event_id=first.headers["ce_id"], listener="note_the_next_round")
    later = marked.values(event_id=second.headers["ce_id"])
    work.change(later)
    work.change(marked)
    work.hear_all()
    assert work.line.displaced == 1 and not work.line.is_balanced


def test_what_nobody_told_and_somebody_handled_does_not_balance(work):
    work.change(insert(inbox).values(event_id=uuid4(), listener="note_the_next_round"))
    assert work.line.untold == 1 and not work.line.is_balanced


def test_a_dead_letter_is_counted_as_dead_and_the_books_wait_for_the_operator(work):
    (last,) = work.tell()
    with work.engine.begin() as connection:
        add_dead_letter(connection, last, "a bug", attempts=5)
    work.change(ONE_PASSED_OVER)
    assert (work.line.told, work.line.handled, work.line.dead) == (4, 3, 1)
    assert not work.line.is_balanced
    work.change(delete(dead_letter))
    assert "skipped 1" in str(work.line)


def test_an_erased_organisation_asks_for_nothing_more(work, owner_of_tables):
    work.tell()
    work.change(ONE_PASSED_OVER, insert(erased_tenant).values(tenant_id=work.books.tenant))
    try:
        assert work.line.is_balanced
    finally:
        with owner_of_tables.begin() as connection:
            connection.execute(delete(erased_tenant).filter_by(tenant_id=work.books.tenant))


def test_what_nobody_can_read_must_be_given_up_and_nothing_else_may(work):
    (last,) = work.tell()
    work.hear_all()
    with work.engine.begin() as connection:
        work.bus.publish(connection, [Outgoing(last.topic, last.key, last.headers, b"{")])
    work.hear_all()
    assert (work.line.dead_letters, work.line.astray) == (1, 1)
    with work.engine.begin() as connection:
        nr = connection.scalar(select(dead_letter.c.nr))
        discard(connection, work.consumer.listeners, nr, why="broken", by="us", with_parked=False)
    assert work.line.is_balanced and work.line.given_up == 1
    work.change(insert(discarding).values(topic=last.topic, partition=last.partition, position=last.position,
                                          type="x", state="dead", why="a mistake", by="us"))  # fmt: skip
    assert work.line.astray == 1 and not work.line.is_balanced


def test_a_version_before_an_earlier_one_is_out_of_order_and_a_repetition_is_not():
    first, second = record(0, told={"version": 1}), record(1, told={"version": 2})
    assert misplaced([first, second, first]) == []
    assert misplaced([second, first]) == ["process.plan 0 0"]


def test_what_one_event_caused_lies_in_the_order_of_telling():
    def caused(position: int, sequence: int, by: str) -> Record:
        return record(position, "practice.team", ce_causationid=by, ce_sequence=f"{sequence:020d}")

    assert misplaced([caused(0, 7, "a"), caused(1, 3, "b"), caused(2, 8, "a")]) == []
    assert misplaced([caused(0, 7, "a"), caused(1, 6, "a")]) == ["practice.team 0 1"]
