"""An organisation whose kickoff lecture is on the air, with a host and colleagues in it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared.contracts.process import PhaseOpened, RunPlanned
from tests.ways import WAYS


def pytest_generate_tests(metafunc) -> None:
    """What hosts and colleagues ask is asked both ways."""
    if "run_id" in metafunc.fixturenames and "way" in metafunc.fixturenames:
        metafunc.parametrize("way", WAYS, indirect=True)


RUN = {"template": "hybrid-work", "languages": ["fi", "sv"]}


@pytest.fixture
def run_id() -> UUID:
    return uuid4()


@pytest.fixture
def host(http):
    return http("townhall").as_("facilitator")


@pytest.fixture
def colleague(http, run_id):
    """colleague() is somebody else each time."""
    return lambda: http("townhall").as_("participant", subject=uuid4(), run_id=run_id)


@pytest.fixture
def kaisa(colleague):
    return colleague()


@pytest.fixture
def planned(hear, host, run_id) -> str:
    """The kickoff's address, laid out with the run."""
    hear("townhall", RunPlanned(run_id=run_id, **RUN))
    halls = {hall["purpose"]: hall["id"] for hall in host.get(f"/runs/{run_id}/halls").json}
    return f"/halls/{halls['kickoff']}"


@pytest.fixture
def open_hall(planned, hear, run_id) -> str:
    hear("townhall", PhaseOpened(run_id=run_id, phase="kickoff", activities=["kickoff"]))
    return planned


@pytest.fixture
def on_air(open_hall, host) -> str:
    assert host.post(f"{open_hall}/start").status_code == 204
    return open_hall


@pytest.fixture
def poll(on_air, host) -> str:
    """A poll with three choices, on the stage."""
    said = {
        "kind": "choice",
        "words": {"fi": "Missä teet työtä?"},
        "options": [{"fi": word} for word in "abc"],
    }
    made = host.post(f"{on_air}/polls", json=said)
    assert host.put(f"{on_air}/stage", json={"kind": "poll", "poll_id": made.json["id"]}).status_code == 204
    return f"/polls/{made.json['id']}"


@pytest.fixture
def question(on_air, host, kaisa) -> str:
    """Kaisa's question, shown to everybody."""
    asked = kaisa.post(f"{on_air}/questions", json={"words": "Kuka päättää läsnäolosta?", "language": "fi"})
    host.post(f"/questions/{asked.json['id']}/show")
    return f"/questions/{asked.json['id']}"


def in_days(days: int, hours: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(days=days, hours=hours)).isoformat()
