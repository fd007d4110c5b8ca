"""The pair of keys that backups are sealed to: made once, and the private one may be kept somewhere else."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.backup.sealing import PRIVATE, PUBLIC, NoBackupKey, ensure_backup_key, identities_in
from infra.one_machine.launcher import keep_private
from infra.secrets import ensure_secrets
from infra.secrets.sharing import share


def test_it_is_made_once_whoever_starts_at_the_same_moment(tmp_path):
    with ThreadPoolExecutor(4) as starts:
        (recipient,) = set(starts.map(lambda _: ensure_backup_key(tmp_path), range(4)))
    assert str(identities_in(tmp_path / PRIVATE)[0].to_public()) == recipient
    assert ensure_backup_key(tmp_path) == recipient
    assert {path.name for path in tmp_path.iterdir()} == {PRIVATE, PUBLIC}


def test_who_keeps_the_private_one_elsewhere_gets_no_other(tmp_path):
    recipient = ensure_backup_key(tmp_path)
    (tmp_path / PRIVATE).unlink()
    assert ensure_backup_key(tmp_path) == recipient and not (tmp_path / PRIVATE).exists()
    with pytest.raises(NoBackupKey, match="--key FILE"):
        identities_in(tmp_path / PRIVATE)


def test_on_a_new_machine_the_private_one_is_enough(tmp_path):
    recipient = ensure_backup_key(tmp_path)
    (tmp_path / PUBLIC).unlink()
    assert ensure_backup_key(tmp_path) == recipient


def test_nobody_else_on_the_machine_reads_it_and_no_part_is_given_it(tmp_path):
    ensure_secrets(tmp_path)
    ensure_backup_key(tmp_path)
    (tmp_path / PRIVATE).chmod(0o644)  # somebody copied it back
    keep_private(tmp_path)
    assert (tmp_path / PRIVATE).stat().st_mode & 0o77 == 0
    share(tmp_path, ["web", "worker", "live"])
    private = str(identities_in(tmp_path / PRIVATE)[0])
    told = [path.read_text() for path in (tmp_path / "parts").rglob("*") if path.is_file()]
    assert told and not [text for text in told if private in text]
