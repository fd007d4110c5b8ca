"""The journey through the workshops on the pages alone, as people and the facilitator walk it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from lxml import html

from services.identity.models import PseudonymKey
from shared.contracts.process import PhaseOpened, RunPlanned
from shared.contracts.voting import RankingReleased
from shared.contracts.workshop import WorkshopCalledOff, WorkshopScheduled
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests import worlds
from tests.identity.houses import avis as avis
from tests.identity.houses import build as build
from tests.identity.houses import consultancy as consultancy
from tests.identity.houses import grant
from tests.portal.browser import browse as browse
from tests.portal.browser import whole as whole
from tests.survey.conftest import let_all_leave
from tests.workshop.conftest import Run as Prepared

CONSOLE = "console.polku.localhost"
WHEN = {
    "starts_at": "2027-03-02T09:00",
    "ends_at": "2027-03-02T11:00",
    "places": "20",
    "title": "Työpaja",
    "link": "",
}


@dataclass
class Page:
    """What one sees, and the forms on it."""

    status: int
    text: str
    address: str

    @property
    def tree(self):
        return html.fromstring(self.text)

    def form(self, id: str):
        return self.tree.xpath(f'//form[@id="{id}"]')[0]

    def ids(self, prefix: str, tag: str = "*") -> list[str]:
        return [
            id.removeprefix(prefix) for id in self.tree.xpath(f'//{tag}[starts-with(@id, "{prefix}")]/@id')
        ]

    def has(self, sentence: str) -> bool:
        return sentence in " ".join(self.tree.text_content().split())


class Person:
    """Somebody with a browser that follows redirects and submits forms as they stand."""

    def __init__(self, browser, language: str = "en"):
        self.browser = browser
        browser.client.set_cookie("language", language, domain=browser.host)

    def open(self, path: str) -> Page:
        answer = self.browser.get(path, follow_redirects=True)
        return Page(answer.status_code, answer.text, answer.request.path)

    def submit(self, page: Page, form_id: str, act: str | None = None, **fields) -> Page:
        form = page.form(form_id)
        values: dict = {}
        for name, value in form.form_values():
            values.setdefault(name, []).append(value)
        values |= fields | ({"act": act} if act else {})
        path = form.get("action")
        answer = self.browser.post(path, values, follow_redirects=True)
        return Page(answer.status_code, answer.text, answer.request.path)


@dataclass
class Journey:
    """A run with views, a released result, and a staff member at the console."""

    id: UUID
    theme: UUID
    views: list[UUID]
    slug: str

    @property
    def console(self) -> str:
        return f"/clients/{self.slug}/runs/{self.id}"


@pytest.fixture
def journey(avis, http, world) -> Journey:
    run_id = worlds.planned(avis.id)
    with acting_for(avis.id):
        for service in ("identity", "survey", "workshop"):
            planned = RunPlanned(run_id=run_id, template="hybrid-work", languages=["fi", "sv"])
            world.hear(service, planned)
        settings = {"give_views.moderation": "after"}
        opened = PhaseOpened(run_id=run_id, phase="views", activities=["give_views"], settings=settings)
        world.hear("survey", opened)
        survey = http("survey").of(avis.id)
        somebody = replace(survey.who, tenant=avis.id, run_id=run_id, roles=frozenset({"participant"}))
        survey.who = somebody
        theme = survey.get(f"/runs/{run_id}/collecting").json["themes"][0]["id"]
        views = [given(survey, theme, words) for words in ("Kokouksia on liikaa.", "Palaverit venyvät.")]
        let_all_leave(run_id)
        ranking = RankingReleased(run_id=run_id, theme_id=UUID(theme), ranking=views, seats=views[:1])
        world.hear("workshop", ranking)
    return Journey(run_id, UUID(theme), views, avis.slug)


def given(survey, theme: str, words: str) -> UUID:
    survey.who = replace(survey.who, subject=uuid4())
    answer = survey.post(f"/themes/{theme}/views", json={"text": words, "language": "fi"})
    assert answer.status_code == 201, answer.json
    return UUID(answer.json["view"]["id"])


@pytest.fixture
def opens(avis, world, journey):
    def open_round(number: int) -> None:
        with acting_for(avis.id):
            phase = {1: "deepen", 2: "ideate"}[number]
            world.hear(
                "workshop", PhaseOpened(run_id=journey.id, phase=phase, activities=[f"workshop_{number}"])
            )

    return open_round


@pytest.fixture
def employ(browse, avis):
    def sign_in(name: str) -> Person:
        browser = browse(avis, name)
        return Person(browser, language="fi")

    return sign_in


def let_in(browse, consultancy, client, name: str, role: str) -> Person:
    """Somebody of the consultancy, whom the client has let in with this role."""
    subject = consultancy.employ(f"{name}{uuid4().hex[:6]}")
    browser = browse(consultancy, host=CONSOLE)
    browser.come_in(subject)
    grant(client, consultancy, consultancy.member(browser.cookie("visit")), role)
    return Person(browser)


@pytest.fixture
def henna(browse, consultancy, avis) -> Person:
    return let_in(browse, consultancy, avis, "Henna", "facilitator")


@pytest.fixture
def eeva(browse, consultancy, avis) -> Person:
    return let_in(browse, consultancy, avis, "Eeva", "editor")


@pytest.fixture
def prepared(journey, avis, consultancy, henna, http, world) -> Prepared:
    """The same session, prepared by Henna at workshop's own door."""
    hennas_id = UUID(consultancy.member(henna.browser.cookie("visit")))
    door = http("workshop").of(avis.id)
    return Prepared(door, world.hear, journey.id, journey.theme, anna_id=hennas_id)


