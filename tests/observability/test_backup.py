"""What is lost comes back: every row of every organisation, still apart from each other."""

import json
import os
import shutil
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from infra.backup import create as backup
from infra.backup import manifest as manifests
from infra.backup import restore
from infra.backup.manifest import Backup, digest, read
from infra.backup.sealing import Torn
from infra.backup.table_checksums import checksums, counters, differences, unprotected
from infra.database.dumping import Server
from infra.database.postgres import Postgres
from infra.progress import Progress
from shared.contracts.workshop import RoundStarted
from shared.database import sessions_on
from shared.messaging import gauges
from shared.messaging.bus import PARTITIONS
from shared.messaging.bus.postgres import PostgresEventBus
from shared.messaging.events import open_envelope
from shared.messaging.listeners import Listeners
from shared.messaging.messaging_tables import MESSAGING_TABLES
from shared.messaging.relay import relay_once
from shared.messaging.scheduling import schedule
from shared.settings import database_url, worker_of
from shared.tenancy.sessions import acting_for
from tests.observability.events import handle_all, tell
from tests.severing import connect_anew, sever
from tests.shared.conftest import SERVICE, Note

SECOND = f"polku_restored_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


@pytest.fixture
def elsewhere(server, monkeypatch, database):
    """Settings that lead to a second database, which is not there yet."""

    def forget():
        with server.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {SECOND} WITH (FORCE)")

    def go():
        monkeypatch.setenv("POLKU_DATABASE", server.address(SECOND))

    forget()
    yield go
    forget()


@pytest.fixture
def lived_in(notes, bus, engine, world, avi):
    """Two organisations' rows, and events in every state: unsent, on the bus, handled, dead, parked; a timer."""
    for tenant in (world.avi, world.kela):
        with acting_for(tenant), notes.begin() as session:
            session.add_all(Note(words=f"words of {tenant} åäö {number}") for number in range(20))
    run = uuid4()
    tell(bus, *(RoundStarted(run_id=run, round=number) for number in (1, 101, 2)))
    handle_all(stumbling(), notes, bus)
    tell(bus, RoundStarted(run_id=uuid4(), round=3))
    with notes.begin() as session:
        note = Note(words="x")
        session.add(note)
        note.say()
        schedule(session, session.scalar(text("SELECT now() + interval '1 day'")), "wake up", note.id)
    return world


def stumbling() -> Listeners:
    listeners = Listeners(SERVICE)

    @listeners.on(RoundStarted)
    def write_it_down(started, session):
        if started.round > 100:
            raise ValueError
        session.add(Note(words=str(started.round)))

    return listeners


@pytest.fixture
def saved(lived_in, tmp_path) -> Path:
    folder = tmp_path / "monday"
    backup.back_up(folder, Progress())
    return folder


def here() -> Server:
    return Server.at(os.environ["POLKU_DATABASE"])


def inhabitants(tenant, model=Note):
    engine = create_engine(database_url(SERVICE))
    opened = sessions_on(engine, SERVICE)
    try:
        with acting_for(tenant), opened() as session:
            return sorted(session.scalars(select(model.words)))
    finally:
        engine.dispose()


def test_everything_is_back_row_by_row_and_organisations_are_still_apart(saved, lived_in, elsewhere):
    with here().connect() as connection:
        before, numbers = checksums(connection), counters(connection)
    elsewhere()
    assert restore.restore(Backup.in_(saved), Progress()) == []
    with here().connect() as connection:
        after = checksums(connection)
        assert differences(before, after) == [] and len(after) > 100
        assert counters(connection).items() >= numbers.items()
        assert unprotected(connection, list(MESSAGING_TABLES.tables)) == []
    for tenant in (lived_in.avi, lived_in.kela):
        words = inhabitants(tenant)
        assert len([word for word in words if word.startswith("words of")]) == 20
        assert all(str(tenant) in word for word in words if word.startswith("words of"))
    assert inhabitants(uuid4()) == []
    writes_of_another_are_refused(lived_in)


def contents_of(saved):
    return manifests.contents_of(Backup.in_(saved), read(saved))


def writes_of_another_are_refused(world):
    engine = create_engine(database_url(SERVICE))
    with pytest.raises(DBAPIError, match="row-level security"), engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.tenant', :mine, true)"), {"mine": str(world.avi)})
        connection.execute(
            text("INSERT INTO note (tenant_id, id, words) VALUES (:theirs, :id, 'x')"),
            {"theirs": world.kela, "id": uuid4()},
        )
    engine.dispose()


