"""Whose place, whose card? Asked by somebody who holds every copy of the tables, every key file that there is, and a list of all
pseudonyms by name: until a session is over he can tell, and after its round nobody can."""

from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.workshop.models import Base, Place
from services.workshop.models.keyed import Hand
from shared.database import worker_engine_of, worker_sessions_of
from shared.privacy.keys import Key, KeyIsDead, KeyName, keys_of
from shared.tenancy.sessions import acting_for
from tests.files_on_disk import content_of
from tests.workshop.conftest import SITES, UNITS
from tests.workshop.conftest import act as act
from tests.workshop.conftest import add as add
from tests.workshop.conftest import run as run

MANY = 12
ACTS, PEOPLE = ("operation", "board", "sign_off", "outcome"), ("place", "sign_of_life")
INSIGHT = {"kind": "insight", "text": "Kokous vie ajan.", "language": "fi"}


class Session:
    """Twelve people in three groups. Each writes a card, marks it, signs what her group says, and is ready; one more only signed up."""

    def __init__(self, run, add, act, tenant: UUID) -> None:
        self.run, self.tenant, self.people = run, tenant, run.people(MANY)
        self.workshop = run.running(self.people, step="write_insights")
        run.sign_up([late := run.person(MANY)], self.workshop)
        self.pseudonyms = [person.who.subject for person in (*self.people, late)]
        outcomes: dict[str, dict] = {}
        for person in self.people:
            person.card = add(person, person.board, "Kokouksia on liikaa")
            act(person, person.board, "mark", card=person.card)
            person.put(f"/boards/{person.board}/ready", json={"ready": True})
            mine = (
                outcomes.get(person.board)
                or person.post(f"/boards/{person.board}/outcomes", json=INSIGHT).json
            )
            outcomes[person.board] = mine
            person.put(f"/outcomes/{mine['id']}/signature", json={"wording": mine["wording"]})
            person.get(f"/boards/{person.board}")

    @property
    def id(self) -> UUID:
        return UUID(self.workshop["id"])

    def end(self) -> None:
        assert self.run.anna.post(f"/workshops/{self.id}/end").status_code == 200

    def end_round(self, world) -> None:
        """And the day after, and the night."""
        assert self.run.anna.post(f"/runs/{self.run.id}/rounds/1/end").status_code == 200
        for _ in range(3):
            world.let_time_pass("workshop")

    def copy(self) -> str:
        """All rows of the service, as a backup of this moment has them."""
        with acting_for(self.tenant), worker_engine_of("workshop").begin() as connection:
            tables = [connection.execute(select(table)).all() for table in Base.metadata.sorted_tables]
        return repr(tables)

    def key(self, purpose: str) -> Key | None:
        try:
            return keys_of("workshop").use(KeyName(self.tenant, self.id, purpose))
        except KeyIsDead:
            return None

    def numbers(self) -> list[UUID]:
        key = self.key("places")
        return [key.number(one.bytes, "place") for one in self.pseudonyms] if key else []

    def places_told_by(self, *copies: str) -> int:
        return sum(any(repr(number) in copy for copy in copies) for number in self.numbers())

    def cards_told_by(self, *copies: str) -> int:
        key = self.key("boards")
        hands = [Hand(number, key) for number in self.numbers()] if key else []
        authors = zip(hands, self.people, strict=False)
        return sum(any(hand.on(person.card, "add") in copy for copy in copies) for hand, person in authors)


@pytest.fixture
def session(run, add, act, avi) -> Session:
    return Session(run, add, act, avi)


def test_while_the_keys_live_whoever_holds_all_can_tell_and_tables_alone_do_not(session):
    copy = session.copy()
    assert session.places_told_by(copy) == MANY + 1 and session.cards_told_by(copy) == MANY
    assert "Kokouksia on liikaa" in copy
    assert not [one for one in session.pseudonyms if str(one) in copy or one.hex in copy]
    assert not [trait for trait in (*UNITS, *SITES, "supervisor") if trait in copy]


def test_when_the_session_is_over_nobody_can_tell_who_wrote_also_with_copies_of_before(session):
    before = session.copy()
    session.end()
    assert session.cards_told_by(before, session.copy()) == 0
    assert session.places_told_by(before, session.copy()) == MANY + 1, "until the round is over"


