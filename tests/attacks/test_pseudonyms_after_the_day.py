"""Row A5: whoever holds database, its files, its log and all secrets finds people behind numbers until the key's day, then nobody."""

import mmap
import shutil
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from services.identity.models import Member, PseudonymKey
from services.identity.pseudonyms.models.pseudonym import PURPOSES, number_of
from shared.contracts.process import RunCompleted
from shared.database import sessions_of
from shared.privacy.keys import KeyIsDead, KeyName, Keys, folder_of_keys
from shared.tenancy.sessions import acting_for
from tests.identity.houses import avis, build

__all__ = ["avis", "build"]
RUN = UUID("55555555-5555-4555-8555-555555555555")


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("POLKU_KEYS", str(tmp_path / "keys"))


@pytest.fixture
def staff(avis) -> list[UUID]:
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.add_all(Member(name=f"Employee {nr} of {avis.slug}", email="") for nr in range(60))
        session.flush()
        ids = list(session.scalars(select(Member.id)))
    avis.plans(RUN)
    return ids


def numbers(house, staff) -> dict[str, set[UUID]]:
    """What stands in hands, places and authors of the run."""
    with acting_for(house.id), sessions_of("identity")() as session:
        keys = PseudonymKey.some_of(RUN, session)
        return {purpose: set(keys[purpose].pseudonyms(staff).values()) for purpose in PURPOSES}


def found(keys: Keys, house, staff, known: dict[str, set[UUID]]) -> int:
    """How many of the numbers the attacker ties to a member, with whatever keys there are."""
    return sum(len(known[purpose] & made(keys, house, staff, purpose)) for purpose in PURPOSES)


def made(keys: Keys, house, staff, purpose: str) -> set[UUID]:
    try:
        key = keys.use(KeyName(house.id, RUN, purpose))
    except KeyIsDead:
        return set()
    return {number_of(member, key) for member in staff}


def complete(house, world) -> None:
    with acting_for(house.id):
        world.hear("identity", RunCompleted(run_id=RUN))


def test_before_the_keys_day_everybody_is_found_and_after_it_nobody(avis, staff, world):
    keys, known = Keys(folder_of_keys() / "identity"), numbers(avis, staff)
    assert found(keys, avis, staff, known) == 3 * len(staff) == 180
    complete(avis, world)
    assert found(keys, avis, staff, known) == 0
    anew = numbers(avis, staff)
    assert not any(known[purpose] & anew[purpose] for purpose in PURPOSES)


def test_a_copy_of_the_keys_that_is_put_back_names_nobody(avis, staff, world, tmp_path):
    folder, known = folder_of_keys() / "identity", numbers(avis, staff)
    shutil.copytree(folder / str(avis.id), tmp_path / "copy")
    complete(avis, world)
    shutil.copytree(tmp_path / "copy", folder / str(avis.id), dirs_exist_ok=True)
    assert found(Keys(folder), avis, staff, known) == 0
    complete(avis, world)
    avis.plans(RUN)
    with acting_for(avis.id), sessions_of("identity")() as session:
        assert not any(key.lives for key in PseudonymKey.all_of(RUN, session))


def test_no_file_of_the_database_holds_a_key_not_even_while_it_lives(avis, staff, server):
    files = [path for path in (folder_of_keys() / "identity" / str(avis.id)).rglob("*") if path.is_file()]
    assert len(files) == 4
    secrets = [path.read_bytes()[16:] for path in files]
    with server.connect() as connection:
        connection.execute("CHECKPOINT")
    assert holding(server.data, f"Employee 7 of {avis.slug}".encode()), "else it could not be found"
    assert [path for secret in secrets for path in holding(server.data, secret)] == []


def holding(folder: Path, sought: bytes) -> list[Path]:
    """The files below the folder, write-ahead log and all, that have these bytes in them."""
    return [path for path in folder.rglob("*") if path.is_file() and is_in(path, sought)]


def is_in(path: Path, sought: bytes) -> bool:
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
        return held.find(sought) >= 0


def test_a_stranger_has_other_numbers_for_the_same_people(avis, build, staff):
    kelas = build(name="Kela")
    kelas.plans(RUN)
    assert found(Keys(folder_of_keys() / "identity"), kelas, staff, numbers(avis, staff)) == 0
    with acting_for(kelas.id), sessions_of("identity")() as session:
        assert session.get(PseudonymKey, (avis.id, RUN, "survey")) is None
