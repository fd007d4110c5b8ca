"""A connection that listens to what PostgreSQL announces; the announcement only wakes, the tables are the truth."""

import psycopg
from sqlalchemy import Engine

Ear = psycopg.Connection


def ear_for(engine: Engine, *channels: str) -> Ear:
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg.connect(url, autocommit=True)
    for channel in channels:
        connection.execute(f"LISTEN {channel}")
    return connection