def test_when_the_round_is_over_nobody_can_tell_anything_also_with_copies_of_before(session, world):
    copies = [session.copy()]
    session.end()
    copies.append(session.copy())
    session.end_round(world)
    copies.append(session.copy())
    assert session.places_told_by(*copies) == session.cards_told_by(*copies) == 0
    assert "Kokouksia on liikaa" in copies[-1]


def test_a_sealed_place_tells_nothing_by_its_length(session, session_of):
    with session_of("workshop") as rows:
        lengths = {
            len(sealed) for sealed in rows.scalars(select(Place.sealed).filter_by(workshop_id=session.id))
        }
    assert len(lengths) == 1


def test_no_two_acts_of_a_person_meet(session, session_of):
    """Her words, her mark and her signature carry a number each, and another one on every card."""
    with session_of("workshop") as rows:
        acts = rows.scalars(text("SELECT act->>'who' FROM operation")).all()
        signatures = rows.scalars(text("SELECT who FROM sign_off")).all()
    assert len(acts) == 2 * MANY and len(signatures) >= MANY // 2
    assert len({*acts, *signatures}) == len(acts) + len(signatures)


def test_no_transaction_that_wrote_an_act_wrote_anything_of_a_place(session):
    with acting_for(session.tenant), worker_engine_of("workshop").begin() as connection:
        written = {
            table: set(connection.scalars(text(f"SELECT xmin::text FROM {table}")))
            for table in (*ACTS, *PEOPLE)
        }
    acts, people = (set().union(*(written[table] for table in tables)) for tables in (ACTS, PEOPLE))
    assert len(acts) >= MANY and len(written["sign_of_life"]) == MANY
    assert not acts & people


def test_after_the_night_no_file_of_the_database_holds_a_number_of_before(session, world, server, database):
    key = session.key("boards")
    numbers = [number.bytes for number in session.numbers()]
    hands = [Hand(UUID(bytes=number), key) for number in numbers]
    written = [
        hand.on(person.card, "add").encode() for hand, person in zip(hands, session.people, strict=False)
    ]
    found = found_in_files(server, database, [*numbers, *written])
    assert len(found) == len(numbers) + len(written), "the search finds what is there"
    session.end_round(world)
    assert found_in_files(server, database, [*numbers, *written]) == set()


TABLES_OF_MESSAGING = {"outbox", "inbox", "timer", "limit_count", "limit_salt"}
NOW, FILES = (
    "SELECT pg_current_xact_id()::text::int",
    "SELECT relname, pg_relation_filenode(oid) FROM pg_class WHERE relnamespace = 'workshop'::regnamespace AND relkind = 'r'",
)


def test_after_the_night_no_file_holds_the_transaction_of_a_sign_up_or_an_act(
    run, add, act, world, server, database
):
    """Each leaves versions of rows, also of a session's and a group's: beside a newcomer's first sign-in they would tell whose it was."""
    with server.connect(database) as attacker:
        workshop = run.running(people := run.people(MANY), step="write_insights")
        (begun,) = attacker.execute(NOW).fetchone()
        run.sign_up([run.person(MANY)], workshop)
        for person in people:
            act(person, person.board, "mark", card=add(person, person.board, "Kokouksia on liikaa"))
            person.put(f"/boards/{person.board}/ready", json={"ready": True})
        before = dict(attacker.execute(FILES).fetchall())
        written = {table for table in before if written_since(attacker, table, begun)} - TABLES_OF_MESSAGING
        assert {"workshop", "place", "board", "operation"} <= written
        assert run.anna.post(f"/runs/{run.id}/rounds/1/end").status_code == 200
        for _ in range(3):
            world.let_time_pass("workshop")
        after = dict(attacker.execute(FILES).fetchall())
    assert {table for table in written if after[table] == before[table]} == set()


def written_since(attacker, table: str, begun: int) -> bool:
    found = attacker.execute(f'SELECT FROM workshop."{table}" WHERE xmin::text::int >= %s LIMIT 1', [begun])
    return found.fetchone() is not None


def found_in_files(server, database: str, wanted: list[bytes]) -> set[bytes]:
    """Those that stand in a file of the database, or in its write-ahead log, once everything is on disk."""
    with worker_sessions_of("workshop").begin() as session:
        session.execute(text("SELECT bus.end_the_log()"))
        oid = session.scalar(text("SELECT oid FROM pg_database WHERE datname = :name"), {"name": database})
    contents = [
        content_of(path) for folder in (f"base/{oid}", "pg_wal") for path in (server.data / folder).iterdir()
    ]
    return {one for content in contents for one in wanted if one in content}
