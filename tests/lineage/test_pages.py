"""My thread and the thread of anything, in a browser without script; the words come from their owners."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import insert

from services.lineage.models import Thing
from services.portal.areas.threads.thread import Text, passages_in
from services.publishing.content import Book, Chapter, ChapterOfPassages, IdeaCard
from services.publishing.content import Passage as Piece
from services.publishing.content import Text as TextBlock
from services.publishing.layout import laid_out
from shared.contracts.api.publishing_reading import BookRead
from shared.contracts.api.workshop_outcomes import OutcomeText
from shared.database import sessions_of
from tests.process.paths import path_at
from tests.survey.conftest import Run
from tests.survey.conftest import portal as portal


@pytest.fixture
def run(hear, http, told) -> Run:
    """The run of the thread, as the survey hears of it."""
    return Run(hear, http, told.run_id).plan().opens(moderation="after")


@pytest.fixture
def words(monkeypatch):
    """What workshop and publishing would say."""
    known = {"questions": {}, "outcomes": {}, "book": {}}
    from services.portal.areas.threads import thread as thread_pages

    def of(kind):
        return lambda run_id, ids: {id: known[kind][str(id)] for id in ids if str(id) in known[kind]}

    monkeypatch.setattr(thread_pages.workshop, "question_texts", of("questions"))
    monkeypatch.setattr(thread_pages.workshop, "outcome_texts", of("outcomes"))
    monkeypatch.setattr(thread_pages, "passages_of", lambda run_id, drafts_too: known["book"])
    return known


def goes_all_the_way(told, view: str, words) -> dict[str, str]:
    """From this view of the survey's to a launched passage."""
    from shared.contracts.survey import ViewShared

    told.tell(ViewShared(run_id=told.run_id, theme_id=told.theme_id, view_id=UUID(view), language="fi"))
    told.ranking(**{view: 41})
    question = told.question(UUID(view))
    outcome = told.outcome(question)
    passage = told.passage(outcome)
    told.edition(passage)
    words["questions"][str(question)] = {"fi": "Kenen vuoro?", "en": "Whose turn is it?"}
    words["outcomes"][str(outcome)] = OutcomeText(
        kind="insight", text="Kysytään ensin ruudulta.", language="fi", round=1
    )
    words["book"][passage] = Text("Ruutu ensin", "fi", chapter="Kokoukset")
    return {"question": str(question), "outcome": str(outcome), "passage": str(passage)}


def test_my_thread_tells_where_my_view_went(run, told, portal, words):
    kaisa = portal()
    view = run.writer(subject=kaisa.pseudonym).has_given("Etänä olevat unohtuvat.")["id"]
    way = goes_all_the_way(told, view, words)
    page = kaisa.open(f"/runs/{run.id}/threads")
    assert page.voices() == ["Etänä olevat unohtuvat."]
    assert page.says("Read by about 41 colleagues or more.") and page.says(
        "Joined the question Whose turn is it?"
    )
    assert page.says("Stands in the workbook, edition 1: Ruutu ensin")
    assert page.tree.xpath(f'//a[contains(@href, "/workbook/passages/{way["passage"]}")]')
    assert not page.says("ground rules")


def test_once_the_workbook_is_printed_my_thread_names_the_page(run, told, portal, words):
    kaisa = portal()
    view = run.writer(subject=kaisa.pseudonym).has_given()["id"]
    way = goes_all_the_way(told, view, words)
    words["book"][UUID(way["passage"])] = Text("Ruutu ensin", "fi", chapter="Kokoukset", page=12)
    assert kaisa.open(f"/runs/{run.id}/threads").says("Stands on page 12 of the workbook: Ruutu ensin")


def test_a_passage_is_known_by_its_title_or_the_beginning_of_its_words():
    opening, card = Chapter(title="Kokoukset"), IdeaCard(title="Ruutu ensin", text="Kysytään.")
    pieces = [
        Piece(id=UUID(int=number), revision=1, block=block)
        for number, block in enumerate((opening, card, TextBlock(text="sana " * 60)))
    ]
    chapter = ChapterOfPassages(opening=pieces[0], passages=tuple(pieces[1:]))
    book = laid_out(Book(title="Työkirja", language="fi", number=1, chapters=(chapter,)))
    printed = {
        "edition_id": uuid4(),
        "frozen_at": datetime.now(UTC),
        "sheets": {},
        "standing": {str(UUID(int=1)): 12},
    }
    found = passages_in(msgspec.convert(book | printed, BookRead))
    assert found[UUID(int=1)] == Text("Ruutu ensin", "fi", chapter="Kokoukset", page=12)
    assert found[UUID(int=2)].text.endswith("sana …") and found[UUID(int=2)].page is None


def test_teams_are_told_from_five_on(run, told, portal, words):
    kaisa = portal()
    view = run.writer(subject=kaisa.pseudonym).has_given()["id"]
    way = goes_all_the_way(told, view, words)
    for _ in range(5):
        told.team_that_uses(UUID(way["passage"]))
    assert kaisa.open(f"/runs/{run.id}/threads").says("5 teams use it in their ground rules.")


