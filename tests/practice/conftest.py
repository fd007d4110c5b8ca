"""A team of three in an organisation whose workbook has been launched."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared.contracts.process import PhaseOpened
from shared.contracts.publishing import WorkbookLaunched
from tests.ways import WAYS

HEADING = "meetings"
CLAUSE = {"heading": HEADING, "words": "Kokous alkaa viisi yli.", "language": "fi"}


def pytest_generate_tests(metafunc) -> None:
    """What members and those outside ask is asked both ways."""
    if "run_id" in metafunc.fixturenames:
        metafunc.parametrize("way", WAYS, indirect=True)


@pytest.fixture
def run_id() -> UUID:
    return uuid4()


@pytest.fixture
def principles() -> list[UUID]:
    return [uuid4(), uuid4()]


@pytest.fixture
def idea_cards() -> list[UUID]:
    return [uuid4() for _ in range(5)]


@pytest.fixture
def launched(hear, run_id, principles, idea_cards) -> None:
    given = {"principles": principles, "idea_cards": idea_cards, "launched_at": datetime.now(UTC)}
    hear("practice", WorkbookLaunched(run_id=run_id, edition_id=uuid4(), number=1, **given))
    hear(
        "practice",
        PhaseOpened(run_id=run_id, phase="aftercare", activities=["read_workbook", "ground_rules"]),
    )


@pytest.fixture
def liisa(http):
    """The supervisor, who leads the team."""
    return http("practice").as_("participant", "supervisor", subject=uuid4())


@pytest.fixture
def kaisa(http):
    return http("practice").as_("participant", subject=uuid4())


@pytest.fixture
def olli(http):
    return http("practice").as_("participant", subject=uuid4())


@pytest.fixture
def outsider(http):
    """A colleague of the same organisation who is not in the team."""
    return http("practice").as_("participant", "supervisor", "coordinator", subject=uuid4())


def say(person, team: str, says: str = "can_live", **more):
    """Answers the round that goes on."""
    round = person.get(team).json.get("round") or {"id": str(uuid4())}
    return person.put(f"{team}/round/voice", json={"round_id": round["id"], "says": says} | more)


@pytest.fixture
def team(launched, liisa, kaisa, olli, run_id) -> str:
    made = liisa.post(f"/runs/{run_id}/teams", json={"name": "Lupatiimi"})
    assert made.status_code == 201, made.json
    for colleague in (kaisa, olli):
        assert colleague.post("/memberships", json={"code": made.json["code"]}).status_code == 201
    return f"/teams/{made.json['id']}"


@pytest.fixture
def clause(team, kaisa) -> str:
    return kaisa.post(f"{team}/clauses", json=CLAUSE).json["id"]


@pytest.fixture
def asked(team, clause, liisa, kaisa, olli) -> str:
    """The round is open, all three are present."""
    present = [str(person.who.subject) for person in (liisa, kaisa, olli)]
    begun = liisa.post(f"{team}/round", json={"present": present, "review_on": in_days(90)})
    assert begun.status_code == 201, begun.json
    return team


@pytest.fixture
def agreed(asked, liisa, kaisa, olli) -> str:
    for person in (liisa, kaisa, olli):
        assert say(person, asked).status_code == 200
    return asked


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
