"""What a hostile employee tried in the running product, beside the forms: second places, links that outlive a membership,
cookies and bodies that no browser of ours sends."""

import math
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from secrets import token_urlsafe
from uuid import UUID, uuid4

import pytest
from gunicorn.http.errors import InvalidChunkSize

from services.portal.areas.views.receipts import receipts_in
from services.portal.live.admissions import MOST_SCREENS, Admission, Admissions
from services.portal.live.channels import Follower
from services.portal.shell import within
from services.survey.writing import NothingWritten, written
from services.workshop.models import Board
from shared.database import find
from tests.practice.conftest import idea_cards as idea_cards
from tests.practice.conftest import kaisa as kaisa
from tests.practice.conftest import launched as launched
from tests.practice.conftest import liisa as liisa
from tests.practice.conftest import olli as olli
from tests.practice.conftest import outsider as outsider
from tests.practice.conftest import principles as principles
from tests.practice.conftest import run_id as run_id
from tests.practice.conftest import team as team
from tests.townhall.conftest import colleague as colleague
from tests.townhall.conftest import host as host
from tests.townhall.conftest import on_air as on_air
from tests.townhall.conftest import open_hall as open_hall
from tests.townhall.conftest import planned as planned
from tests.workshop.conftest import add as add
from tests.workshop.conftest import run as run

ROUNDS_OF_CLICKS = 20


def test_who_clicks_on_two_sessions_at_once_has_a_place_in_one(run):
    """Places of a round are few: a script takes no second one from colleagues."""
    with ThreadPoolExecutor(2) as hands:
        for _ in range(ROUNDS_OF_CLICKS):
            sessions, who = [run.schedule(), run.schedule()], uuid4()
            clicks = [run.person(subject=who) for _ in sessions]
            paths = [f"/workshops/{one['id']}/place" for one in sessions]
            answers = list(hands.map(lambda click: click[0].put(click[1]), zip(clicks, paths, strict=True)))
            assert sorted(answer.status_code for answer in answers) == [200, 409]


def test_who_was_let_go_does_not_come_back_by_the_old_link(team, liisa, kaisa, olli, outsider):
    code = olli.get(team).json["code"]
    assert liisa.delete(f"{team}/members/{olli.who.subject}").status_code == 204
    assert olli.post("/memberships", json={"code": code}).status_code == 404
    assert olli.get(team).status_code == 404
    fresh = kaisa.get(team).json["code"]
    assert outsider.post("/memberships", json={"code": fresh}).status_code == 201


def test_who_leaves_a_team_leaves_the_link_to_the_others(team, kaisa, olli, outsider):
    code = kaisa.get(team).json["code"]
    assert olli.delete(f"{team}/members/{olli.who.subject}").status_code == 204
    assert outsider.post("/memberships", json={"code": code}).status_code == 201


@pytest.mark.parametrize("planted", ["a" * 3000, "\x00\xff"])
def test_a_planted_cookie_locks_nobody_out(browse, avis, planted):
    """Whoever can set a cookie for a host (a neighbour under the same domain, without TLS) could keep a person away for good."""
    browser = browse(avis)
    browser.client.set_cookie("visit", planted, domain=avis.host)
    assert browser.get("/home").headers["Location"].startswith("/sign-in")
    browser.sign_in(avis.employ("Kaisa"))
    assert browser.get("/home").status_code == 200


class BrokenChunk(BytesIO):
    """A body whose chunk has a size below nothing, as gunicorn tells of it."""

    def read(self, *_):
        raise InvalidChunkSize(b"-5")

    readline = readinto = read


def test_a_body_in_broken_chunks_is_no_fault_of_ours(browse, avis):
    form = "application/x-www-form-urlencoded"
    broken = {
        "input_stream": BrokenChunk(),
        "content_type": form,
        "environ_overrides": {"wsgi.input_terminated": True},
    }
    assert browse(avis).post("/language", **broken).status_code == 400


@pytest.mark.parametrize("back", ["/\\/elsewhere.example", "/\\\\elsewhere.example", "\\\\elsewhere.example"])
def test_no_mixture_of_strokes_leads_elsewhere(back):
    assert within(back) == "/"