def test_events_go_on_where_they_stood_without_a_gap_or_a_doubled_effect(saved, lived_in, elsewhere):
    elsewhere()
    restore.restore(Backup.in_(saved), Progress())
    engine = create_engine(database_url(worker_of(SERVICE)))
    opened = sessions_on(engine, SERVICE)
    bus = PostgresEventBus(engine, lease=2.0)
    assert relay_once(engine, SERVICE, bus) == 1  # what had not been sent
    with engine.begin() as connection:
        connection.execute(text("UPDATE group_partition SET leased_until = now()"))  # nobody of then lives
    with acting_for(lived_in.avi):
        handle_all(stumbling(), opened, bus)
        assert rounds_of(lived_in.avi) == [
            "1",
            "1",
            "3",
        ]  # 3 and the unsent 1 are new; 2 waits behind its dead one
        hear_everything_again(stumbling(), opened, bus)
        assert rounds_of(lived_in.avi) == [
            "1",
            "1",
            "2",
            "3",
        ]  # of what had been heard nothing happened twice
    engine.dispose()


def rounds_of(tenant):
    return [word for word in inhabitants(tenant) if word.isdigit()]


def hear_everything_again(listeners, opened, bus):
    """As from a log that is newer than the positions."""
    for partition in range(PARTITIONS):
        for record in bus.read(RoundStarted.topic, partition, 0, 100):
            envelope = open_envelope(record.headers, record.value)
            if envelope.event.round < 100:
                listeners.hear(envelope, opened)


def test_a_backup_holds_no_secret(saved):
    secrets = json.loads(Path(os.environ["POLKU_SECRETS"]).read_text())
    written = (saved / backup.MANIFEST).read_text() + (saved / backup.DUMP).read_bytes().decode("latin-1")
    assert not [key for keys in secrets["vault"].values() for key in keys if key in written]
    assert not any(password in written for password in secrets["database"].values())
    assert {path.name for path in saved.iterdir()} == {
        backup.MANIFEST,
        backup.DUMP,
        backup.KEYS,
        backup.CONTENTS,
    }


def test_secrets_are_kept_elsewhere_when_asked_and_readable_by_us_alone(lived_in, tmp_path, capsys):
    assert backup.main([str(tmp_path / "monday"), "--secrets", str(tmp_path / "safe")]) == 0
    kept = tmp_path / "safe" / "secrets.json"
    assert kept.read_bytes() == Path(os.environ["POLKU_SECRETS"]).read_bytes()
    assert kept.stat().st_mode & 0o077 == 0
    assert "keep them apart" in capsys.readouterr().out


def what_failed_afterwards(folder, capsys, *options) -> str:
    assert backup.main([str(folder), *map(str, options)]) == 1
    assert (folder / backup.MANIFEST).exists()
    said = capsys.readouterr().err
    assert said.startswith(f"The backup is in {folder}, and it is whole. But ")
    return said


def test_secrets_that_cannot_be_copied_do_not_undo_the_backup_and_nobody_says_so(lived_in, tmp_path, capsys):
    (tmp_path / "safe").write_text("this is no folder")
    said = what_failed_afterwards(tmp_path / "monday", capsys, "--secrets", tmp_path / "safe")
    assert f"its secrets are not all in {tmp_path / 'safe'}" in said


def test_neither_does_a_note_that_cannot_be_written(lived_in, tmp_path, capsys, monkeypatch):
    (tmp_path / "home" / gauges.LAST_BACKUP).mkdir(parents=True)  # where the note should be
    monkeypatch.setenv("POLKU_HOME", str(tmp_path / "home"))
    assert "the alert about old backups" in what_failed_afterwards(tmp_path / "monday", capsys)


def test_the_moment_is_noted_for_the_alert_about_old_backups(saved):
    manifest = json.loads((saved / backup.MANIFEST).read_text())
    assert gauges.last_backup(Path(os.environ["POLKU_HOME"])) is not None
    assert manifest["transport"] == "postgres" and manifest["versions"]["voting"].startswith("voting_")


def refused(saved, capsys) -> str:
    assert restore.main([str(saved)]) == 1
    return capsys.readouterr().err


def test_a_database_with_rows_is_not_touched(saved, capsys, lived_in, notes):
    with acting_for(lived_in.avi), notes.begin() as session:
        session.add(Note(words="written since"))
    before = inhabitants(lived_in.avi)
    with here().connect() as connection:
        sever(connection, SERVICE)
    connect_anew()
    said = refused(saved, capsys)
    assert "has rows already" in said or "Polku is at work" in said
    assert inhabitants(lived_in.avi) == before


def test_a_running_polku_is_not_pulled_from_under_its_feet(saved, elsewhere, capsys, server):
    elsewhere()
    server.provision(SECOND)
    with psycopg.connect(database_url(SERVICE).replace("+psycopg", "", 1)):
        assert "Polku is at work in this database" in refused(saved, capsys)