def pseudonym_of(person: Person, journey: Journey) -> UUID:
    house = person.browser.house
    member = UUID(house.member(person.browser.cookie("visit")))
    with acting_for(house.id), sessions_of("identity").begin() as session:
        return PseudonymKey.of(journey.id, "workshop", session).pseudonym(member)


def table_the_question(henna: Person, journey: Journey) -> str:
    listed = henna.open(f"{journey.console}/questions")
    [question] = listed.ids("question-", "article")
    page = henna.open(f"{journey.console}/questions/{question}")
    page = henna.submit(
        page, "word-question", "word-and-table", **{"wording-fi": "Miten kokoukset lyhenevät?"}
    )
    assert page.status == 200 and page.has("The question is on the workshops' table.")
    return question


def schedule(henna: Person, journey: Journey, round: int = 1, **more) -> str:
    page = henna.open(f"{journey.console}/sessions")
    page = henna.submit(page, "schedule-session", **(WHEN | {"round": str(round)} | more))
    assert page.status == 200, page.text
    return page.address.rpartition("/")[2]


def begin(henna: Person, journey: Journey, session: str, size: str = "4") -> Page:
    page = henna.open(f"{journey.console}/sessions/{session}")
    page = henna.submit(page, "form-groups", "form-groups", size=size)
    assert page.ids("group-", "article"), page.text
    return henna.submit(henna.open(f"{journey.console}/sessions/{session}/lead"), "start-session", "start")


def go_on(henna: Person, journey: Journey, session: str, step: int) -> Page:
    page = henna.open(f"{journey.console}/sessions/{session}/lead")
    return henna.submit(page, "to-any-step", step=str(step))


def signed_up(person: Person, journey: Journey, session: str) -> None:
    page = person.open(f"/runs/{journey.id}/workshops")
    assert person.submit(page, f"place-{session}", "sign-up").status == 200


def board_of(person: Person, journey: Journey, session: str) -> Page:
    page = person.open(f"/runs/{journey.id}/workshops/{session}/board")
    if "/boards/" not in page.address:
        page = person.submit(page, "come-in")
    assert "/boards/" in page.address, page.text
    return page


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