def test_a_way_back_is_no_longer_than_an_address(browse, avis):
    """Behind the gateway a longer header would be a fault of ours."""
    answer = browse(avis).post("/language", data={"back": "/" + "ä" * 5000})
    assert answer.headers["Location"] == "/"


def test_a_page_of_a_long_address_leads_to_the_sign_in_all_the_same(browse, avis):
    browser = browse(avis)
    sent = browser.get("/home?" + "a" * 3000).headers["Location"]
    assert browser.get(sent).status_code == 303


@pytest.mark.parametrize(
    "nothing", ["\u200b\u200b", "\u3164", "\u2800 \u2800", "\u115f", "\U000e0068\U000e0069"]
)
def test_a_view_of_signs_that_show_nothing_is_no_view(nothing):
    """Else it lies before colleagues as an empty card, and frees who has written nothing to read."""
    with pytest.raises(NothingWritten):
        written(nothing)


def test_a_view_in_any_script_is_one():
    for words in ("ok", "我同意", "نعم", "👍🏽", "ᄒ"):
        assert written(words) == words


@pytest.fixture
def act():
    """act(person, kind, card, ...) on the person's board."""

    def done(person, kind, card, **more):
        act = {"kind": kind, "card": card} | more
        return person.post(f"/boards/{person.board}/operations", json=act)

    return done


def marks_at(person) -> int:
    columns = person.get(f"/boards/{person.board}").json["columns"]
    return sum(card["marks"] for column in columns for card in column["cards"])


@pytest.mark.parametrize(("away", "back"), [("merge", "split"), ("remove", "restore"), ("merge", "undo")])
def test_nobody_makes_marks_by_taking_marked_cards_away_and_back(run, add, act, away, back):
    (kaisa,) = people = run.people(1)
    run.running(people, step="mark_what_matters", size=2)
    cards = [add(kaisa, kaisa.board, f"Huomio {number}") for number in range(5)]
    for card in cards[:3]:
        assert act(kaisa, "mark", card).status_code == 201
    assert act(kaisa, away, cards[0], **({"into": cards[4]} if away == "merge" else {})).status_code == 201
    assert act(kaisa, "mark", cards[3]).status_code == 201
    if back == "undo":
        for _ in range(2):
            kaisa.post(f"/boards/{kaisa.board}/undo")
    else:
        assert act(kaisa, back, cards[0]).status_code == 201
    assert marks_at(kaisa) == 3


def test_nobody_undoes_taking_back_a_mark_that_was_given_elsewhere_meanwhile(run, add, act):
    """A colleague keeps a marked card away while the mark is given elsewhere."""
    kaisa, mikael = people = run.people(2)
    run.running(people, step="mark_what_matters", size=2)
    cards = [add(kaisa, kaisa.board, f"Huomio {number}") for number in range(4)]
    for card in cards[:3]:
        assert act(kaisa, "mark", card).status_code == 201
    assert act(mikael, "remove", cards[1]).status_code == 201
    assert act(kaisa, "mark", cards[3]).status_code == 201
    assert act(kaisa, "unmark", cards[0]).status_code == 201
    assert act(mikael, "restore", cards[1]).status_code == 201
    assert kaisa.post(f"/boards/{kaisa.board}/undo").json["code"] == "no-marks-left"
    assert marks_at(kaisa) == 3


def test_undoing_a_mark_that_does_not_lie_there_any_more_is_no_fault(run, add, act):
    kaisa, mikael = people = run.people(2)
    run.running(people, step="mark_what_matters", size=2)
    cards = [add(kaisa, kaisa.board, f"Huomio {number}") for number in range(4)]
    for card in cards[:3]:
        assert act(kaisa, "mark", card).status_code == 201
    assert act(mikael, "remove", cards[2]).status_code == 201
    assert act(kaisa, "mark", cards[3]).status_code == 201
    assert act(mikael, "restore", cards[2]).status_code == 201
    undone = [kaisa.post(f"/boards/{kaisa.board}/undo") for _ in range(3)]
    assert [answer.status_code for answer in undone] == [201, 201, 201]
    assert marks_at(kaisa) == 0


