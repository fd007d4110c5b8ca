"""Whoever has done something far too often reads a sentence, loses nothing that was typed, and others behind the address get in."""

import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from uuid import UUID, uuid4

import pytest

from services.identity.sign_in.api.sign_in import begin, finish
from services.identity.sign_in.provider import SLOTS
from services.portal import door
from services.portal.clients import base
from services.portal.clients.base import ApiProblem
from services.portal.here import public
from services.townhall.api.halls import by_code
from services.townhall.api.questions import ask as ask_in_the_hall
from shared.contracts.process import PhaseOpened, RunPlanned
from shared.tenancy.sessions import acting_for
from shared.web import direct
from shared.web.admission import TURNED_AWAY
from shared.web.headers import ADDRESS_HEADER
from shared.web.limits import Limit, TooOften
from tests.attacks.test_limits import OFFICE, TOO_OFTEN
from tests.portal.browser import portal
from tests.ways import narrow


class Fields(HTMLParser):
    """The fields of the form that sends it again."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.area: str | None = None
        self.is_inside = False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        said = dict(attributes)
        self.is_inside = self.is_inside or (tag == "form" and said.get("id") == "again")
        if self.is_inside and tag == "input":
            self.found.append((said["name"], said.get("value", "")))
        if self.is_inside and tag == "textarea":
            self.area = said["name"]

    def handle_data(self, data):
        if self.area:
            self.found.append((self.area, data.removeprefix("\n")))
            self.area = None

    def handle_endtag(self, tag):
        self.is_inside = self.is_inside and tag != "form"


def refuse():
    raise ApiProblem(429, "too-often", TOO_OFTEN)


@pytest.fixture(scope="module")
def whole(database):
    return portal()


@pytest.fixture(scope="module")
def doors(whole):
    whole.add_url_rule("/limits/refused", "employee.limits.refuse", public(refuse), methods=["GET", "POST"])
    return whole


def test_whatever_was_sent_comes_back_in_a_form_that_sends_it_again(doors, browse, avis):
    sent = [
        ("words", "Meillä on\n\nkaksi riviä <b>& enemmän</b>"),
        ("card", "1"),
        ("card", "2"),
        ("empty", ""),
    ]
    answer = browse(avis).post("/limits/refused?batch=2", data=dict_of(sent))
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0
    assert 'action="/limits/refused?batch=2"' in answer.text
    assert sorted(Fields(answer.text).found) == sorted(sent)
    assert "Näitä tuli hyvin monta" in answer.text


def dict_of(sent: list[tuple[str, str]]):
    from werkzeug.datastructures import MultiDict

    return MultiDict(sent)


def test_a_page_that_is_asked_for_too_often_says_so(doors, browse, avis):
    answer = browse(avis).get("/limits/refused", headers={"Accept-Language": "sv"})
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0
    assert "Det kom väldigt många" in answer.text and "<form id=" not in answer.text.partition("<main")[2]


def test_one_too_many_at_once_is_told_to_wait_and_loses_nothing_that_was_typed(browse, avis, monkeypatch):
    """Without asking anybody who this is: that would take what there is none of."""
    asked = []
    browser, too_many = signed_in(browse, avis, "Kaisa"), {TURNED_AWAY: True}
    monkeypatch.setattr(door, "sign_in_client", asked.append)
    sent = {"words": "Meillä on\n\nkaksi riviä"}
    answer = browser.post("/runs/1/words?page=2", data=sent, environ_overrides=too_many)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert Fields(answer.text).found == [("words", "Meillä on\n\nkaksi riviä")]
    assert "hyvin monta henkilöä" in answer.text and 'action="/runs/1/words?page=2"' in answer.text
    assert browser.get("/", environ_overrides=too_many).status_code == 503 and asked == []
    assert browser.get("/healthz", environ_overrides=too_many).status_code == 200


@pytest.fixture
def event(avis, http, world) -> str:
    lead = http("process").of(avis.id).as_("lead")
    lead.who = type(lead.who)(tenant=avis.id, subject=uuid4(), roles=frozenset({"lead"}), home=uuid4())
    planned = lead.post(
        "/runs",
        json={"name": "Hybridityö", "starts_at": "2027-01-11T08:00:00+02:00", "languages": ["fi", "sv"]},
    )
    run_id = UUID(planned.json["id"])
    with acting_for(avis.id):
        world.hear("townhall", RunPlanned(run_id=run_id, template="hybrid-work", languages=["fi", "sv"]))
        world.hear("townhall", PhaseOpened(run_id=run_id, phase="kickoff", activities=["kickoff"]))
    return f"/runs/{run_id}/kickoff"


def signed_in(browse, house, name: str):
    browser = browse(house)
    browser.sign_in(house.employ(name))
    return browser


def test_a_question_too_many_stays_in_its_box(browse, avis, event):
    kaisa, aino = signed_in(browse, avis, "Kaisa"), signed_in(browse, avis, "Aino")
    asked = {"words": "Saako kotoa tehdä töitä?", "language": "fi"}
    for number in range(ask_in_the_hall.limit.burst):
        assert (
            kaisa.post(f"{event}/questions", asked | {"words": f"{asked['words']} {number}"}).status_code
            == 303
        )
    refused = kaisa.post(f"{event}/questions", asked)
    assert refused.status_code == 429 and 0 < int(refused.headers["Retry-After"]) <= 600
    assert asked["words"] + "</textarea>" in refused.text and "Näitä tuli hyvin monta" in refused.text
    by_script = kaisa.post(f"{event}/questions", asked, headers={"Accept": "application/json"})
    assert by_script.status_code == 429 and by_script.json["sentence"].startswith("Näitä tuli")
    assert aino.post(f"{event}/questions", asked).status_code == 303


def test_who_comes_back_too_often_begins_again_and_loses_nothing(browse, avis, monkeypatch):
    aino = browse(avis)
    way_back = aino.way_back(avis.employ("Aino"))
    with monkeypatch.context() as crowd:
        crowd.setattr(sys.modules[finish.__module__], "count_this_act", one_too_many)
        page = aino.get(way_back)
    assert (page.status_code, page.headers["Retry-After"]) == (429, "240")
    assert "Näitä tuli hyvin monta" in page.text and 'href="/sign-in"' in page.text
    assert aino.get("/sign-in").status_code == 303, "who begins again is sent to the provider"


def one_too_many() -> None:
    raise TooOften(240)


def test_who_is_one_too_many_has_not_used_up_the_state(avis, monkeypatch):
    narrow(avis.world.app("identity"), "finish", Limit(None, 1, at_the_door=False), monkeypatch)
    kaisa, aino = (coming_back(avis, name) for name in ("Kaisa", "Aino"))
    assert avis.door.post("/sign-ins/callback", **kaisa).status_code == 201
    refused = avis.door.post("/sign-ins/callback", **aino)
    assert (refused.status_code, refused.json["code"]) == (429, "too-often")
    at_home = aino | {"headers": {ADDRESS_HEADER: "198.51.100.9"}}
    assert avis.door.post("/sign-ins/callback", **at_home).status_code == 201


@pytest.fixture
def each(browse, monkeypatch) -> Callable[..., None]:
    """each(2, begin): an address, or a browser that is known, may begin so many sign-ins."""

    def most(number: int, *acts: Callable) -> None:
        for act in acts:
            limit = replace(act.limit, address=number)  # type: ignore[attr-defined]
            narrow(base.app_of("identity"), act.__name__, limit, monkeypatch)

    return most


@pytest.fixture
def one_each(each) -> None:
    each(1, begin, finish)


def test_who_has_signed_in_with_a_browser_gets_in_though_the_address_is_used_up(browse, avis, one_each):
    kaisa, aino = browse(avis), browse(avis)
    kaisa.sign_in(avis.employ("Kaisa"))
    assert aino.get("/sign-in").status_code == 429  # the office has had its one
    kaisa.post("/sign-out")
    assert kaisa.sign_in("kaisa-" + avis.slug).status_code == 303
    assert kaisa.get("/sign-in").status_code == 303  # each finished sign-in brings a new number


def test_a_known_browser_has_a_limit_of_its_own_and_takes_nothing_from_the_address(
    browse, avis, one_each, each
):
    kaisa = browse(avis)
    kaisa.sign_in(avis.employ("Kaisa"))
    assert [kaisa.get("/sign-in").status_code for _ in range(3)] == [303, 429, 429]
    each(2, begin)  # of the address one was used, before the browser was known
    assert browse(avis).get("/sign-in").status_code == 303


@pytest.mark.parametrize("made_up", ["", "x" * 65, "changed", "kelas"])
def test_nobody_makes_up_a_known_browser(browse, avis, kelas, one_each, made_up):
    browser, other = browse(avis), browse(kelas)
    browser.sign_in(avis.employ("Kaisa"))
    other.sign_in(kelas.employ("Pekka"))
    ours, theirs = browser.cookie("known"), other.cookie("known")
    planted = {"changed": "A" + ours[1:] if ours[0] != "A" else "B" + ours[1:], "kelas": theirs}
    browser.client.set_cookie("known", planted.get(made_up, made_up), domain=avis.host)
    assert browser.get("/sign-in").status_code == 429


def test_what_makes_a_browser_known_names_nobody(browse, avis):
    kaisa = browse(avis)
    first, second = (kaisa.sign_in(avis.employ("Kaisa")) and kaisa.cookie("known") for _ in range(2))
    assert first[:22] != second[:22] and len(first) == 65


def coming_back(house, name: str) -> dict:
    """What the portal sends when this person comes back from the provider."""
    brought = house.provider.sign_in(house.begin()["url"], house.employ(name))
    return {"json": brought, "headers": {ADDRESS_HEADER: OFFICE}}


def test_who_waits_for_a_slot_is_not_counted(avis, monkeypatch):
    """The page tries again by itself every other second: 1,300 who wait would lock each other out."""
    narrow(avis.world.app("identity"), "finish", Limit(None, 1, at_the_door=False), monkeypatch)
    aino = coming_back(avis, "Aino")
    with acting_for(avis.id), SLOTS.taken(), SLOTS.taken():
        waiting = [avis.door.post("/sign-ins/callback", **aino).status_code for _ in range(3)]
    assert waiting == [503, 503, 503]
    assert avis.door.post("/sign-ins/callback", **aino).status_code == 201


def test_states_cannot_be_tried_out(avis, monkeypatch):
    narrow(avis.world.app("identity"), "finish", Limit(None, 3, at_the_door=False), monkeypatch)
    tried = {"json": {"state": "x" * 43, "code": "y"}, "headers": {ADDRESS_HEADER: OFFICE}}
    codes = [avis.door.post("/sign-ins/callback", **tried).status_code for _ in range(5)]
    assert 429 not in codes[:3] and codes[3:] == [429, 429]


def test_codes_cannot_be_tried_out(browse, avis):
    kaisa, aino = signed_in(browse, avis, "Kaisa"), signed_in(browse, avis, "Aino")
    tried = [kaisa.get(f"/join/WRONG{n}").status_code for n in range(by_code.limit.burst + 1)]
    assert set(tried[:-1]) == {404} and tried[-1] == 429
    assert aino.get("/join/WRONG").status_code == 404


def test_the_address_is_handed_on_for_limited_acts_alone(browse, avis, event, monkeypatch):
    handed_on: dict[str, bool] = {}
    ask, call = base.ask, direct.call

    def asked(service, method, path, *who, **options):
        handed_on[f"{method} {path}"] = ADDRESS_HEADER in options.get("headers", {})
        return ask(service, method, path, *who, **options)

    def called(app, name, *how, **about):
        handed_on[f"/{name}"] = about["address"] is not None
        return call(app, name, *how, **about)

    monkeypatch.setattr(base, "ask", asked)
    monkeypatch.setattr(direct, "call", called)
    kaisa = signed_in(browse, avis, "Kaisa")
    for path in ("/home", event, "/me"):
        assert kaisa.get(path).status_code == 200
    kaisa.post(f"{event}/questions", {"words": "Saako kotoa tehdä töitä?", "language": "fi"})
    with_address = {act.rpartition("/")[2] for act, is_so in handed_on.items() if is_so}
    assert with_address == {"begin", "finish", "me"} and len(handed_on) > 6
