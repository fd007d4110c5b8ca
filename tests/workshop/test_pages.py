"""The journey through the workshops on the pages alone, as people and the facilitator walk it."""

from tests.workshop.journeys import Page, begin, board_of, go_on, schedule, signed_up, table_the_question
from tests.workshop.journeys import at_the_board as at_the_board
from tests.workshop.journeys import avis as avis
from tests.workshop.journeys import browse as browse
from tests.workshop.journeys import build as build
from tests.workshop.journeys import consultancy as consultancy
from tests.workshop.journeys import eeva as eeva
from tests.workshop.journeys import employ as employ
from tests.workshop.journeys import henna as henna
from tests.workshop.journeys import journey as journey
from tests.workshop.journeys import opens as opens
from tests.workshop.journeys import prepared as prepared
from tests.workshop.journeys import run_comes_to as run_comes_to
from tests.workshop.journeys import whole as whole


def test_the_whole_journey_through_both_rounds(journey, opens, employ, henna):
    table_the_question(henna, journey)
    people = [employ(name) for name in ("Kaisa", "Matti", "Liisa")]
    kaisa, matti, liisa = people

    opens(1)
    first = schedule(henna, journey)
    for person in people:
        signed_up(person, journey, first)
    begin(henna, journey, first)
    go_on(henna, journey, first, 3)
    page = board_of(kaisa, journey, first)
    assert page.has("Kokouksia on liikaa.")
    assert page.has("avain, joka kertoo, kuka kirjoitti mitäkin, hävitetään")
    words = {"text": "Kalenteri on täynnä", "views": str(journey.views[0])}
    page = kaisa.submit(page, "add-card-observations", "add", **words)
    [card] = page.ids("card-", "li")
    for person in (matti, liisa):
        assert board_of(person, journey, first).has("Kalenteri on täynnä")
    go_on(henna, journey, first, 5)
    page = kaisa.submit(
        board_of(kaisa, journey, first),
        "outcome-form-new",
        "write",
        text="Kokous ilman aihetta syö päivän.",
        cards=card,
    )
    [outcome] = page.ids("outcome-", "li")
    for person in (kaisa, matti):
        page = person.submit(board_of(person, journey, first), f"sign-{outcome}", "sign")
    assert page.has("allekirjoitettu") or page.ids("sign-") == []
    page = henna.open(f"{journey.console}/sessions")
    page = henna.submit(page, "end-round-1")
    assert page.tree.xpath('//section[@id="round-1"]/@data-state') == ["ended"]

    opens(2)
    second = schedule(henna, journey, round=2)
    for person in people:
        signed_up(person, journey, second)
    begin(henna, journey, second)
    go_on(henna, journey, second, 2)
    page = board_of(kaisa, journey, second)
    assert page.has("Kokous ilman aihetta syö päivän.")
    page = kaisa.submit(page, "add-card-ideas", "add", text="Kokoukseton perjantai")
    [card] = page.ids("card-", "li")
    go_on(henna, journey, second, 3)
    page = kaisa.submit(board_of(kaisa, journey, second), f"judge-{card}", "judge", effect="5", effort="2")
    assert page.tree.xpath('//*[@id="part-weighed"]//table')
    go_on(henna, journey, second, 5)
    words = {"text": "Perjantai on kokoukseton.", "cards": card, "outcomes": outcome, "kind": "solution"}
    page = matti.submit(board_of(matti, journey, second), "outcome-form-new", "write", **words)
    [solution] = page.ids("outcome-", "li")
    board = henna.open(f"{journey.console}/boards/{page.address.rpartition('/')[2]}")
    board = henna.submit(board, f"sign-{solution}", "sign")
    assert board.has("signed off")
    henna.submit(henna.open(f"{journey.console}/sessions"), "end-round-2")
    page = kaisa.open(f"/runs/{journey.id}/outcomes")
    assert page.has("Perjantai on kokoukseton.") and page.has("Kokous ilman aihetta syö päivän.")
    page = kaisa.open(f"/runs/{journey.id}/workshops/{second}/minutes")
    assert page.has("Kokoukseton perjantai")
    assert (
        "Kokoukseton perjantai" in kaisa.open(f"/runs/{journey.id}/workshops/{second}/minutes?as=text").text
    )
    assert henna.open(f"{journey.console}/outcomes").has("Perjantai on kokoukseton.")


def test_employees_do_not_reach_the_console(journey, employ):
    assert employ("Kaisa").open(f"{journey.console}/sessions").status == 403


def test_home_offers_a_place_and_then_the_session(journey, opens, run_comes_to, employ, henna, prepared):
    prepared.tabled()
    run_comes_to("deepen")
    opens(1)
    session = prepared.schedule()["id"]
    kaisa = employ("Kaisa")
    offered = f"/runs/{journey.id}/workshops"
    assert kaisa.open("/home").tree.xpath(f'//main//a[@href="{offered}"]')
    signed_up(kaisa, journey, session)
    begin(henna, journey, session)
    assert kaisa.open("/home").tree.xpath(f'//main//a[@href="{offered}/{session}/board"]')


def test_an_editor_reads_what_she_does_not_lead_and_finds_nothing_there_that_is_refused(
    journey, at_the_board, henna, eeva
):
    session = henna.open(f"{journey.console}/sessions").tree.xpath(
        "//tr[starts-with(@id, 'session-')]//a/@href"
    )[0]
    board = henna.open(session).tree.xpath("//a[contains(@href, '/boards/')]/@href")[0]
    question = henna.open(f"{journey.console}/questions").tree.xpath("//article//a[@class]/@href")[0]
    for path in (f"{journey.console}/questions", question, f"{journey.console}/sessions", session, board):
        hers, page = henna.open(path), eeva.open(path)
        assert page.status == 200, path
        assert not to_press_on(page) and to_press_on(hers), path


def to_press_on(page: Page) -> list[str]:
    """What leads to acts of leading: forms, and the address where one leads."""
    return page.tree.xpath("//main//form[@method='post']/@id | //main//a[contains(@href, '/lead')]/@href")