def test_a_mark_lies_on_the_card_again_when_it_was_not_given_elsewhere(run, add, act):
    (kaisa,) = people = run.people(1)
    run.running(people, step="mark_what_matters", size=2)
    card, other = (add(kaisa, kaisa.board, words) for words in ("Kokous", "Kokoukset"))
    for kind, more in (("mark", {}), ("merge", {"into": other}), ("split", {})):
        assert act(kaisa, kind, card, **more).status_code == 201
    assert marks_at(kaisa) == 1


def test_who_made_the_marks_is_forgotten_with_the_session(run, add, act, session_of):
    (kaisa,) = people = run.people(1)
    session = run.running(people, step="mark_what_matters", size=2)
    card, other = (add(kaisa, kaisa.board, words) for words in ("Kokous", "Kokoukset"))
    for kind, more in (("mark", {}), ("merge", {"into": other}), ("split", {})):
        act(kaisa, kind, card, **more)
    assert run.anna.post(f"/workshops/{session['id']}/end").status_code == 200
    with session_of("workshop") as database:
        board = find(database, Board, UUID(kaisa.board))
        kept = str(board.state) + str([operation.act for operation in board.log()])
    assert str(kaisa.who.subject) not in kept and marks_at(kaisa) == 1


def test_a_step_that_is_over_is_not_undone(run, add, act):
    """Else one takes a judgement or a card back behind the group's back, after everybody has moved on."""
    (kaisa,) = people = run.people(1)
    session = run.running(people, step="dig_deeper", size=2)
    add(kaisa, kaisa.board)
    run.go_to(session, "arrive")
    assert kaisa.post(f"/boards/{kaisa.board}/undo").json["code"] == "not-in-this-step"


def test_two_administrators_who_go_at_once_do_not_leave_nobody(http, avis):
    """Each counts on the other; one has to stay."""
    house = http("identity").of(avis.id)
    with ThreadPoolExecutor(2) as hands:
        for number in range(8):
            addresses = [f"sari{number}{letter}@{avis.domain}" for letter in "ab"]
            listed = [{"name": "Sari", "email": address, "roles": ["admin"]} for address in addresses]
            assert house.as_("admin").post("/people-list", json={"people": listed}).status_code == 200
            found = house.as_("admin").get("/members", query_string={"limit": 200}).json["items"]
            ids = [one["id"] for one in found if "admin" in one["roles"] and not one["left_at"]]
            doors = [house.as_("admin", subject=UUID(id)) for id in ids]
            going = zip(doors, ids, strict=True)
            answers = list(hands.map(lambda who: who[0].post(f"/members/{who[1]}/leaving"), going))
            assert [answer.status_code for answer in answers].count(409) == 1, number


def test_what_is_pasted_beside_receipts_does_not_push_them_out():
    """A browser drops a cookie over 4,096 bytes, and with it the only way back to one's views."""
    mine = [token_urlsafe(24) for _ in range(3)]
    pasted = " ".join([*mine, *(token_urlsafe(96) for _ in range(200))])
    assert receipts_in(pasted) == mine
    assert len(".".join(receipts_in(" ".join(token_urlsafe(24) for _ in range(200))))) < 4000


@pytest.fixture
def cloud_of(on_air, host, colleague):
    """cloud_of(words, then_struck) is what the wall shows of five colleagues' words after the host took out what stood there."""

    def shown(words: list[str], strikes: bool) -> list[str]:
        said = {"kind": "words", "words": {"fi": "Kolme sanaa tästä päivästä"}}
        poll = host.post(f"{on_air}/polls", json=said).json["id"]
        host.put(f"{on_air}/stage", json={"kind": "poll", "poll_id": poll})
        for person in [colleague() for _ in range(5)]:
            person.put(f"/polls/{poll}/answer", json={"words": words})
        host.post(f"/polls/{poll}/reveal")
        for one in cloud() if strikes else ():
            assert host.post(f"/polls/{poll}/struck", json={"word": one}).status_code == 204
        return cloud()

    def cloud() -> list[str]:
        return [one["word"] for one in host.get(on_air).json["poll"]["cloud"]]

    return shown


