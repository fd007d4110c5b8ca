"""Beside whose sign-in did an act come? Until the night the transaction numbers tell; in the morning people and sessions have one."""

import pytest

from services.identity.listeners import listeners
from shared.database import worker_engine_of, worker_sessions_of
from shared.messaging.messaging_tables import timer
from shared.messaging.timers import run_one
from shared.privacy.rewriting import TIMER

NAMES = ("Kaisa", "Aino", "Mikael", "Olli", "Sanna")


class Attacker:
    """Holds the database, with all rights."""

    def __init__(self, server, database: str) -> None:
        self.server, self.database = server, database

    def ask(self, question: str) -> list:
        with self.server.connect(self.database) as connection:
            return connection.execute(question).fetchall()

    def transactions(self, table: str) -> int:
        """How many transactions wrote what is there."""
        return len(self.ask(f"SELECT DISTINCT xmin::text FROM identity.{table}"))

    def nights_asked_for(self) -> int:
        return len(self.ask(f"SELECT FROM identity.timer WHERE name = '{TIMER}'"))


def night(server, database: str) -> int:
    """Brings it; returns how often the tables were written anew."""
    with server.connect(database) as connection:
        due = "UPDATE identity.timer SET due_at = now() - interval '1 second' WHERE name = %s"
        connection.execute(due, [TIMER])
    with worker_engine_of("identity").begin() as connection:
        rows = connection.execute(timer.select().where(timer.c.name == TIMER)).all()
    return sum(run_one(row, listeners, worker_sessions_of("identity")) for row in rows)


@pytest.fixture
def attacker(server, database) -> Attacker:
    """In the morning: what other tests have left is in one transaction."""
    night(server, database)
    return Attacker(server, database)


def test_in_the_morning_nobody_sees_in_which_order_people_signed_in(browse, avis, attacker, server, database):
    before = attacker.transactions("visit")
    for name in NAMES:
        browse(avis).sign_in(avis.employ(name))
    assert attacker.transactions("visit") == before + len(NAMES), "until the night"
    assert night(server, database) == 1
    assert attacker.transactions("visit") == attacker.transactions("member") == 1


def test_one_writing_is_for_all_organisations(browse, avis, kelas, attacker, server, database):
    for house in (avis, kelas):
        browse(house).sign_in(house.employ("Pekka"))
    assert attacker.nights_asked_for() == 2
    assert night(server, database) == 1
    assert attacker.nights_asked_for() == 0 and attacker.transactions("visit") == 1


def test_who_is_signed_in_stays_so_over_the_night(browse, avis, server, database):
    kaisa = browse(avis)
    kaisa.sign_in(avis.employ("Kaisa"))
    assert night(server, database) == 1
    assert kaisa.get("/home").status_code == 200
