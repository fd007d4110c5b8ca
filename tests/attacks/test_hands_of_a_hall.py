"""Row A7: whoever holds database, files and keys ties poll answers to colleagues, while the event is on; afterwards nobody does."""

import hashlib
import shutil
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.townhall.models import Answer, Question, Upvote
from services.townhall.voter_hash import hand_of
from shared.database import engine_of
from shared.privacy.keys import KeyIsDead, KeyName, Keys, folder_of_keys
from tests.townhall.conftest import colleague, host, kaisa, on_air, open_hall, planned, poll, question, run_id

__all__ = ["colleague", "host", "kaisa", "on_air", "open_hall", "planned", "poll", "question", "run_id"]
CROWD = 60


@pytest.fixture
def crowd(colleague, poll, question, on_air, host) -> dict[UUID, int]:
    """Whoever answered -> what."""
    host.patch(on_air, json={"asking": "pseudonymous"})
    said = {}
    for nr in range(CROWD):
        person = colleague()
        said[person.who.subject] = nr % 3
        assert person.put(f"{poll}/answer", json={"value": nr % 3}).status_code == 200
        assert person.put(f"{question}/upvote").status_code == 204
    return said


def tied(keys: Keys, avi: UUID, hall: str, people, session_of) -> dict[UUID, int]:
    """What the attacker finds out: member -> answer. All numbers of the database, and whatever key there is."""
    try:
        key = keys.use(KeyName(avi, UUID(hall.rsplit("/")[-1]), "hands"))
    except KeyIsDead:
        return {}
    with session_of("townhall") as session:
        answers = {(answer.poll_id, answer.hand): answer.value for answer in session.scalars(select(Answer))}
        polls = {poll for poll, _ in answers}
        made = {(poll, hand_of(member, poll, key)): member for poll in polls for member in people}
        return {made[hand]: value for hand, value in answers.items() if hand in made}


def test_before_the_end_the_operator_could_find_out_and_after_it_nobody(
    crowd, poll, on_air, host, session_of, avi, world
):
    keys = Keys(folder_of_keys() / "townhall")
    assert tied(keys, avi, on_air, crowd, session_of) == crowd
    host.post(f"{on_air}/end")
    world.let_time_pass("townhall")
    assert tied(keys, avi, on_air, crowd, session_of) == {}
    with session_of("townhall") as session:
        assert session.scalars(select(Answer)).all() == session.scalars(select(Upvote)).all() == []
        assert {question.hand for question in session.scalars(select(Question))} == {None}


def test_a_copy_of_the_keys_from_before_that_is_put_back_opens_nothing(
    crowd, poll, on_air, host, session_of, avi, tmp_path
):
    folder = folder_of_keys() / "townhall"
    shutil.copytree(folder / str(avi), tmp_path / "copy")
    host.post(f"{on_air}/end")
    shutil.copytree(tmp_path / "copy", folder / str(avi), dirs_exist_ok=True)
    assert not Keys(folder).is_alive(KeyName(avi, UUID(on_air.rsplit("/")[-1]), "hands"))
    assert tied(Keys(folder), avi, on_air, crowd, session_of) == {}


def test_whoever_stole_a_key_in_time_finds_no_answer_beside_it(
    crowd, poll, on_air, host, session_of, avi, tmp_path
):
    """The ledger binds us and not a thief: so the rows go with the key."""
    folder = folder_of_keys() / "townhall"
    shutil.copytree(folder / str(avi), tmp_path / "stolen" / str(avi))
    host.post(f"{on_air}/end")
    assert tied(Keys(tmp_path / "stolen"), avi, on_air, crowd, session_of) == {}


def test_no_count_of_a_limit_tells_who_has_come_and_who_has_asked(crowd, on_air, host, colleague, avi):
    """The salt lies beside the counts: whoever has the database tries everybody."""
    people = [colleague() for _ in range(3)]
    for nr, person in enumerate(people):
        person.get(f"/codes/{host.get(on_air).json['code']}")
        asked = {"words": f"Mitä tästä seuraa? {nr}", "language": "fi"}
        assert person.post(f"{on_air}/questions", json=asked).status_code == 201
    named = counted_in("townhall", avi, [person.who.subject for person in people])
    host.post(f"{on_air}/end")
    assert named == set()


def counted_in(service: str, tenant: UUID, people: list[UUID]) -> set[UUID]:
    """Those of the people whom the service's counts name, by any of its acts."""
    with engine_of(service).connect() as connection:
        digests = set(connection.scalars(text("SELECT digest FROM limit_count")))
        salts = connection.scalars(text("SELECT salt FROM limit_salt")).all()
    tried = {
        hashlib.sha256(salt + f"person:{act}:{tenant}:{one}".encode()).digest(): one
        for salt in salts
        for act in ("questions.ask", "halls.by_code")
        for one in people
    }
    return {tried[digest] for digest in digests & tried.keys()}
