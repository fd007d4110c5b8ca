"""What was released once is not withdrawn by deleting its schema together with its class."""

import json
import subprocess

import msgspec
import pytest

from shared.contracts.asyncapi.released import Released, Sample, released
from tests.contracts.schema_registry import FOLDER, NoHistory, ever_released, withdrawn
from tests.contracts.test_compatibility import THEN, TYPE, declared

FILE = f"{FOLDER}/{TYPE}.json"


def test_nothing_that_was_ever_released_is_forgotten():
    try:
        ever = ever_released()
    except NoHistory as reason:
        pytest.skip(str(reason))
    assert ever, f"git remembers nothing of {FOLDER}"
    assert not list(withdrawn(ever, released()))


@pytest.fixture
def repository(tmp_path):
    """One commit, in which the door's opening is released."""
    git(tmp_path, "init", "--quiet")
    commit(tmp_path, released_with(**THEN))
    return tmp_path


def released_with(**fields) -> Released:
    schema = Released.of(declared(**fields))
    schema.samples = [Sample(headers={}, body={"hands": 2})]
    return schema


def commit(repository, schema: Released | None):
    path = repository / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    if schema:
        path.write_bytes(msgspec.json.encode(schema))
    else:
        path.unlink()
    git(repository, "add", "--all")
    git(repository, "-c", "user.name=Sirpa", "-c", "user.email=sirpa@example.fi", "commit", "-qm", "Doors")


def git(repository, *words):
    try:
        subprocess.run(["git", *words], cwd=repository, check=True)
    except FileNotFoundError:
        pytest.skip("git is not here")


def broken_in(repository) -> str:
    now = {path.stem: json.loads(path.read_text()) for path in (repository / FOLDER).glob("*.json")}
    there = {type: msgspec.convert(content, Released) for type, content in now.items()}
    return "\n".join(withdrawn(ever_released(repository), there))


def test_a_schema_that_stands_is_not_complained_of(repository):
    assert broken_in(repository) == ""
    commit(repository, released_with(**THEN, weather=(str, "sun")))
    assert broken_in(repository) == ""


def test_who_takes_the_schema_away_with_its_class_is_told(repository):
    commit(repository, None)
    assert f"{TYPE} was released, and {FILE} is gone" in broken_in(repository)


def test_who_takes_a_schema_away_and_gives_another_is_told(repository):
    commit(repository, None)
    commit(repository, released_with(run_id=THEN["run_id"], feet=int))
    assert "the field 'hands' is gone" in broken_in(repository)


def test_a_sample_that_was_changed_is_missed(repository):
    other = released_with(**THEN)
    other.samples = [Sample(headers={}, body={"hands": 3})]
    commit(repository, other)
    assert "a sample that was released is not there any more" in broken_in(repository)


def test_what_git_does_not_know_is_said_and_not_passed(repository, tmp_path_factory):
    commit(repository, None)
    commit(repository, released_with(**THEN))
    short = tmp_path_factory.mktemp("short")
    git(short, "clone", "--quiet", "--depth", "1", f"file://{repository}", ".")
    with pytest.raises(NoHistory, match="unshallow"):
        ever_released(short)
    with pytest.raises(NoHistory, match="not a git repository"):
        ever_released(tmp_path_factory.mktemp("unpacked"))
