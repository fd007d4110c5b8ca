"""How PostgreSQL is set up here: what was deleted does not lie about in old segments of its log."""

import json
import shutil
import tempfile
from pathlib import Path

import pytest

from infra.database.postgres import CONFIGURATION, INCLUDED, Postgres
from infra.secrets import ensure_secrets

LET_GO = {
    "wal_recycle": "off",
    "wal_init_zero": "on",
    "min_wal_size": "32MB",
    "wal_keep_size": "0",
    "track_commit_timestamp": "off",
    "archive_mode": "off",
}


@pytest.fixture
def of_before():
    """A server that an earlier version made: what it was told then stands in its own file alone."""
    home = Path(tempfile.mkdtemp(prefix="polku-before-"))
    home.chmod(0o711)
    private, _ = ensure_secrets(home)
    postgres = Postgres(home, json.loads(private.read_text()))
    postgres._make()
    then = [line for line in CONFIGURATION.splitlines() if "wal" not in line and "track" not in line]
    with (postgres.data / "postgresql.conf").open("a") as file:
        file.write("\n".join([*then, "wal_recycle = on", ""]))
    yield postgres
    postgres.stop()
    shutil.rmtree(home)


def told(postgres: Postgres) -> dict[str, str]:
    with postgres.connect() as connection:
        return {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in LET_GO}


def test_the_log_lets_go_of_what_it_no_longer_needs(server):
    assert told(server) == LET_GO


def test_a_server_of_before_is_set_up_as_today_and_its_operators_words_stay_the_last(of_before):
    of_before.start()
    assert told(of_before) == LET_GO
    of_before.stop()
    with (of_before.data / "postgresql.conf").open("a") as file:
        file.write("min_wal_size = '64MB'\n")
    of_before.start()
    assert told(of_before) == LET_GO | {"min_wal_size": "64MB"}
    assert (of_before.data / "postgresql.conf").read_text().count(INCLUDED) == 1


def test_no_segment_of_the_log_outlives_two_checkpoints(of_before):
    of_before.start()
    with of_before.connect() as connection:
        connection.execute("CREATE TABLE said (words text)")
        connection.execute("INSERT INTO said VALUES ('Pirkko Purolainen')")
        assert segments_with(of_before, b"Pirkko Purolainen")
        connection.execute("TRUNCATE said")
        for _ in range(2):
            connection.execute("SELECT pg_switch_wal()")
            connection.execute("CHECKPOINT")
    assert segments_with(of_before, b"Pirkko Purolainen") == []


def segments_with(postgres: Postgres, words: bytes) -> list[str]:
    return [
        path.name
        for path in (postgres.data / "pg_wal").iterdir()
        if path.is_file() and words in path.read_bytes()
    ]