@pytest.mark.parametrize("word", ["typerys" * 3 + "! kahvi", "\u0149\u0303 typerys"])
def test_no_word_on_the_wall_is_safe_from_being_struck(cloud_of, word):
    """Cut in the middle of two words, or of another form once its case is folded, it was another word to the host's click."""
    assert cloud_of([word], strikes=False)
    assert cloud_of([word], strikes=True) == []


def test_a_word_that_is_too_long_for_the_wall_is_refused_whole(on_air, host, colleague):
    said = {"kind": "words", "words": {"fi": "Kolme sanaa tästä päivästä"}}
    poll = host.post(f"{on_air}/polls", json=said).json["id"]
    host.put(f"{on_air}/stage", json={"kind": "poll", "poll_id": poll})
    assert colleague().put(f"/polls/{poll}/answer", json={"words": ["typerys" * 6]}).status_code == 422


def test_what_shows_nothing_is_no_word_on_the_wall(cloud_of):
    assert cloud_of(["kahvi", "\u00ad\u00ad", "\u3164"], strikes=False) == ["kahvi"]


NOTHING_SEEN = ["\u3164\u3164\u3164", "\u00ad\u00ad\u00ad", " \u2800 "]


@pytest.mark.parametrize("nothing", NOTHING_SEEN)
def test_a_question_of_signs_that_show_nothing_is_no_question(on_air, colleague, nothing):
    """Else an empty card stands on everybody's screen, and takes upvotes."""
    assert (
        colleague().post(f"{on_air}/questions", json={"words": nothing, "language": "fi"}).status_code == 422
    )


@pytest.mark.parametrize("nothing", NOTHING_SEEN)
def test_a_rule_or_a_concern_of_signs_that_show_nothing_is_none(team, liisa, kaisa, nothing):
    """A colleague's round would wait for what nobody can read."""
    rule = {"heading": "meetings", "words": "Kokouksilla on aihe", "language": "fi"}
    assert kaisa.post(f"{team}/clauses", json=rule | {"words": nothing}).status_code == 422
    assert kaisa.post(f"{team}/clauses", json=rule).status_code == 201
    asked = {"present": [str(kaisa.who.subject)], "review_on": "2190-01-01"}
    round = liisa.post(f"{team}/round", json=asked).json["round"]["id"]
    said = {"round_id": round, "says": "needs_talk", "reason": nothing}
    assert kaisa.put(f"{team}/round/voice", json=said).json["code"] == "say-what-to-talk-about"


def test_one_session_does_not_take_everybodys_streams():
    """A script that opens stream after stream would leave colleagues, and other organisations, with screens that stand still."""
    admissions, tenant, session = Admissions(), uuid4(), uuid4()
    script = Admission(frozenset({(tenant, tenant), (tenant, session)}), math.inf)
    for _ in range(MOST_SCREENS):
        assert admissions.has_room_for(script)
        admissions.hold(Follower(None), script)
    assert not admissions.has_room_for(script)
    assert admissions.has_room_for(Admission(frozenset({(tenant, tenant), (tenant, uuid4())}), math.inf))


def test_what_one_group_arrives_at_hangs_on_no_thread_of_other_views(run, add, act):
    """One person alone at a board signed off a sentence that stood on the thread of every colleague whose view was named."""
    (kaisa,) = people = run.people(1)
    run.running(people, step="write_insights", size=2)
    behind = kaisa.get(f"/boards/{kaisa.board}").json["question"]["views"]
    card = {"text": "Kokouksia on liikaa", "language": "fi", "column": "observations"}
    reaching = act(kaisa, "add", str(uuid4()), **card, views=[*behind, str(run.others[0])])
    assert (reaching.status_code, reaching.json["code"]) == (409, "not-behind-the-question")
    add(kaisa, kaisa.board, views=behind)
