"""All parts of a process share one connection that listens, each those about its own things."""

from contextlib import ExitStack

import psycopg
import pytest
from sqlalchemy import text

from shared.messaging.bus.listen_connection import EVENT_LOG, OUTBOX, TIMER, notifications_for
from tests.bus.conftest import until

LISTEN = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'"
PATIENCE = 30


@pytest.fixture
def listens(engine):
    """listens(OUTBOX, about=["voting"]) is a part that listens."""
    with ExitStack() as parts:
        yield lambda *channels, about: parts.enter_context(notifications_for(engine, *channels, about=about))


def notify(engine, channel: str, about: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_notify(:channel, :about)"), {"channel": channel, "about": about})


def listening(engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) {LISTEN}"))


def arrived(queue) -> list[tuple[str, str]]:
    return [(one.channel, one.payload) for one in queue.wait(PATIENCE)]


def test_each_part_is_notified_of_what_is_about_its_own_and_all_share_a_connection(listens, engine):
    voting, survey = listens(OUTBOX, TIMER, about=["voting"]), listens(OUTBOX, about=["survey"])
    reader = listens(EVENT_LOG, about=["voting.hand"])
    assert listening(engine) == 1
    notify(engine, TIMER, "survey")  # nobody asked for it
    notify(engine, EVENT_LOG, "voting.hand")
    notify(engine, OUTBOX, "voting")
    notify(engine, OUTBOX, "survey")
    assert arrived(survey) == [("outbox", "survey")]
    assert arrived(voting) == [("outbox", "voting")]
    assert arrived(reader) == [("event_log", "voting.hand")]
    assert voting.wait(0) == survey.wait(0) == reader.wait(0) == []


def test_who_leaves_takes_nothing_from_the_others_and_the_last_one_ends_the_connection(engine):
    with notifications_for(engine, OUTBOX, about=["voting"]) as stays:
        with notifications_for(engine, OUTBOX, about=["voting"]):
            pass
        notify(engine, OUTBOX, "voting")
        assert arrived(stays) == [("outbox", "voting")]
    until(lambda: listening(engine) == 0)


def test_everybody_is_told_that_the_connection_is_lost_and_the_next_one_listens_again(listens, engine):
    parts = [listens(OUTBOX, about=["voting"]), listens(TIMER, about=["survey"])]
    with engine.connect() as connection:
        assert connection.scalar(text(f"SELECT count(pg_terminate_backend(pid)) {LISTEN} AND usename = user"))
    for part in parts:
        with pytest.raises(psycopg.OperationalError):
            part.wait(PATIENCE)
    again = listens(OUTBOX, about=["voting"])
    notify(engine, OUTBOX, "voting")
    assert arrived(again) == [("outbox", "voting")]
