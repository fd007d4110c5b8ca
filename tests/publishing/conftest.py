"""The desk at which a workbook is made."""

import pytest

from tests.publishing.desk import Desk


@pytest.fixture
def desk(http, avi) -> Desk:
    return Desk(http("publishing"))


@pytest.fixture
def begun(desk) -> Desk:
    desk.begin()
    return desk
