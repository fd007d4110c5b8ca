"""All parts of a process hear announcements on one connection, each those about its own things."""

from contextlib import ExitStack

import psycopg
import pytest
from sqlalchemy import text

from shared.messaging.bus.listen_connection import ALARM, EVENT_LOG, OUTBOX, announced, ear_for
from tests.bus.conftest import until

LISTEN = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'"
PATIENCE = 30


@pytest.fixture
def hears(engine):
    """hears(OUTBOX, about=["voting"]) is a part that listens."""
    with ExitStack() as parts:
        yield lambda *channels, about: parts.enter_context(ear_for(engine, *channels, about=about))


def announce(engine, channel: str, about: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_notify(:channel, :about)"), {"channel": channel, "about": about})


def listening(engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) {LISTEN}"))


def told(ear) -> list[tuple[str, str]]:
    return [(one.channel, one.payload) for one in announced(ear, PATIENCE)]


def test_each_part_hears_what_is_about_its_own_and_all_share_a_connection(hears, engine):
    voting, survey = hears(OUTBOX, ALARM, about=["voting"]), hears(OUTBOX, about=["survey"])
    reader = hears(EVENT_LOG, about=["voting.hand"])
    assert listening(engine) == 1
    announce(engine, ALARM, "survey")  # nobody asked for it
    announce(engine, EVENT_LOG, "voting.hand")
    announce(engine, OUTBOX, "voting")
    announce(engine, OUTBOX, "survey")
    assert told(survey) == [("outbox", "survey")]
    assert told(voting) == [("outbox", "voting")]
    assert told(reader) == [("event_log", "voting.hand")]
    assert announced(voting, 0) == announced(survey, 0) == announced(reader, 0) == []


def test_who_leaves_takes_nothing_from_the_others_and_the_last_one_ends_the_connection(engine):
    with ear_for(engine, OUTBOX, about=["voting"]) as stays:
        with ear_for(engine, OUTBOX, about=["voting"]):
            pass
        announce(engine, OUTBOX, "voting")
        assert told(stays) == [("outbox", "voting")]
    until(lambda: listening(engine) == 0)


def test_everybody_is_told_that_the_connection_is_lost_and_the_next_ear_hears_again(hears, engine):
    parts = [hears(OUTBOX, about=["voting"]), hears(ALARM, about=["survey"])]
    with engine.connect() as connection:
        assert connection.scalar(text(f"SELECT count(pg_terminate_backend(pid)) {LISTEN} AND usename = user"))
    for part in parts:
        with pytest.raises(psycopg.OperationalError):
            announced(part, PATIENCE)
    again = hears(OUTBOX, about=["voting"])
    announce(engine, OUTBOX, "voting")
    assert told(again) == [("outbox", "voting")]
