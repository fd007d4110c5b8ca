"""Keys that can die: whatever is cut off in between, no living key is lost and no dead one comes back."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag

from shared.privacy.keys import KEY_BYTES, NUMBER_BYTES, KeyIsDead, KeyName, Keys

SIZES = (64, 256)


class CutOff(BaseException):
    """What `kill -9` looks like to those who come after."""


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "voting")


@pytest.fixture
def name() -> KeyName:
    return KeyName(uuid4(), uuid4(), "hands")


def test_what_a_key_sealed_opens_with_it_in_its_place_alone(keys, name):
    keys.make(name)
    sealed = keys.use(name).seal(b"agree", b"this hand", SIZES)
    assert keys.use(name).open(sealed, b"this hand") == b"agree"
    with pytest.raises(InvalidTag):
        keys.use(name).open(sealed, b"another hand")


def test_the_length_of_what_is_sealed_tells_its_class_alone(keys, name):
    keys.make(name)
    key = keys.use(name)
    lengths = {len(key.seal(os.urandom(size), b"", SIZES)) for size in (0, 1, 20, 40)}
    assert len(lengths) == 1
    assert len(key.seal(os.urandom(600), b"", SIZES)) - len(key.seal(os.urandom(200), b"", SIZES)) == 2 * 256


def test_uses_of_a_key_do_not_meet(keys, name):
    keys.make(name)
    key = keys.use(name)
    assert key.digest(b"kaisa", "pseudonym") != key.digest(b"kaisa", "deal")
    assert key.digest(b"kaisa", "pseudonym") == keys.use(name).digest(b"kaisa", "pseudonym")


def test_a_destroyed_key_is_gone_and_no_replay_makes_it_again(keys, name):
    keys.make(name)
    assert keys.destroy(name) and not keys.destroy(name)
    assert not keys.make(name)
    with pytest.raises(KeyIsDead):
        keys.use(name)


def test_what_begins_anew_gets_a_key_that_opens_nothing_of_before(keys, name):
    keys.make(name)
    sealed = keys.use(name).seal(b"agree", b"", SIZES)
    keys.destroy(name)
    assert keys.make(name, anew=True)
    with pytest.raises(InvalidTag):
        keys.use(name).open(sealed, b"")


def test_ten_that_make_a_key_at_the_same_moment_have_one(keys, name):
    with ThreadPoolExecutor(10) as people:
        made = list(people.map(lambda _: keys.make(name), range(10)))
        digests = set(people.map(lambda _: keys.use(name).digest(b"", ""), range(10)))
    assert sum(made) == 1 and len(digests) == 1


def test_another_process_that_makes_and_destroys_is_noticed_at_once(keys, name):
    elsewhere = Keys(keys.folder)
    elsewhere.make(name)
    assert keys.is_alive(name)
    elsewhere.destroy(name)
    assert not keys.is_alive(name)


@contextmanager
def cut_off_at(step: int, monkeypatch) -> Iterator[None]:
    """The process ends at this step of those that reach the disk."""
    steps = count()

    def counted(act):
        def carry_out(*arguments, **options):
            if next(steps) == step:
                raise CutOff
            return act(*arguments, **options)

        return carry_out

    with monkeypatch.context() as patch:
        for act in ("open", "fsync", "rename"):
            patch.setattr(os, act, counted(getattr(os, act)))
        patch.setattr(Path, "unlink", counted(Path.unlink))
        yield


def left_by(
    act: Callable[[Keys, KeyName], Any], folder: Path, monkeypatch, **before
) -> list[tuple[Keys, KeyName]]:
    """What an act has left that was cut off at its first step, at its second, and so on to its last."""
    left = []
    for step in count():
        keys, name = Keys(folder / str(step)), KeyName(uuid4(), uuid4(), "hands")
        if before:
            keys.make(name)
        try:
            with cut_off_at(step, monkeypatch):
                act(keys, name)
        except CutOff:
            left.append((keys, name))
        else:
            break
    return left


def test_whoever_is_cut_off_while_making_leaves_a_key_or_none(tmp_path, monkeypatch):
    left = left_by(Keys.make, tmp_path, monkeypatch)
    assert len(left) >= 8
    for keys, name in left:
        there = keys.use(name).digest(b"", "") if keys.is_alive(name) else None
        assert keys.make(name) is (there is None)
        assert there in (None, keys.use(name).digest(b"", ""))


def test_whoever_is_cut_off_while_destroying_is_ended_by_the_next(tmp_path, monkeypatch):
    left = left_by(Keys.destroy, tmp_path, monkeypatch, made=True)
    assert len(left) >= 5 and {keys.is_alive(name) for keys, name in left} == {True, False}
    for keys, name in left:
        keys.destroy(name)
        assert not keys.is_alive(name) and not (keys.folder / name.path).exists()
        assert not keys.make(name) and keys.has_died(name)


def test_a_key_that_was_dead_for_a_moment_never_lives_again(tmp_path, monkeypatch):
    dead = [
        (keys, name)
        for keys, name in left_by(Keys.destroy, tmp_path, monkeypatch, made=True)
        if not keys.is_alive(name)
    ]
    assert dead
    for keys, name in dead:
        keys.make(name)
        keys.bury_the_dead()
        assert not keys.is_alive(name) and not (keys.folder / name.path).exists()


def test_a_copy_that_is_put_back_does_not_live_again(keys, name, tmp_path):
    keys.make(name)
    shutil.copytree(keys.folder, tmp_path / "copy")
    keys.destroy(name)
    shutil.copytree(tmp_path / "copy" / str(name.tenant), keys.folder / str(name.tenant), dirs_exist_ok=True)
    assert (keys.folder / name.path).exists() and not keys.is_alive(name)
    assert keys.bury_the_dead() == 1 and not (keys.folder / name.path).exists()


def test_a_ledger_with_half_a_line_at_its_end_goes_on(keys, name):
    keys.make(name)
    keys.folder.joinpath("destroyed").write_bytes(b"0a1b2c half/a")
    keys.destroy(name)
    assert not keys.is_alive(name) and keys.has_died(name)


def test_only_its_organisations_keys_die_with_an_erased_one(keys, name):
    strangers = KeyName(uuid4(), uuid4(), "hands")
    keys.make(name)
    keys.make(strangers)
    assert keys.destroy_all_of(name.tenant) == 1
    assert not keys.is_alive(name) and keys.is_alive(strangers)


def test_nobody_else_on_the_machine_reads_a_key(keys, name):
    keys.make(name)
    path = keys.folder / name.path
    assert path.stat().st_mode & 0o777 == 0o600 and path.stat().st_size == NUMBER_BYTES + KEY_BYTES
    assert all(folder.stat().st_mode & 0o77 == 0 for folder in (path.parent, path.parent.parent, keys.folder))


@pytest.fixture
def copied(tmp_path) -> Keys:
    """Keys whose ledger is kept in a second place too."""
    (tmp_path / "elsewhere").mkdir()
    return Keys(tmp_path / "voting", tmp_path / "elsewhere" / "voting")


def test_the_ledger_of_a_lost_machine_is_there_in_its_copy(copied, name, tmp_path):
    copied.make(name)
    held = dict(copied.living())
    copied.destroy(name)
    shutil.rmtree(copied.folder)
    anew = Keys(copied.folder, copied.copy)
    anew.put_back(name, held[name])
    assert anew.learn(anew.deaths()) == 1 and not anew.is_alive(name)
    assert not anew.put_back(name, held[name]) and not anew.make(name)


def test_a_copy_that_is_away_keeps_nobody_alive_and_is_written_later(copied, name):
    copied.make(name)
    copied.copy.parent.rmdir()
    with pytest.raises(FileNotFoundError):
        copied.destroy(name)
    assert not copied.is_alive(name) and not (copied.folder / name.path).exists()
    copied.copy.parent.mkdir()
    copied.destroy(name)
    assert (copied.copy / "destroyed").read_text() == copied.ledger.read_text()


def test_nor_does_it_lose_the_last_death_of_an_erased_organisation(copied, name):
    copied.make(name)
    copied.copy.parent.rmdir()
    with pytest.raises(FileNotFoundError):
        copied.destroy_all_of(name.tenant)
    copied.copy.parent.mkdir()
    copied.destroy_all_of(name.tenant)
    assert (copied.copy / "destroyed").read_text() == copied.ledger.read_text()


def test_whoever_is_cut_off_while_the_copy_is_written_is_ended_by_the_next(tmp_path, monkeypatch):
    def with_a_copy(keys: Keys, name: KeyName) -> Keys:
        copies = tmp_path / "copies" / keys.folder.name
        copies.mkdir(parents=True, exist_ok=True)
        return Keys(keys.folder, copies / "voting")

    left = left_by(
        lambda keys, name: with_a_copy(keys, name).destroy(name), tmp_path / "here", monkeypatch, made=True
    )
    assert len(left) >= 8
    for keys, name in left:
        copied = with_a_copy(keys, name)
        copied.destroy(name)
        assert (
            not copied.is_alive(name) and (copied.copy / "destroyed").read_text().count(str(name.path)) == 1
        )


def test_deaths_that_another_ledger_tells_are_taken_in_once(keys, tmp_path):
    dead, living = (KeyName(uuid4(), uuid4(), "hands") for _ in range(2))
    keys.make(dead)
    keys.make(living)
    shutil.copytree(keys.folder, tmp_path / "other")
    other = Keys(tmp_path / "other")
    other.destroy(dead)
    told = {*other.deaths(), "half a li"}
    assert (keys.learn(told), keys.learn(told)) == (1, 0)
    assert not keys.is_alive(dead) and keys.is_alive(living)
    assert keys.deaths() == other.deaths()
