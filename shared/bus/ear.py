"""A connection that listens to what PostgreSQL announces; the announcement only wakes, the tables are the truth."""

import select

import psycopg
from sqlalchemy import Engine

from shared.connecting import connect

Ear = psycopg.Connection


def ear_for(engine: Engine, *channels: str) -> Ear:
    url = engine.url
    connection = connect(
        **url.translate_connect_args(username="user", database="dbname"), **url.query, autocommit=True
    )
    for channel in channels:
        connection.execute(f"LISTEN {channel}")
    return connection


def announced(ear: Ear, seconds: float) -> list[psycopg.Notify]:
    """Waits at most so long for an announcement; returns all that have arrived, nothing when there was none. It sleeps
    in the kernel: psycopg's own waiting wakes up ten times a second, which is what an idle worker would spend most on."""
    arrives = select.poll()
    arrives.register(ear.fileno(), select.POLLIN)
    return list(ear.notifies(timeout=0)) if arrives.poll(1000 * max(0.0, seconds)) else []