def test_a_view_that_waits_or_was_rejected_says_so(run, portal):
    kaisa = portal()
    writer, minna = run.writer(subject=kaisa.pseudonym), run.moderator()
    writer.has_given("Virtanen ei osaa.")
    minna.rejects(minna.takes()[0])
    assert kaisa.open(f"/runs/{run.id}/threads").says("It is not shown.")


def test_nobody_else_opens_my_thread(run, told, portal, words):
    kaisa, matti = portal(), portal()
    view = run.writer(subject=kaisa.pseudonym).has_given("Minun.")["id"]
    goes_all_the_way(told, view, words)
    page = matti.open(f"/runs/{run.id}/threads")
    assert page.voices() == [] and page.says("This browser knows no view of yours")


def test_from_a_passage_back_to_what_colleagues_said(run, told, portal, words):
    view = run.writer().has_given("Etänä olevat unohtuvat.")["id"]
    way = goes_all_the_way(told, view, words)
    page = portal().open(f"/runs/{run.id}/threads/{way['passage']}")
    assert page.voices() == ["Etänä olevat unohtuvat."] and page.says("read about 41 times or more")
    for words_of_others in (
        "Whose turn is it?",
        "Kysytään ensin ruudulta.",
        "Ruutu ensin",
        "workshop round 1",
    ):
        assert page.says(words_of_others)


def test_a_view_taken_back_keeps_its_place_without_words(run, told, portal, words):
    from shared.contracts.survey import ViewWithdrawn

    writer = run.writer()
    view = writer.has_given("Kadun.")
    way = goes_all_the_way(told, view["id"], words)
    writer.withdraws(view)
    told.tell(ViewWithdrawn(run_id=told.run_id, theme_id=told.theme_id, view_id=UUID(view["id"])))
    page = portal().open(f"/runs/{run.id}/threads/{way['passage']}")
    assert page.voices() == [] and page.says("A colleague took these words back.")


def test_what_was_just_written_says_that_it_takes_a_moment(run, portal):
    assert portal().open(f"/runs/{run.id}/threads/{uuid4()}").says("Nothing hangs on this thread yet")


def test_staff_see_how_whole_the_thread_is(run, told, portal, words):
    view = run.writer().has_given()["id"]
    goes_all_the_way(told, view, words)
    invented = told.passage(kind="tip")
    words["book"][invented] = Text("Keksitty vinkki", "fi", chapter="Kokoukset")
    page = portal(roles=("lead",)).open(f"/clients/avi/runs/{run.id}/threads")
    assert page.tree.xpath('//data[@id="lineage-edges"]/@value') == ["3"]
    assert page.tree.xpath('//data[@id="passages-without-views"]/@value') == ["1"]
    assert page.says("Keksitty vinkki") and page.says("Every outcome leads back to what somebody said.")


def test_counts_of_things_are_written_as_numbers_are(run, told, portal, words):
    things = [{"id": uuid4(), "run_id": run.id, "kind": "view"} for _ in range(1000)]
    with sessions_of("lineage").begin() as session:
        session.execute(insert(Thing), things)
    page = portal(roles=("lead",)).open(f"/clients/avi/runs/{run.id}/threads")
    assert page.tree.xpath('//data[@value="1000"]/text()') == ["1,000"]


def test_the_clients_coordinators_see_it_at_their_desk(run, told, portal, words):
    page = portal(roles=("participant", "coordinator")).open(f"/desk/runs/{run.id}/threads")
    assert page.tree.xpath('//data[@id="lineage-edges"]/@value') == ["0"]


@pytest.mark.parametrize(
    ("roles", "rooms"), [(("lead",), "/clients/avi"), (("participant", "coordinator"), "/desk")]
)
def test_staff_and_coordinators_follow_a_thread_too(run, told, portal, words, roles, rooms):
    view = run.writer().has_given("Etänä olevat unohtuvat.")["id"]
    way = goes_all_the_way(told, view, words)
    page = portal(roles=roles).open(f"{rooms}/runs/{run.id}/threads/{way['outcome']}")
    assert page.voices() == ["Etänä olevat unohtuvat."] and page.says("Ruutu ensin")
    assert page.tree.xpath(f'//a[@href="{rooms}/runs/{run.id}/threads/{way["passage"]}"]')


def test_the_home_page_offers_my_thread_once_something_became_of_it(run, told, portal, words, monkeypatch):
    from flask import g

    from services.portal.areas.threads import employee as threads

    kaisa = portal()
    offered = []
    at_reading = path_at("prioritise", run_id=run.id)
    remember = lambda: offered.append(threads.offers(g.here, at_reading)) or ""  # noqa: E731
    monkeypatch.setitem(
        kaisa.client.application.view_functions, "employee.threads.mine", lambda run_id: remember()
    )
    kaisa.open(f"/runs/{run.id}/threads")
    view = run.writer(subject=kaisa.pseudonym).has_given()["id"]
    goes_all_the_way(told, view, words)
    kaisa.open(f"/runs/{run.id}/threads")
    assert offered[0] == [] and offered[1][0].text == "1 passage of the workbook grew from what you said."
