"""What there is to write from lies at hand, by id."""

from uuid import uuid4

import pytest

from shared.contracts.survey import ViewWithdrawn
from shared.contracts.voting import RankingReleased
from shared.contracts.workshop import OutcomeSignedOff


@pytest.fixture
def panel(desk, hear):
    desk.views = [uuid4() for _ in range(3)]
    desk.outcome = uuid4()
    where = {"run_id": desk.run, "theme_id": desk.theme}
    ranking = {"ranking": desk.views, "seats": desk.views[:1], "readings": {str(desk.views[0]): 41}}
    hear("publishing", RankingReleased(**where, **ranking))
    outcome = {
        "outcome_id": desk.outcome,
        "question_id": uuid4(),
        "round": 2,
        "kind": "solution",
        "derived_from": [],
    }
    hear("publishing", OutcomeSignedOff(**where, **outcome))
    return desk


def sources(desk, **wanted) -> list[dict]:
    return desk.sari.get(f"/runs/{desk.run}/sources", query_string=wanted).get_json()


def test_outcomes_come_first_and_views_best_first(panel):
    assert [source["id"] for source in sources(panel)] == [str(panel.outcome), *map(str, panel.views)]
    assert sources(panel)[1]["readings"] == 41 and sources(panel)[0]["outcome_kind"] == "solution"


def test_the_panel_can_be_narrowed(panel):
    assert len(sources(panel, kind="view", limit=2)) == 2
    assert sources(panel, theme_id=uuid4()) == []


def test_a_ranking_released_anew_moves_the_views(panel, hear):
    again = [panel.views[2], panel.views[0], panel.views[1]]
    hear("publishing", RankingReleased(run_id=panel.run, theme_id=panel.theme, ranking=again, seats=[]))
    assert [source["id"] for source in sources(panel, kind="view")] == [str(view) for view in again]


def test_a_withdrawn_view_is_no_longer_offered_also_when_ranked_later(panel, hear):
    hear("publishing", ViewWithdrawn(run_id=panel.run, theme_id=panel.theme, view_id=panel.views[0]))
    hear("publishing", RankingReleased(run_id=panel.run, theme_id=panel.theme, ranking=panel.views, seats=[]))
    assert str(panel.views[0]) not in [source["id"] for source in sources(panel)]


def test_employees_and_strangers_have_no_panel(panel, pekka):
    assert panel.kaisa.get(f"/runs/{panel.run}/sources").status_code == 403
    assert pekka("publishing").get(f"/runs/{panel.run}/sources").get_json() == []


def test_one_source_is_found_by_its_id_and_not_by_a_stranger(panel, pekka):
    found = panel.sari.get(f"/sources/{panel.views[1]}").get_json()
    assert found["place"] == 2 and found["kind"] == "view"
    assert pekka("publishing").get(f"/sources/{panel.views[1]}").status_code == 404
