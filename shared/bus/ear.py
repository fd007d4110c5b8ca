"""A connection that listens to what PostgreSQL announces; the announcement only wakes, the tables are the truth."""

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
