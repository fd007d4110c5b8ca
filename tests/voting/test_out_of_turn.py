"""Failure case 11: topics have no order between them, so voting may hear of a view before its theme, or be asked to count a
vote on a view it has not heard of yet."""

from uuid import uuid4

from shared.contracts.process import PhaseOpened, RunPlanned
from shared.contracts.survey import ThemePublished, ViewShared
from tests.voting.conftest import IN_TEN_DAYS, Reading


def test_views_heard_of_before_their_theme_their_run_and_its_phase_are_dealt_all_the_same(world, avi):
    reading = Reading(world)
    run, theme, views = reading.run, reading.themes[0], [uuid4() for _ in range(3)]
    shared = [ViewShared(run_id=run, theme_id=theme, view_id=view, language="fi") for view in views]
    opened = PhaseOpened(run_id=run, phase="read", activities=["prioritise"], closes_at=IN_TEN_DAYS)
    published = ThemePublished(run_id=run, theme_id=theme, position=1, key="meetings")
    world.hear(
        "voting", *shared, opened, published, RunPlanned(run_id=run, template="hybrid", languages=["fi"])
    )
    assert set(reading.reader().read(batches=2)) == {str(view) for view in views}


def test_a_vote_before_its_view_is_refused_and_counts_once_the_view_has_arrived(world, reading):
    view, reader = uuid4(), reading.reader()
    before = reader.say(str(view), "agree")
    assert before.status_code in (404, 409)
    assert before.json["code"] and before.json["detail"]
    shared = {"run_id": reading.run, "theme_id": reading.themes[0], "view_id": view}
    world.hear("voting", ViewShared(language="fi", **shared))
    dealt = reader.read(batches=12)
    assert str(view) in dealt
    assert reader.say(str(view), "disagree").status_code == 200
