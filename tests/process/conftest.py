from collections.abc import Callable
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from services.process.models import Run
from services.process.runs import held
from tests.process import runs
from tests.ways import WAYS


def pytest_generate_tests(metafunc) -> None:
    """What the portal asks is asked both ways."""
    if "http" in metafunc.fixturenames:
        metafunc.parametrize("way", WAYS, indirect=True)


@pytest.fixture
def consultancy():
    return uuid4()


@pytest.fixture
def kept(avi, session_of):
    """kept(signed_run, -40) makes a run and writes it into the database."""

    def keep(make: Callable[..., Run], *about: Any) -> Run:
        with session_of("process") as session:
            session.add(run := make(*about))
        return run

    return keep


@pytest.fixture
def a_run(kept, consultancy):
    """A run that was planned today, not yet signed; a_run(days=-40) began forty days ago."""
    return lambda days=0: kept(runs.a_run, days, consultancy)


@pytest.fixture
def signed_run(kept, consultancy):
    """A run whose plan both parties have signed."""
    return lambda days=0: kept(runs.signed_run, days, consultancy)


@pytest.fixture
def on_the_way(session_of):
    """with on_the_way(run) as mine: one transaction with the run locked."""

    @contextmanager
    def locked(run):
        with session_of("process") as session:
            yield held(session, run.id)

    return locked


@pytest.fixture
def moved_to(on_the_way):
    """moved_to(run, "views"): people moved the run on until it is there."""

    def move(run, key: str):
        with on_the_way(run) as mine:
            while mine.current.key != key:
                mine.move_on("consultancy", uuid4(), reason="The test is on its way.")

    return move
