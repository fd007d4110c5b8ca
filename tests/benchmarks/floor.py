"""The floor: what the same rows cost with nothing around them, in a bare Flask route under the same gunicorn.

FLOOR names the database. Nobody is signed in, nothing is checked or sealed, and there are no organisations.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, Popen

import psycopg
from flask import Flask, request
from psycopg.types.json import Jsonb

from infra.one_machine.processes import WEB_PROCESSES, in_threads
from infra.processes.process import ROOT, page_answers
from tests.bus.conftest import until

TABLES = """
    CREATE TABLE vote (usr int, idea int, answer int, PRIMARY KEY (usr, idea));
    CREATE TABLE author (usr int PRIMARY KEY, version int, sealed bytea);
    CREATE TABLE view (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), theme int, words text, receipt bytea UNIQUE);
    CREATE TABLE event (id bigserial PRIMARY KEY, tenant text, topic text, key text, value jsonb)"""
VOTE = """
    WITH given AS (INSERT INTO vote (usr, idea, answer) VALUES (%(usr)s, %(idea)s, %(answer)s)
                   ON CONFLICT (usr, idea) DO UPDATE SET answer = excluded.answer)
    INSERT INTO event (tenant, topic, key, value) VALUES ('t', 'voting.ballot', 'k', %(event)s)"""
SHARE = """
    WITH written AS (INSERT INTO author (usr, version, sealed) VALUES (%(usr)s, 1, %(sealed)s)
                     ON CONFLICT (usr) DO UPDATE SET version = author.version + 1, sealed = excluded.sealed)
    INSERT INTO view (theme, words, receipt) VALUES (%(theme)s, %(words)s, %(receipt)s)"""
SEALED = 16_384  # bytes of an author's row: services/survey/writings.py
_own = threading.local()


def wire() -> psycopg.Connection:
    """Each thread's own connection, opened when it first works."""
    if not hasattr(_own, "wire"):
        _own.wire = psycopg.connect(os.environ["FLOOR"], autocommit=True, prepare_threshold=1)
    return _own.wire


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/hello")
    def hello() -> dict:
        return {"hello": "world"}

    @app.post("/vote")
    def vote() -> dict:
        given = request.get_json()
        wire().execute(VOTE, given | {"event": Jsonb(given)})
        return {"ok": True}

    @app.post("/share")
    def share() -> dict:
        given = request.get_json()
        wire().execute(SHARE, given | {"sealed": os.urandom(SEALED), "receipt": os.urandom(32)})
        return {"ok": True}

    return app


@contextmanager
def standing(database: str, port: int, log: Path) -> Iterator[Popen]:
    """Serves the floor as the platform's web part is served."""
    with psycopg.connect(database) as connection:
        connection.execute(TABLES)
    served = ["-m", "gunicorn", "--preload", "--keep-alive", "5", *in_threads(port, WEB_PROCESSES)]
    with log.open("ab") as said:
        arguments = [sys.executable, *served, "tests.benchmarks.floor:create_app()"]
        process = Popen(
            arguments, cwd=ROOT, env=os.environ | {"FLOOR": database}, stdin=DEVNULL, stdout=said, stderr=said
        )
    try:
        until(page_answers(port, "/hello"), look_every=0.1)
        yield process
    finally:
        process.terminate()
        process.wait(30)
