"""How many views stand on a theme is kept when it changes, and is what counting them would say."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from services.survey.models import Theme, View
from services.survey.models.view import SHARED
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for


@pytest.fixture
def counted(run, avi):
    """Returns how many views stand on each theme as it is kept, once it is sure that counting says the same."""

    def numbers() -> list[int]:
        standing = select(func.count()).where(View.theme_id == Theme.id, View.status == SHARED)
        query = select(Theme.shared, standing.scalar_subquery()).filter_by(run_id=run.id)
        with acting_for(avi), sessions_of("survey").begin() as session:
            rows = session.execute(query.order_by(Theme.position)).all()
        assert [kept for kept, _ in rows] == [found for _, found in rows]
        return [kept for kept, _ in rows]

    return numbers


def test_a_view_counts_from_when_colleagues_can_read_it(run, kaisa, counted):
    run.opens("after")
    kaisa.gives()
    assert counted() == [0, 0, 0, 0]
    kaisa.has_given()
    kaisa.has_given(theme=2)
    assert counted() == [2, 0, 1, 0] == [theme["views"] for theme in kaisa.themes]


def test_a_view_that_a_moderator_reads_first_counts_from_then_on(run, kaisa, minna, counted):
    run.opens("before")
    kaisa.has_given()
    kaisa.has_given("Toinen.", theme=1)
    assert counted() == [0, 0, 0, 0]
    minna.accepts(*minna.takes())
    assert counted() == [1, 1, 0, 0]


def test_what_is_rejected_reconsidered_and_accepted_counts_as_it_stands(run, kaisa, minna, counted):
    run.opens("after")
    view = kaisa.has_given()
    minna.rejects(*minna.takes())
    assert counted() == [0, 0, 0, 0]
    minna.door.post(f"/views/{view['id']}/reconsideration")
    assert counted() == [0, 0, 0, 0]
    minna.accepts(*minna.takes())
    minna.accepts(*minna.takes())
    assert counted() == [1, 0, 0, 0]


def test_a_new_wording_counts_nothing_twice(run, kaisa, minna, counted):
    run.opens("before")
    view = kaisa.has_given()
    minna.accepts(*minna.takes())
    kaisa.has_revised(view, "Toisin sanoin.")
    minna.accepts(*minna.takes())
    assert counted() == [1, 0, 0, 0]


def test_what_is_taken_back_counts_no_more_and_taking_back_twice_is_once(run, kaisa, counted):
    run.opens("after")
    view, _other = kaisa.has_given(), kaisa.has_given("Toinen.")
    for _ in range(2):
        kaisa.withdraws(view)
    assert counted() == [1, 0, 0, 0]
    run.the_night_passes()
    assert counted() == [1, 0, 0, 0]


def test_two_moderators_who_decide_crosswise_at_once_hold_each_other_up_for_a_moment_only(
    run, kaisa, counted
):
    run.opens("before")
    for nr in range(12):
        kaisa.has_given(f"Näkemys {nr}.", theme=nr % 3)
    minna, henna = run.moderator(), run.moderator()
    held = [(minna, minna.takes(6)), (henna, henna.takes(6))]
    with ThreadPoolExecutor(2) as desks:
        answers = [*desks.map(lambda who: who[0].accepts(*who[1]).status_code, held)]
    assert answers == [200, 200] and counted() == [4, 4, 4, 0]
