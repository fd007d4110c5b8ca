"""A card, a question, a poll's answer and a vote for which there is no line: they wait on the device, say so, and count once.

A browser notes each lost line as an error; here it is meant, so nobody listens to its complaints.
"""

import re
from collections.abc import Callable
from uuid import UUID

import httpx2
import pytest
from playwright.sync_api import Page, Response, Route, expect
from sqlalchemy import text

from infra.demo.walker import kickoff, workshops
from infra.demo.walker.figures import Figures
from infra.demo.walker.journey import Client, Journey
from infra.demo.walker.visitor import THE_WIRE, Visitor
from tests.browser.conftest import barriers, overflows
from tests.browser.test_nothing_typed_is_lost import device as device
from tests.browser.test_nothing_typed_is_lost import is_kept, link, new_words, sign_in
from tests.soak.inside import Inside

ACTING_FOR = text("SELECT set_config('app.tenant', :tenant, true)")
AVI = text("SELECT organisation_id FROM host WHERE name = 'avi'")
DOORS = text("""
    UPDATE hall SET state = CASE state WHEN 'planned' THEN 'open' ELSE state END
    WHERE run_id = :run_id AND purpose = 'launch'""")
AGAIN = 15_000  # milliseconds; the page looks for the line every five seconds


@pytest.fixture
def led(polku) -> Callable[[str, str], Journey]:
    """led("avi", part) is a run of theirs as Jari leads it, the first on which this part of his is open."""
    jari = Visitor("jari")
    jari.sign_in(f"{polku.console}/", "jari")

    def find(slug: str, part: str, form: str) -> Journey:
        page = jari.open(f"{polku.console}/clients/{slug}")
        for run in dict.fromkeys(re.findall(r"/runs/([0-9a-f-]{36})", " ".join(page.links("/runs/")))):
            who = dict.fromkeys(("lead", "facilitator", "editor", "coordinator"), jari)
            journey = Journey(
                polku, None, Client(slug, slug), Figures(), print, **who, participants=[], run_name=""
            )  # type: ignore[arg-type]
            journey.run_id = run
            if jari.open(journey.staff(part)).forms(form):
                return journey
        raise AssertionError(f"No run of {slug} has {form} on {part}.")

    return find


def posts(page: Page, part: str) -> list[Response]:
    """Those that are answered, from now on."""
    answered: list[Response] = []

    def keep(answer: Response) -> None:
        if answer.request.method == "POST" and part in answer.url:
            answered.append(answer)

    page.on("response", keep)
    return answered


def lose_the_first_answer(page: Page, part: str) -> list[int]:
    """The act arrives, and the page does not hear of it; what it was answered with."""
    lost: list[int] = []

    def carry(route: Route) -> None:
        asked = route.request
        if asked.method != "POST" or lost:
            return route.continue_()
        sent = httpx2.Client(transport=THE_WIRE).post(
            asked.url, headers=asked.all_headers(), content=asked.post_data_buffer
        )
        lost.append(sent.status_code)
        return route.abort()

    page.route(f"**{part}", carry)
    return lost


@pytest.fixture
def board(led, device, polku) -> Page:
    """Linnea's, of a session that Jari leads."""
    journey = led("skargard", "sessions", "end-round-2")
    session = journey.facilitator.open(journey.staff("sessions")).links("/sessions/")[-1].rsplit("/", 1)[-1]
    page = device().new_page()
    page.goto(polku.site("skargard") + "/")
    sign_in(page, "linnea")
    begin(journey, session)
    page.goto(journey.own(f"workshops/{session}/board"))
    page.wait_for_selector("form.add-card")
    return page


def begin(journey: Journey, session: str) -> None:
    """Two have signed up, so there is a group."""
    for who in ("linnea", "pekka"):
        person = Visitor(who)
        person.sign_in(f"{journey.site}/", who)
        for form in person.open(journey.own("workshops")).forms(f"place-{session}"):
            form.submit(("act", "sign-up"))
    if journey.facilitator.open(journey.staff(f"sessions/{session}")).forms("form-groups"):
        workshops.form_groups(journey, session, people=2)
        workshops.start(journey, leading := journey.staff(f"sessions/{session}/lead"))
        form = journey.facilitator.open(leading).form("move-everybody")
        form.submit(("step", form.node.xpath('.//button[@name="step"]/@value')[0]))  # to where people write


def test_a_card_waits_for_the_line_and_lies_on_the_board_once(board):
    words = new_words().replace("\n", " ")
    form = board.locator("form.add-card").first
    board.context.set_offline(True)
    form.locator("textarea").fill(words)
    form.locator("button").last.click()
    expect(board.locator("#waiting")).to_be_visible()
    expect(form.locator("textarea")).to_have_value(words)
    assert not barriers(board) and not overflows(board)
    lost = lose_the_first_answer(board, "/boards/**")
    board.context.set_offline(False)
    expect(form.locator("textarea")).to_have_value("", timeout=AGAIN)
    expect(board.locator("#waiting")).to_have_count(0)
    assert lost == [200]
    board.reload()
    expect(board.locator("[data-card]", has_text=words.split(",")[0])).to_have_count(1)