@pytest.fixture
def at_the_board(journey, opens, employ, prepared):
    """Two people at one board, in the step of digging deeper."""
    questions = prepared.tabled()
    opens(1)
    session = prepared.schedule()
    kaisa, matti = employ("Kaisa"), employ("Matti")
    nowhere = {"unit": None, "site": None}
    places = [prepared.person(subject=pseudonym_of(one, journey), **nowhere) for one in (kaisa, matti)]
    prepared.sign_up(places, session)
    prepared.form_groups(session, questions)
    prepared.start(session)
    prepared.go_to(session, "dig_deeper")
    return kaisa, matti, session["id"]


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


def test_the_waiting_list_is_said_on_the_page(journey, employ, prepared):
    session = prepared.schedule(places=1)["id"]
    kaisa, matti = employ("Kaisa"), employ("Matti")
    signed_up(kaisa, journey, session)
    signed_up(matti, journey, session)
    assert matti.open(f"/runs/{journey.id}/workshops").tree.xpath('//article//span[contains(@class, "wait")]')
    kaisa.submit(kaisa.open(f"/runs/{journey.id}/workshops"), f"place-{session}", "leave")
    assert matti.open(f"/runs/{journey.id}/workshops").tree.xpath('//article//span[contains(@class, "good")]')


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


def test_a_session_that_ends_before_it_starts_is_refused_with_what_was_typed(journey, henna):
    page = henna.open(f"{journey.console}/sessions")
    wrong = WHEN | {"round": "1", "ends_at": "2027-03-02T08:00", "title": "Takaperin"}
    page = henna.submit(page, "schedule-session", **wrong)
    assert page.status == 409 and 'value="Takaperin"' in page.text


GAP = {"starts_at": "2027-03-28T03:30", "ends_at": "2027-03-28T05:00"}  # the clocks go from three to four


def test_a_time_that_does_not_exist_is_asked_back_at_its_field_with_what_was_typed(
    journey, henna, world, avis
):
    page = henna.open(f"{journey.console}/sessions")
    page = henna.submit(page, "schedule-session", **WHEN | GAP | {"round": "1", "title": "Kevätyö"})
    assert page.status == 422 and 'value="Kevätyö"' in page.text and page.has("There is no such time")
    [field] = page.tree.xpath('//input[@id="starts_at"]')
    about = page.tree.get_element_by_id(field.get("aria-describedby"))
    assert field.get("aria-invalid") == "true" and field.get("value") == GAP["starts_at"]
    assert "There is no such time" in about.text_content()
    assert world.told("workshop", WorkshopScheduled, tenant=avis.id) == [], "nobody was told"


def test_a_session_in_three_years_is_scheduled_once_it_is_said_that_it_is_meant(journey, henna, world, avis):
    page, year = henna.open(f"{journey.console}/sessions"), datetime.now(UTC).year + 3
    far = {"starts_at": f"{year}-03-02T09:00", "ends_at": f"{year}-03-02T11:00"}
    page = henna.submit(page, "schedule-session", **WHEN | far | {"round": "1"})
    assert page.status == 422 and page.has("more than two years off")
    meant = {f"{name}.meant": page.tree.xpath(f'//input[@name="{name}.meant"]/@value')[0] for name in far}
    assert henna.submit(page, "schedule-session", **meant).has("The session is scheduled.")
    assert len(world.told("workshop", WorkshopScheduled, tenant=avis.id)) == 1


def test_a_session_is_moved_to_no_time_that_has_passed_and_the_form_comes_back(journey, henna, prepared):
    session = prepared.schedule()["id"]
    page = henna.open(f"{journey.console}/sessions/{session}")
    past = {"starts_at": "2026-03-02T09:00", "ends_at": "2026-03-02T11:00", "title": "Toinen nimi"}
    page = henna.submit(page, "reschedule-session", "reschedule", **past)
    assert page.status == 422 and page.has("This time has passed already.")
    assert 'value="Toinen nimi"' in page.text and 'value="2026-03-02T09:00"' in page.text


