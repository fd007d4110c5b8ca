import json
from pathlib import Path
from uuid import uuid4

import pytest

from infra import reset
from infra.database.postgres import Postgres
from infra.keys import files as key_files
from infra.processes import lock
from infra.secrets import ensure_secrets
from shared.privacy.keys import KeyName, keys_of


@pytest.fixture
def home(on_free_ports, tmp_path) -> Path:
    """A state directory with a database, a mail, and something that is not ours."""
    private, _ = ensure_secrets(tmp_path)
    Postgres(tmp_path, json.loads(private.read_text()))._make()
    (tmp_path / "mailbox").mkdir()
    (tmp_path / "mailbox" / "1.eml").touch()
    (tmp_path / "keys" / "identity").mkdir(parents=True)
    (tmp_path / "holiday.jpg").touch()
    return tmp_path


def test_nothing_is_forgotten_without_a_yes(home, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda question: "no")
    assert reset.main([]) == 1
    assert (home / "mailbox" / "1.eml").exists() and (home / "postgres").exists()


def test_with_a_yes_everything_of_ours_is_forgotten_and_nothing_else(home, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda question: "yes")
    assert reset.main([]) == 0
    assert {path.name for path in home.iterdir()} == {"holiday.jpg", "launcher.lock"}


def test_a_closed_keyboard_is_no_yes(home, monkeypatch):
    def closed(question):
        raise EOFError

    monkeypatch.setattr("builtins.input", closed)
    assert reset.main([]) == 1
    assert (home / "postgres").exists()


def test_nothing_is_forgotten_while_it_runs(home, capsys):
    with lock.hold(home):
        assert reset.main(["--yes"]) == 1
    assert "already runs" in capsys.readouterr().err
    assert (home / "postgres").exists()


def test_where_nothing_is_nothing_is_forgotten(on_free_ports, capsys):
    assert reset.main(["--yes"]) == 0
    assert "nothing to forget" in capsys.readouterr().out


def test_a_backup_that_is_brought_back_after_it_revives_nobody(home):
    dead, living = (KeyName(uuid4(), uuid4(), "hands") for _ in range(2))
    voting = keys_of("voting")
    voting.make(dead)
    voting.make(living)
    held = dict(voting.living())
    voting.destroy(dead)
    assert reset.main(["--yes"]) == 0
    assert not voting.is_alive(living)
    assert not voting.put_back(dead, held[dead]) and voting.put_back(living, held[living])


def test_who_has_opened_what_stays_known(home):
    key_files.log_of_openings("identity").write_text("Anna and Bo\n")
    assert reset.main(["--yes"]) == 0
    assert key_files.openings_of("identity") == ["Anna and Bo"]
