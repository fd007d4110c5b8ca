"""People and the facilitator before the pages of the workshops, and what they do there again and again."""

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest
from lxml import html

from services.identity.models import PseudonymKey
from shared.contracts.process import PhaseOpened, RunPlanned
from shared.contracts.voting import RankingReleased
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


@pytest.fixture
def run_comes_to(avis, journey):
    """run_comes_to("deepen"): people moved the run on until it is there."""

    def move(phase: str) -> None:
        worlds.signed(avis.id, journey.id)
        worlds.moved_on(avis.id, journey.id, phase)

    return move