def test_the_page_of_dates_says_what_has_become_of_sessions(journey, employ, henna, prepared, world, avis):
    session = prepared.schedule(places=1)["id"]
    kaisa, matti = employ("Kaisa"), employ("Matti")
    for person in (kaisa, matti):
        signed_up(person, journey, session)
    kaisa.submit(kaisa.open(f"/runs/{journey.id}/workshops"), f"place-{session}", "leave")
    page = henna.open(f"{journey.console}/sessions/{session}")
    later = {"starts_at": "2027-03-03T09:00", "ends_at": "2027-03-03T11:00", "title": "Hiljainen työ"}
    henna.submit(page, "reschedule-session", "reschedule", **later)
    dates = f"/runs/{journey.id}/dates"

    def hears() -> None:
        told = world.told("workshop", WorkshopScheduled, WorkshopCalledOff, tenant=avis.id)
        with acting_for(avis.id):
            world.hear("notification", *told)

    hears()
    page = matti.open(dates)
    assert page.has("Hiljainen työ") and page.has("Uusi aika") and page.has("Pääsit jonosta")
    assert not kaisa.open(dates).has("Sinulla on paikka")
    henna.submit(henna.open(f"{journey.console}/sessions/{session}"), "call-off", "call-off")
    hears()
    page = matti.open(dates)
    assert page.has("Peruttu") and page.has("Sinulla oli paikka.")
    file = matti.browser.get(page.tree.xpath('//a[contains(@href, ".ics")]/@href')[0]).text
    assert "METHOD:CANCEL" in file and "SUMMARY:Hiljainen työ" in file and f"UID:{session}@" in file


def test_employees_do_not_reach_the_console(journey, employ):
    assert employ("Kaisa").open(f"{journey.console}/sessions").status == 403


@pytest.fixture
def run_comes_to(avis, journey):
    """run_comes_to("deepen"): people moved the run on until it is there."""

    def move(phase: str) -> None:
        worlds.signed(avis.id, journey.id)
        worlds.moved_on(avis.id, journey.id, phase)

    return move


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


def test_of_two_who_word_a_question_the_second_sees_both_texts_and_chooses(henna, journey):
    [listed] = henna.open(f"{journey.console}/questions").ids("question-", "article")
    first, second = (henna.open(f"{journey.console}/questions/{listed}") for _ in range(2))
    henna.submit(first, "word-question", "word", **{"wording-fi": "Mikä lyhentää kokouksia?"})
    refused = henna.submit(second, "word-question", "word", **{"wording-fi": "Miksi kokoukset venyvät?"})
    assert refused.status == 409
    assert refused.form("word-question").fields["wording-fi"].strip() == "Miksi kokoukset venyvät?"
    assert refused.has("It is now: Mikä lyhentää kokouksia?")
    taken = henna.submit(refused, "word-question", "word", take="wording/fi")
    assert taken.form("word-question").fields["wording-fi"].strip() == "Mikä lyhentää kokouksia?"
    mine = henna.submit(refused, "word-question", "word")
    assert mine.status == 200 and mine.has("The wording is kept.")
    assert mine.form("word-question").fields["wording-fi"].strip() == "Miksi kokoukset venyvät?"


def test_a_refusal_for_another_reason_does_not_hide_what_somebody_has_worded_meanwhile(henna, journey):
    [listed] = henna.open(f"{journey.console}/questions").ids("question-", "article")
    first, second = (henna.open(f"{journey.console}/questions/{listed}") for _ in range(2))
    henna.submit(first, "word-question", "word", **{"wording-fi": "Mikä lyhentää kokouksia?"})
    refused = henna.submit(second, "word-question", "word", **{"wording-fi": "Miksi?" * 100})
    assert refused.status == 422
    again = henna.submit(refused, "word-question", "word", **{"wording-fi": "Miksi kokoukset venyvät?"})
    assert again.status == 409 and again.has("It is now: Mikä lyhentää kokouksia?")


