"""The desk at which a workbook is made, and the browsers of those who sit at it."""

import pytest

from shared.contracts.process import RunPlanned
from tests.identity.houses import avis as avis
from tests.identity.houses import build as build
from tests.identity.houses import consultancy as consultancy
from tests.identity.houses import kelas as kelas
from tests.portal.browser import browse as browse
from tests.portal.browser import whole as whole
from tests.publishing.desk import Desk
from tests.ways import WAYS

ASKED_BOTH_WAYS = (
    "test_approval",
    "test_editions",
    "test_quotes",
    "test_sources",
    "test_theming",
    "test_writing",
)


def pytest_generate_tests(metafunc) -> None:
    """Operations are asked both ways; pages have their own."""
    if metafunc.module.__name__.endswith(ASKED_BOTH_WAYS) and "way" in metafunc.fixturenames:
        metafunc.parametrize("way", WAYS, indirect=True)


@pytest.fixture
def desk(http, hear, avi) -> Desk:
    desk = Desk(http("publishing"))
    hear("publishing", RunPlanned(run_id=desk.run, template="hybrid-work", languages=["fi"]))
    return desk


@pytest.fixture
def begun(desk) -> Desk:
    desk.begin()
    return desk
