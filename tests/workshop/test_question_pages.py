"""The page of a question."""

from tests.workshop.journeys import avis as avis
from tests.workshop.journeys import browse as browse
from tests.workshop.journeys import build as build
from tests.workshop.journeys import consultancy as consultancy
from tests.workshop.journeys import henna as henna
from tests.workshop.journeys import journey as journey
from tests.workshop.journeys import whole as whole


def test_a_question_is_split_joined_undone_and_put_aside_on_its_page(journey, henna):
    [question] = henna.open(f"{journey.console}/questions").ids("question-", "article")
    path = f"{journey.console}/questions/{question}"
    page = henna.submit(henna.open(path), "add-source", "add-source", view=str(journey.views[1]))
    assert len(page.ids("source-", "div")) == 2
    page = henna.submit(page, "split-question", "split", views=str(journey.views[1]))
    assert len(page.ids("source-", "div")) == 1
    page = henna.submit(page, "undo", "undo")
    assert len(page.ids("source-", "div")) == 2
    page = henna.submit(page, "put-aside", "put-aside", reason="Kuuluu johtoryhmälle")
    assert page.has("Kuuluu johtoryhmälle")
    assert henna.submit(page, "take-back", "take-back").has("The question is back on the desk.")


def test_a_question_without_wording_is_refused_where_one_is(journey, henna):
    [question] = henna.open(f"{journey.console}/questions").ids("question-", "article")
    page = henna.open(f"{journey.console}/questions/{question}")
    page = henna.submit(page, "word-question", "word-and-table", **{"wording-fi": ""})
    assert page.status == 409 and page.has("The question has no wording yet.")
