"""How many views stand, by theme and language, is kept when it changes, and is what counting them would say."""

from collections import Counter
from uuid import UUID, uuid4

import pytest
from alembic import command
from sqlalchemy import text

from services.voting.models import View
from services.voting.models.view import STANDS
from services.voting.views import standing_views
from shared.contracts.survey import ViewModerated, ViewRevised, ViewShared, ViewWithdrawn
from shared.database import sessions_of
from shared.migrations.upgrade import config_for
from shared.tenancy.sessions import acting_for
from tests.voting.conftest import Reading
from tests.voting.test_results_of_before import before as before
from tests.voting.test_results_of_before import insert


@pytest.fixture
def reading(world, avi) -> Reading:
    return Reading(world).plan().open()


class Heard:
    """What is told of one view."""

    def __init__(self, reading: Reading, theme: int = 0) -> None:
        self.world, self.id = reading.world, uuid4()
        self.whose = {"run_id": reading.run, "theme_id": reading.themes[theme], "view_id": self.id}

    def shared(self, language: str = "fi") -> None:
        self.world.hear("voting", ViewShared(language=language, **self.whose))

    def revised(self, language: str) -> None:
        self.world.hear("voting", ViewRevised(language=language, **self.whose))

    def moderated(self, decision: str) -> None:
        self.world.hear("voting", ViewModerated(decision=decision, **self.whose))

    def withdrawn(self) -> None:
        self.world.hear("voting", ViewWithdrawn(**self.whose))


def standing(reading: Reading) -> dict[tuple[int, str], int]:
    """By the number of the theme and the language, as it is kept, once it is sure that counting says the same."""
    with acting_for(reading.world.avi), sessions_of("voting").begin() as session:
        kept = {(theme, language): number for theme, language, number in standing_views(session, reading.run)}
        views = session.query(View).filter_by(run_id=reading.run, status=STANDS)
        assert kept == Counter((view.theme_id, view.language or "") for view in views)
    numbers: dict[UUID, int] = {theme: nr for nr, theme in enumerate(reading.themes)}
    return {(numbers[theme], language): views for (theme, language), views in kept.items()}


def test_views_count_by_theme_and_language_once_however_often_they_are_told(reading):
    reading.share(3)
    reading.share(2, language="sv")
    reading.share(1, reading.themes[1])
    again = Heard(reading)
    again.shared()
    again.shared()
    assert standing(reading) == {(0, "fi"): 4, (0, "sv"): 2, (1, "fi"): 1}


def test_what_is_taken_back_counts_no_more_also_when_it_is_told_before_the_view(reading):
    one, other = Heard(reading), Heard(reading, 1)
    one.shared()
    one.withdrawn()
    other.withdrawn()
    other.shared()
    assert standing(reading) == {}


def test_what_a_moderator_rejects_counts_no_more_until_another_thinks_better_of_it(reading):
    view = Heard(reading)
    view.moderated("rejected")
    assert standing(reading) == {}
    view.moderated("accepted")
    view.shared()
    assert standing(reading) == {(0, "fi"): 1}
    view.moderated("rejected")
    assert standing(reading) == {}
    view.moderated("accepted")
    assert standing(reading) == {(0, "fi"): 1}


def test_a_view_in_other_words_counts_in_their_language(reading):
    view = Heard(reading)
    view.shared()
    view.revised("sv")
    assert standing(reading) == {(0, "sv"): 1}
    view.moderated("rejected")
    view.revised("en")
    assert standing(reading) == {}


def test_views_that_stood_before_are_counted(before):
    themes = {tenant: (uuid4(), uuid4()) for tenant in (uuid4(), uuid4())}
    for tenant, (one, other) in themes.items():
        act_for(before, tenant)
        for theme, status in ((one, "stands"), (one, "stands"), (one, "rejected"), (other, "stands")):
            insert(before, "view", uuid4(), uuid4() if theme == other else one, theme, status, 0)
        before.commit()
    command.upgrade(config_for("voting", before), "head")
    before.commit()
    for tenant, (one, other) in themes.items():
        act_for(before, tenant)
        kept = before.execute(text("SELECT theme_id, views FROM standing")).all()
        assert {tuple(row) for row in kept} == {(one, 2), (other, 1)}


def act_for(connection, tenant: UUID) -> None:
    connection.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)})
