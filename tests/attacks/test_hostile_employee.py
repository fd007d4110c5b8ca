"""What a hostile employee tried in the running product, beside the forms: second places, links that outlive a membership,
cookies and bodies that no browser of ours sends."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from uuid import uuid4

import pytest
from gunicorn.http.errors import InvalidChunkSize

from services.portal.shell import within
from services.survey.writing import NothingWritten, written
from tests.practice.conftest import idea_cards as idea_cards
from tests.practice.conftest import kaisa as kaisa
from tests.practice.conftest import launched as launched
from tests.practice.conftest import liisa as liisa
from tests.practice.conftest import olli as olli
from tests.practice.conftest import outsider as outsider
from tests.practice.conftest import principles as principles
from tests.practice.conftest import run_id as run_id
from tests.practice.conftest import team as team
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


@pytest.mark.parametrize("planted", ["a" * 4000, '"\\000\\377"', "a b", "."])
def test_a_planted_cookie_locks_nobody_out(browse, avis, planted):
    """Whoever can set a cookie for a host (a neighbour under the same domain, without TLS) could keep a person away for good."""
    planting = {"headers": {"Cookie": f"visit={planted}; on_the_way={planted}"}}
    assert browse(avis).get("/home", **planting).headers["Location"].startswith("/sign-in")
    assert browse(avis).get("/sign-in", **planting).status_code == 303


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