@pytest.fixture
def event(led, device, polku) -> tuple[Page, Callable[[], str]]:
    """Kaisa at an event with a poll on stage, and what its host reads."""
    page = device().new_page()
    page.goto(polku.site("avi") + "/")
    sign_in(page, "kaisa", "avi")
    journey = led("avi", "launch", "new-poll")
    journey.run_id = re.search(r"/runs/([0-9a-f-]{36})/rules/", " ".join(all_links(page)))[1]  # type: ignore[index]
    open_the_doors(Inside(polku), journey.run_id)
    for start in kickoff.hosted(journey, "launch").forms("hall-start"):
        start.submit()
    put_a_poll_on_stage(journey)
    page.goto(journey.own("launch"))
    return page, lambda: kickoff.hosted(journey, "launch").text()


def all_links(page: Page) -> list[str]:
    return page.eval_on_selector_all("main a[href]", "links => links.map(link => link.href)")


def open_the_doors(inside: Inside, run_id: str) -> None:
    """The demonstration's paths stand before their events or behind them; this one stands at it."""
    identity, townhall = (inside.engine_of("polku_owner", service) for service in ("identity", "townhall"))
    with identity.begin() as known, townhall.begin() as hall:
        known.execute(ACTING_FOR, {"tenant": str(UUID(int=0))})
        hall.execute(ACTING_FOR, {"tenant": str(known.scalar(AVI))})
        assert hall.execute(DOORS, {"run_id": run_id}).rowcount
    identity.dispose()
    townhall.dispose()


def put_a_poll_on_stage(journey: Journey) -> None:
    form = kickoff.hosted(journey, "launch").form("new-poll")
    asked = {name: "Miten hybridityö sujuu nyt?" for name in form.names if name.startswith("words_")}
    page = form.submit(**asked, kind="scale", steps="5")
    next(stage for stage in page.forms("stage") if "poll_id" in stage.fields).submit(("kind", "poll"))


def test_of_two_answers_without_a_line_the_later_goes_out_once(event):
    page, _heard = event
    answers = posts(page, "/answer")
    free = page.locator("#stage form[data-kind=scale] input:not(:checked)")
    first, later = (free.nth(place).get_attribute("value") for place in (0, 1))
    page.context.set_offline(True)
    for value in (first, later):
        page.locator(f"#stage input[value='{value}']").check()
    expect(page.locator("#waiting")).to_be_visible()
    with page.expect_response(lambda answer: answer.url.endswith("/answer")):
        page.context.set_offline(False)
    expect(page.locator("#stage .given")).not_to_be_empty()
    page.reload()
    expect(page.locator(f"#stage input[value='{later}']")).to_be_checked()
    assert len(answers) == 1


def test_a_question_pressed_twice_without_a_line_is_asked_once_though_its_answer_is_lost(event):
    page, heard = event
    words = new_words().split(",")[0]
    page.context.set_offline(True)
    page.locator("#question-words").fill(words)
    for _press in range(2):
        page.locator("#ask button").click()
    expect(page.locator("#waiting")).to_be_visible()
    expect(page.locator("#question-words")).to_have_value(words)
    lost = lose_the_first_answer(page, "/questions")
    page.context.set_offline(False)
    expect(page.locator("#question-words")).to_have_value("", timeout=AGAIN)
    assert heard().count(words) == 1 and lost == [201]


def test_a_half_written_question_outlives_the_page_and_nobody_else_can_read_it(event):
    page, _ = event
    words = new_words().split(",")[0]
    page.locator("#question-words").fill(words)
    is_kept(page, words)
    assert words not in page.evaluate("JSON.stringify({...sessionStorage})")
    page.reload()
    expect(page.locator("#question-words")).to_have_value(words)
    expect(page.locator(".kept")).to_be_visible()
    page.locator("#ask button").click()
    expect(page.locator("#question-words")).to_have_value("")
    expect(page.locator(".kept")).to_have_count(0)  # it is sent: nothing waits any more


def test_a_vote_goes_out_where_the_device_has_a_net_and_no_line_to_us(device, polku):
    page = device().new_page()
    page.goto(polku.site("avi") + "/")
    sign_in(page, "mikael", "avi")
    page.goto(link(page, "reading"))
    page.locator("#start-reading button, #read-on button").first.click()
    page.wait_for_selector("#answers")
    card = page.locator("#answers li").first
    answer = card.locator(
        f"input[value={'disagree' if card.locator('input[value=agree]').is_checked() else 'agree'}]"
    )
    cut = re.compile("/reading/|/healthz")
    page.route(cut, lambda route: route.abort())
    answer.check()
    expect(card.locator(".wrong")).to_be_visible()
    votes = posts(page, "/reading/")
    with page.expect_response(lambda answer: "/reading/" in answer.url, timeout=AGAIN):
        page.unroute(cut)
    expect(card.locator(".wrong")).to_be_hidden()
    page.reload()
    expect(answer).to_be_checked()
    assert len(votes) == 1
