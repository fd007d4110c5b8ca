"""The pages of a board: cards, signals, coming in."""

from tests.workshop.journeys import at_the_board as at_the_board
from tests.workshop.journeys import avis as avis
from tests.workshop.journeys import board_of, signed_up
from tests.workshop.journeys import browse as browse
from tests.workshop.journeys import build as build
from tests.workshop.journeys import consultancy as consultancy
from tests.workshop.journeys import employ as employ
from tests.workshop.journeys import henna as henna
from tests.workshop.journeys import journey as journey
from tests.workshop.journeys import opens as opens
from tests.workshop.journeys import prepared as prepared
from tests.workshop.journeys import whole as whole


def test_a_refused_card_stays_in_its_box(journey, at_the_board):
    kaisa, _, session = at_the_board
    page = board_of(kaisa, journey, session)
    page = kaisa.submit(page, "add-card-causes", "add", text="a" * 2001)
    assert page.status == 422
    assert page.tree.xpath('//*[@id="refusal"]')
    assert page.tree.xpath('//textarea[@id="new-causes"]')[0].text.strip() == "a" * 2001


def test_a_card_is_chosen_and_put_elsewhere_without_script(journey, at_the_board):
    kaisa, _, session = at_the_board
    page = board_of(kaisa, journey, session)
    for words in ("Ensin", "Sitten"):
        page = kaisa.submit(page, "add-card-observations", "add", text=words)
    first, second = page.ids("card-", "li")
    chosen = kaisa.open(f"{page.address}?chosen={first}")
    target = chosen.tree.xpath('//*[@id="part-target-causes"]//form')[0]
    values = dict(target.form_values()) | {"act": "move"}
    kaisa.browser.post(target.get("action"), values)
    page = board_of(kaisa, journey, session)
    assert page.tree.xpath('//ul[@id="cards-causes"]/li/@id') == [f"card-{first}"]
    chosen = kaisa.open(f"{page.address}?chosen={first}")
    target = chosen.tree.xpath(f'//li[@id="card-{second}"]//form')[0]
    kaisa.browser.post(target.get("action"), dict(target.form_values()) | {"act": "merge"})
    page = board_of(kaisa, journey, session)
    assert page.ids("card-", "li") == [second] and page.has("Ensin")


def test_the_fragment_is_the_part_that_changes(journey, at_the_board):
    kaisa, _, session = at_the_board
    page = board_of(kaisa, journey, session)
    fragment = kaisa.open(f"{page.address}?fragment=1")
    assert fragment.text.lstrip().startswith('<div id="board"')
    assert "<html" not in fragment.text


def test_help_ready_undo_and_a_word_to_all(journey, at_the_board, henna):
    kaisa, matti, session = at_the_board
    page = kaisa.submit(board_of(kaisa, journey, session), "signals", "help")
    page = kaisa.submit(page, "signals", "ready")
    lead = henna.open(f"{journey.console}/sessions/{session}/lead")
    assert lead.has("asks for help") and lead.has("1 group asks for help.")
    lead = henna.submit(lead, "say-to-all", "say", text="Viisi minuuttia")
    lead = henna.submit(lead, "set-timer", "timer", minutes="5")
    assert lead.status == 200
    assert board_of(matti, journey, session).has("Viisi minuuttia")
    page = kaisa.submit(page, "add-card-causes", "add", text="Pois")
    assert kaisa.submit(page, "signals", "undo").ids("card-", "li") == []


def test_a_late_joiner_comes_in_where_everybody_is(journey, at_the_board, employ):
    _, _, session = at_the_board
    late = employ("Myöhä")
    assert board_of(late, journey, session).tree.xpath('//form[@id="add-card-causes"]')


def test_before_there_are_groups_one_waits_in_the_lobby(journey, employ, prepared):
    session = prepared.schedule()["id"]
    kaisa = employ("Kaisa")
    signed_up(kaisa, journey, session)
    page = kaisa.open(f"/runs/{journey.id}/workshops/{session}/board")
    assert page.status == 200 and page.tree.xpath('//*[@id="lobby"]')
