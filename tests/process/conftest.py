from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.process.journey import HYBRID_WORK
from services.process.models import Run
from tests.ways import WAYS


def pytest_generate_tests(metafunc) -> None:
    """What the portal asks is asked both ways."""
    if "http" in metafunc.fixturenames:
        metafunc.parametrize("way", WAYS, indirect=True)


@pytest.fixture
def consultancy():
    return uuid4()


@pytest.fixture
def a_run(avi, session_of, consultancy):
    """A run that was planned today, not yet signed; a_run(days=-40) began forty days ago."""

    def plan(days: int = 0) -> Run:
        starts = datetime.now(UTC) + timedelta(days=days)
        with session_of("process") as session:
            run = Run.plan(
                session,
                name="Hybridityö",
                template=HYBRID_WORK,
                starts_at=starts,
                languages=["fi", "sv"],
                consultancy_id=consultancy,
            )
            session.flush()
            return run

    return plan


@pytest.fixture
def signed_run(a_run, session_of):
    """A run whose plan both parties have signed."""

    def plan(days: int = 0) -> Run:
        run = a_run(days)
        with session_of("process") as session:
            mine = Run.moved_by_one(session, run.id)
            mine.propose([], "As we said in spring.", "consultancy", uuid4()).sign("client", uuid4())
        return run

    return plan


@pytest.fixture
def on_the_way(session_of):
    """with on_the_way(run) as mine: one transaction with the run locked."""
    from contextlib import contextmanager

    @contextmanager
    def locked(run):
        with session_of("process") as session:
            yield Run.moved_by_one(session, run.id)

    return locked


@pytest.fixture
def moved_to(on_the_way):
    """moved_to(run, "views"): people moved the run on until it is there."""

    def move(run, key: str):
        with on_the_way(run) as mine:
            while mine.current.key != key:
                mine.move_on("consultancy", uuid4(), reason="The test is on its way.")

    return move
