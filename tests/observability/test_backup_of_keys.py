"""A backup, its keys and the ledger of those that died: no living run loses its key, and no dead key comes back."""

import json
import os
import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from pyrage.x25519 import Identity

from infra.backup import create as backup
from infra.backup import restore, sealing
from infra.backup.__main__ import main as command
from infra.backup.manifest import Backup, digest
from infra.backup.table_checksums import checksums
from infra.database.dumping import dump_to
from infra.keys import files as key_files
from infra.progress import Progress
from shared.privacy.keys import KeyName, Keys, append, keys_of
from shared.privacy.rewriting import write_anew
from shared.tenancy.sessions import acting_for
from tests.observability.test_backup import elsewhere as elsewhere
from tests.observability.test_backup import here, inhabitants
from tests.shared.conftest import Note


@pytest.fixture(autouse=True)
def folder_of_keys(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("POLKU_KEYS", str(tmp_path / "keys"))
    return tmp_path / "keys"


@pytest.fixture
def of_avi(world) -> KeyName:
    """A key of a run of the organisation's, which lives."""
    return made(KeyName(world.avi, uuid4(), "hands"))


@pytest.fixture
def of_kela(world) -> KeyName:
    return made(KeyName(world.kela, uuid4(), "hands"))


def made(name: KeyName) -> KeyName:
    keys_of("voting").make(name)
    return name


def is_alive(name: KeyName) -> bool:
    return keys_of("voting").is_alive(name)


@pytest.fixture
def told(notes, world) -> None:
    with acting_for(world.avi), notes.begin() as session:
        session.add(Note(words="Pirkko Purolainen"))


@pytest.fixture
def saved(told, of_avi, of_kela, tmp_path) -> Path:
    backup.back_up(tmp_path / "monday", Progress())
    return tmp_path / "monday"


def lose_the_machine(folder_of_keys: Path) -> None:
    shutil.rmtree(folder_of_keys)


def test_a_key_that_died_after_the_backup_stays_dead_and_the_others_live(saved, elsewhere, of_avi, of_kela):
    secret = keys_of("voting").use(of_kela).digest(b"", "")
    keys_of("voting").destroy(of_avi)
    elsewhere()
    assert restore.main([str(saved)]) == 0
    assert not is_alive(of_avi) and keys_of("voting").use(of_kela).digest(b"", "") == secret


def test_on_a_new_machine_the_living_keys_are_back(saved, elsewhere, folder_of_keys, of_avi, of_kela):
    lose_the_machine(folder_of_keys)
    elsewhere()
    assert restore.main([str(saved)]) == 0
    assert is_alive(of_avi) and is_alive(of_kela)
    assert (folder_of_keys / "voting" / of_avi.path).stat().st_mode & 0o77 == 0


def test_what_died_before_the_backup_is_dead_on_a_new_machine(
    told, of_avi, elsewhere, folder_of_keys, tmp_path
):
    keys_of("voting").destroy(of_avi)
    backup.back_up(tmp_path / "monday", Progress())
    lose_the_machine(folder_of_keys)
    elsewhere()
    restore.restore(Backup.in_(tmp_path / "monday"), Progress())
    assert not is_alive(of_avi) and not keys_of("voting").make(of_avi)


def test_who_opened_what_is_back_and_nothing_of_it_is_lost_here(told, elsewhere, folder_of_keys, tmp_path):
    """Also what was opened after the backup; and a line that was cut off swallows none."""
    before, after = '{"people": ["Anna", "Bo"], "number": 1}', '{"people": ["Anna", "Bo"], "number": 2}'
    for service in ("identity", "survey"):
        key_files.log_of_openings(service).parent.mkdir(parents=True, exist_ok=True)
    append(key_files.log_of_openings("identity"), [before])
    append(key_files.log_of_openings("survey"), [before])
    packed = key_files.pack()
    backup.back_up(tmp_path / "monday", Progress())
    append(key_files.log_of_openings("identity"), [after])
    key_files.log_of_openings("survey").write_text(after[:9])
    elsewhere()
    restore.restore(Backup.in_(tmp_path / "monday"), Progress())
    assert key_files.openings_of("identity") == [before, after]
    assert key_files.openings_of("survey") == [after[:9], before]
    lose_the_machine(folder_of_keys)
    key_files.bring_back_openings(key_files.unpack(packed))
    assert key_files.openings_of("identity") == [before]
    assert key_files.log_of_openings("identity").stat().st_mode & 0o077 == 0


def test_the_ledgers_copy_survives_the_machine(
    saved, elsewhere, folder_of_keys, of_avi, of_kela, tmp_path, monkeypatch
):
    (tmp_path / "copies").mkdir()
    monkeypatch.setenv("POLKU_LEDGER_COPY", str(tmp_path / "copies"))
    keys_of("voting").destroy(of_avi)
    lose_the_machine(folder_of_keys)
    elsewhere()
    restore.restore(Backup.in_(saved), Progress())
    assert not is_alive(of_avi) and is_alive(of_kela)


def test_who_has_no_ledger_any_more_is_told_what_may_live_again(
    saved, elsewhere, folder_of_keys, of_avi, capsys
):
    lose_the_machine(folder_of_keys)
    elsewhere()
    assert restore.main([str(saved)]) == 0
    said = capsys.readouterr().out
    assert f"this backup is of {datetime.now(UTC).date()}" in said and "--ledger" in said


def test_a_ledger_that_is_found_later_buries_what_came_back(
    saved, elsewhere, folder_of_keys, of_avi, of_kela, tmp_path, capsys
):
    keys_of("voting").destroy(of_avi)
    shutil.copytree(folder_of_keys, tmp_path / "found")
    lose_the_machine(folder_of_keys)
    elsewhere()
    assert restore.main([str(saved)]) == 0 and is_alive(of_avi)
    assert restore.main([str(saved), "--ledger", str(tmp_path / "found")]) == 0
    assert not is_alive(of_avi) and is_alive(of_kela)
    assert not (folder_of_keys / "voting" / of_avi.path).exists()


def test_keys_of_what_began_after_the_backup_are_not_touched_unasked(saved, elsewhere, world, capsys):
    since = made(KeyName(world.avi, uuid4(), "hands"))
    elsewhere()
    assert restore.main([str(saved)]) == 1
    assert "--destroy-newer-keys" in capsys.readouterr().err and is_alive(since)
    assert restore.main([str(saved), "--destroy-newer-keys"]) == 0
    assert not is_alive(since)


def test_a_name_that_began_anew_since_opens_nothing_of_before(saved, elsewhere, of_avi):
    """Its first key is dead for good, and its second has sealed nothing of what comes back."""
    keys_of("voting").destroy(of_avi)
    keys_of("voting").make(of_avi, anew=True)
    elsewhere()
    assert restore.main([str(saved)]) == 1
    assert restore.main([str(saved), "--destroy-newer-keys"]) == 0
    assert not is_alive(of_avi)


class CutOff(BaseException):
    """What `kill -9` looks like to those who come after."""


@pytest.mark.parametrize(
    "module, step",
    [
        (key_files, "learn"),
        (key_files, "bring_back"),
        (restore, "make_room"),
        (restore, "bring_back"),
        (restore, "settle"),
        (restore, "compare"),
    ],
)
def test_a_restore_cut_off_anywhere_can_be_repeated(
    saved, elsewhere, folder_of_keys, of_avi, of_kela, monkeypatch, module, step, world
):
    keys_of("voting").destroy(of_avi)
    elsewhere()
    whole = getattr(module, step)

    def cut_off(*arguments, **options):
        whole(*arguments, **options)
        raise CutOff

    with monkeypatch.context() as patch, suppress(CutOff):
        patch.setattr(module, step, cut_off)
        restore.restore(Backup.in_(saved), Progress())
    assert not is_alive(of_avi)
    restore.restore(Backup.in_(saved), Progress())
    assert not is_alive(of_avi) and is_alive(of_kela)
    assert inhabitants(world.avi) == ["Pirkko Purolainen"]


def test_a_key_that_is_made_while_the_dump_runs_is_in_the_backup(
    told, of_avi, elsewhere, folder_of_keys, tmp_path, monkeypatch, world
):
    """A transaction before the snapshot may have made it a moment ago: the keys are read last."""
    dump, late = backup.dump, KeyName(world.avi, uuid4(), "hands")

    def dump_while_a_run_begins(*arguments):
        made(late)
        return dump(*arguments)

    monkeypatch.setattr(backup, "dump", dump_while_a_run_begins)
    backup.back_up(tmp_path / "monday", Progress())
    lose_the_machine(folder_of_keys)
    elsewhere()
    restore.restore(Backup.in_(tmp_path / "monday"), Progress())
    assert is_alive(late) and is_alive(of_avi)


def test_a_key_that_dies_while_it_is_copied_stays_dead(
    told, of_avi, elsewhere, folder_of_keys, tmp_path, monkeypatch
):
    """It was read a moment before: the ledger is read after it."""
    add = key_files._add

    def add_while_it_dies(tar, name, content):
        if name.endswith(str(of_avi.path)):
            keys_of("voting").destroy(of_avi)
        add(tar, name, content)

    living = list(keys_of("voting").living())
    with monkeypatch.context() as patch:
        patch.setattr(key_files, "_add", add_while_it_dies)
        patch.setattr(Keys, "living", lambda keys: living if keys.folder.name == "voting" else [])
        backup.back_up(tmp_path / "monday", Progress())
    lose_the_machine(folder_of_keys)
    kept = key_files.unpack(
        sealing.opened(tmp_path / "monday" / backup.KEYS, Path(os.environ["POLKU_HOME"]) / sealing.PRIVATE)
    )
    assert of_avi in kept.keys["voting"]
    key_files.learn(kept.deaths)
    key_files.bring_back(kept)
    assert not is_alive(of_avi)


def test_tables_that_would_be_written_anew_meanwhile_are_whole_in_the_backup(
    told, notes, elsewhere, tmp_path, monkeypatch, world
):
    dump = backup.dump

    def dump_in_the_night(*arguments):
        with acting_for(world.avi), notes.begin() as session:
            assert not write_anew(session, Note)
        return dump(*arguments)

    monkeypatch.setattr(backup, "dump", dump_in_the_night)
    backup.back_up(tmp_path / "monday", Progress())
    with acting_for(world.avi), notes.begin() as session:
        assert write_anew(session, Note)  # and when it has ended, they are
    elsewhere()
    restore.restore(Backup.in_(tmp_path / "monday"), Progress())
    assert inhabitants(world.avi) == ["Pirkko Purolainen"]


def test_nothing_of_a_backup_can_be_read_without_its_key(
    saved, of_avi, folder_of_keys, elsewhere, capsys, tmp_path
):
    key = (folder_of_keys / "voting" / of_avi.path).read_bytes()
    for path in saved.iterdir():
        content = path.read_bytes()
        assert b"Purolainen" not in content and key[16:] not in content and b"PGDMP" not in content
    assert "tables" not in json.loads((saved / backup.MANIFEST).read_text())
    (tmp_path / "other.txt").write_text(f"{Identity.generate()}\n")
    elsewhere()
    assert restore.main([str(saved), "--key", str(tmp_path / "other.txt")]) == 1
    assert "was not sealed to the key in" in capsys.readouterr().err
    assert restore.main([str(saved), "--key", str(tmp_path / "nowhere.txt")]) == 1
    assert "holds no private key" in capsys.readouterr().err


def test_dump_and_keys_may_be_kept_in_two_places(saved, elsewhere, folder_of_keys, of_avi, tmp_path, capsys):
    shutil.move(saved / backup.KEYS, tmp_path / "safe.age")
    lose_the_machine(folder_of_keys)
    elsewhere()
    assert restore.main([str(saved)]) == 1 and "--keys FILE" in capsys.readouterr().err
    assert restore.main([str(saved), "--keys", str(tmp_path / "safe.age")]) == 0
    assert is_alive(of_avi)


def test_without_its_keys_everything_else_comes_back(saved, elsewhere, folder_of_keys, of_avi, world):
    (saved / backup.KEYS).unlink()
    lose_the_machine(folder_of_keys)
    elsewhere()
    assert restore.main([str(saved), "--without-keys"]) == 0
    assert not is_alive(of_avi) and inhabitants(world.avi) == ["Pirkko Purolainen"]


def test_keys_that_are_not_those_of_then_are_refused(saved, elsewhere, capsys):
    sealed = (saved / backup.KEYS).read_bytes()
    (saved / backup.KEYS).write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    elsewhere()
    assert restore.main([str(saved)]) == 1
    assert "not what was written then" in capsys.readouterr().err


def test_a_plain_backup_of_before_comes_back(told, elsewhere, world, tmp_path):
    folder = tmp_path / "before"
    folder.mkdir()
    with here().connect(autocommit=False) as connection:
        counted = {
            "tables": checksums(connection),
            "counters": backup.counters(connection),
        } | backup.standing(connection)
    with (folder / "polku.dump").open("wb") as file:
        ours = [f"--schema={schema}" for schema in backup.SCHEMAS]
        dump_to(
            here(),
            ["--format=custom", *ours, f"--dbname={here().database}"],
            lambda dump: shutil.copyfileobj(dump, file),
            lambda name: None,
        )
    seal = {"sha256": digest(folder / "polku.dump"), "vault": backup.marks_of_the_vault()}
    when = {"finished": "2026-11-01T03:00:00+00:00"}
    (folder / backup.MANIFEST).write_text(
        json.dumps({"form": 1, "dump": "polku.dump", **when, **seal, **counted})
    )
    elsewhere()
    assert restore.main([str(folder)]) == 0
    assert inhabitants(world.avi) == ["Pirkko Purolainen"]


def test_backups_that_have_had_their_days_go_and_nothing_else(saved, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("POLKU_BACKUP_DAYS", "7")
    place = tmp_path / "backups"
    for days, name in ((6, "young"), (7, "old"), (40, "ancient")):
        shutil.copytree(saved, place / name)
        manifest = json.loads((saved / backup.MANIFEST).read_text())
        day = datetime.now(UTC) - timedelta(days=days)
        (place / name / backup.MANIFEST).write_text(json.dumps(manifest | {"finished": day.isoformat()}))
    (place / "holidays").mkdir()
    assert command(["prune", str(place)]) == 0
    assert {path.name for path in place.iterdir()} == {"young", "holidays"}
    said = capsys.readouterr().out
    assert f"{place / 'old'} is gone." in said and "young" not in said


def test_a_full_disk_is_no_backup():
    """Where the last write fails, age's own library says nothing."""
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(OSError, match="No space left"):
        sealing.seal_into(full, BytesIO(b"short"), str(Identity.generate().to_public()))
