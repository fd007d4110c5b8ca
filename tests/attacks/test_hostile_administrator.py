"""Who administers a client, or has stolen an administrator's session, tries to get further by it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from threading import Event

import pytest

from infra.parts import WEB_THREADS
from services.identity.provider import SLOTS
from tests.identity.test_clients import inside


@pytest.fixture
def sari(avis):
    """The client's administrator."""
    return inside(avis, avis.sign_in(avis.employ("Sari", roles=["admin"])))


@pytest.fixture
def slow(zone) -> Iterator[Event]:
    """The zone answers nothing before this is set."""
    over, answer = Event(), zone.answer
    zone.answer = lambda asked: over.wait() and answer(asked)
    yield over
    over.set()


def test_ten_looks_at_a_slow_name_leave_threads_to_everybody_else(avis, sari, slow):
    """The administrator's own name server answers when it likes, and each look would hold a thread meanwhile."""
    name = f"polku.{avis.domain}"
    sari.post("/hosts-of-our-own", json={"name": name})
    with ThreadPoolExecutor(WEB_THREADS) as process:
        looks = [process.submit(sari.post, f"/hosts-of-our-own/{name}/proof") for _ in range(10)]
        done = [look.result(60).json["code"] for look in islice(as_completed(looks), 8)]
        slow.set()
    assert done == ["too-many-at-once"] * 8
    assert not SLOTS._out


def test_who_was_let_go_comes_back_without_roles(avis, sari):
    """A coordinator may not give roles; neither by taking a former administrator back from a list."""
    tuula = inside(avis, avis.sign_in(avis.employ("Tuula", roles=["coordinator"])))
    listed = {"people": [{"name": "Raimo", "email": f"raimo@{avis.domain}", "roles": ["admin"]}]}
    sari.post("/people-list", json=listed)
    raimo = found(sari, "raimo")
    assert raimo["roles"] == ["admin", "participant"]
    sari.post(f"/members/{raimo['id']}/leaving")
    del listed["people"][0]["roles"]
    assert tuula.post("/people-list", json=listed).json["changed"] == 1
    assert found(sari, "raimo")["roles"] == ["participant"]


def found(door, words: str) -> dict:
    (person,) = door.get(f"/members?words={words}").json["items"]
    return person