def test_rows_that_are_there_already_are_named_and_kept(saved, elsewhere, capsys, server):
    elsewhere()
    server.provision(SECOND)
    with here().connect() as connection:
        connection.execute("CREATE TABLE bus.precious AS SELECT 1")
    assert "has rows already (bus.precious" in refused(saved, capsys)
    with here().connect() as connection:
        assert connection.execute("SELECT count(*) FROM bus.precious").fetchone() == (1,)


def test_a_damaged_dump_is_refused_before_anything_is_touched(saved, elsewhere, capsys):
    elsewhere()
    whole = (saved / backup.DUMP).read_bytes()
    (saved / backup.DUMP).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "not what was written" in refused(saved, capsys)


@pytest.mark.parametrize("transport, is_said", [("postgres", False), ("kafka", True)])
def test_who_restores_an_installation_on_kafka_is_told_of_its_topics(
    saved, elsewhere, capsys, transport, is_said
):
    elsewhere()
    manifest = json.loads((saved / backup.MANIFEST).read_text())
    (saved / backup.MANIFEST).write_text(json.dumps(manifest | {"transport": transport}))
    assert restore.main([str(saved)]) == 0
    assert ("topics are in no backup" in capsys.readouterr().out) is is_said


def test_a_dump_that_breaks_off_leaves_the_database_empty(saved, elsewhere, capsys):
    elsewhere()
    dump = saved / backup.DUMP
    dump.write_bytes(dump.read_bytes()[:-500])  # the tables are made by then, and most rows are in
    manifest = json.loads((saved / backup.MANIFEST).read_text())
    manifest["files"][backup.DUMP]["sha256"] = digest(dump)
    (saved / backup.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(Torn):
        restore.restore(Backup.in_(saved), Progress())
    with here().connect() as connection:
        assert checksums(connection) == {}


@pytest.mark.parametrize(
    "harm, said",
    [
        ("UPDATE workshop.note SET words = 'forged' WHERE words = '1'", "workshop.note had"),
        ("DELETE FROM workshop.note", "workshop.note had"),
        ("ALTER TABLE survey.view NO FORCE ROW LEVEL SECURITY", "survey.view has no row security"),
        ("ALTER TABLE workshop.outbox ALTER seq RESTART", "The counter workshop.outbox_seq_seq stands at"),
    ],
)
def test_a_difference_of_one_row_one_lock_or_one_counter_is_found(saved, elsewhere, harm, said):
    elsewhere()
    restore.restore(Backup.in_(saved), Progress())
    with here().connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(harm)
    with pytest.raises(restore.NotTheSame, match=said):
        restore.compare(here(), contents_of(saved))


def test_secrets_that_do_not_belong_to_it_are_refused(saved, elsewhere, capsys, monkeypatch):
    elsewhere()
    monkeypatch.setattr(manifests, "marks_of_the_vault", lambda *group: ["another"])
    assert "The secrets here are not those" in refused(saved, capsys)


def test_a_backup_of_a_newer_polku_is_refused(saved, elsewhere, capsys):
    elsewhere()
    manifest = json.loads((saved / backup.MANIFEST).read_text())
    manifest["versions"]["voting"] = "voting_9999"
    (saved / backup.MANIFEST).write_text(json.dumps(manifest))
    assert "a newer Polku" in refused(saved, capsys)


def test_a_folder_that_is_no_backup_is_refused(tmp_path, capsys, database):
    assert "no finished backup" in refused(tmp_path, capsys)


def test_one_backup_one_folder(saved, capsys):
    assert backup.main([str(saved)]) == 1
    assert "is there already" in capsys.readouterr().err


def test_a_backup_that_fails_leaves_no_folder(lived_in, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("POLKU_PG_BIN", str(tmp_path))
    assert backup.main([str(tmp_path / "monday")]) == 1
    assert "POLKU_PG_BIN" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_on_a_new_machine_folder_and_secrets_are_enough(saved, lived_in, monkeypatch, tmp_path_factory):
    home = tmp_path_factory.mktemp("new") / "machine"
    home.mkdir(mode=0o700)
    for name, path in zip(backup.SECRET_FILES, backup.paths_of_secrets(), strict=True):
        shutil.copy(path, home / name)
    monkeypatch.setenv("POLKU_HOME", str(home))
    monkeypatch.delenv("POLKU_DATABASE")
    assert restore.main([str(saved)]) == 0
    postgres = Postgres(home, json.loads((home / "secrets.json").read_text()))
    assert not postgres.is_running  # it was started for this alone
    assert (home / "demonstration").exists()  # which must not be loaded on top of it
    postgres.start()
    try:
        monkeypatch.setenv("POLKU_DATABASE", postgres.address())
        assert len(inhabitants(lived_in.kela)) == 20
    finally:
        postgres.stop()