def test_of_two_who_change_a_card_the_second_sees_both_texts(journey, at_the_board):
    kaisa, matti, session = at_the_board
    page = kaisa.submit(board_of(kaisa, journey, session), "add-card-causes", "add", text="Kalenteri")
    [card] = page.ids("card-", "li")
    stale = board_of(matti, journey, session)
    assert kaisa.submit(page, f"edit-card-{card}", "edit", text="Täysi kalenteri").status == 200
    refused = matti.submit(stale, f"edit-card-{card}", "edit", text="Kalenterit")
    assert refused.status == 409 and refused.has("Täysi kalenteri")
    assert refused.form(f"edit-card-{card}").fields["text"].strip() == "Kalenterit"
    assert matti.submit(stale, f"edit-card-{card}", "remove").status == 409
    taken = matti.submit(refused, f"edit-card-{card}", "edit", take="text")
    assert taken.form(f"edit-card-{card}").fields["text"].strip() == "Täysi kalenteri"


def test_of_two_who_change_an_outcome_the_second_sees_both_texts(journey, at_the_board, henna):
    kaisa, matti, session = at_the_board
    go_on(henna, journey, session, 5)
    words = {"text": "Kokous ilman aihetta syö päivän."}
    page = kaisa.submit(board_of(kaisa, journey, session), "outcome-form-new", "write", **words)
    [outcome] = page.ids("outcome-", "li")
    stale = board_of(matti, journey, session)
    form = f"outcome-form-{outcome}"
    assert kaisa.submit(page, form, "say", text="Aiheeton kokous syö päivän.").status == 200
    refused = matti.submit(stale, form, "say", text="Kokous syö päivän.")
    assert refused.status == 409 and refused.has("Aiheeton kokous syö päivän.")
    assert refused.form(form).fields["text"].strip() == "Kokous syö päivän."


def test_of_two_who_prepare_a_session_neither_undoes_what_the_other_did(journey, opens, henna, prepared):
    prepared.tabled()
    opens(1)
    address = f"{journey.console}/sessions/{prepared.schedule()['id']}"
    first, second = henna.open(address), henna.open(address)
    assert henna.submit(first, "reschedule-session", "reschedule", title="Lappi").status == 200
    assert henna.submit(second, "reschedule-session", "reschedule", places="30").status == 200
    later = {"starts_at": "2027-03-02T10:00", "ends_at": "2027-03-02T12:00", "title": "Oulu"}
    refused = henna.submit(second, "reschedule-session", "reschedule", **later)
    assert refused.status == 409 and refused.has("It is now: Lappi")
    kept = refused.form("reschedule-session").fields
    assert (kept["title"], kept["starts_at"]) == ("Oulu", "2027-03-02T10:00")
    taken = henna.submit(refused, "reschedule-session", "reschedule", take="title")
    kept = taken.form("reschedule-session").fields
    assert (kept["title"], kept["places"], kept["starts_at"]) == ("Lappi", "30", "2027-03-02T10:00")


def test_of_two_who_keep_notes_the_second_sees_both(journey, at_the_board, henna):
    _, _, session = at_the_board
    address = f"{journey.console}/sessions/{session}"
    notes, stale = henna.open(address), henna.open(address)
    assert henna.submit(notes, "keep-notes", "keep-notes", notes="Hyvä alku").status == 200
    refused = henna.submit(stale, "keep-notes", "keep-notes", notes="Kiire")
    assert refused.status == 409 and refused.has("It is now: Hyvä alku")
    assert refused.form("keep-notes").fields["notes"].strip() == "Kiire"
