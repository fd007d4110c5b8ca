"""The pages of an all-staff event, for the one who comes, the wall, and the host."""

import re
from uuid import UUID, uuid4

import pytest

from shared.contracts.process import PhaseOpened, RunPlanned
from shared.contracts.townhall import TownhallScheduled
from shared.tenancy.sessions import acting_for
from tests.identity.houses import grant

CONSOLE = "console.polku.localhost"


@pytest.fixture
def run_id(avis, http, world) -> UUID:
    """A run of Avi's whose kickoff phase has opened."""
    lead = http("process").of(avis.id).as_("lead")
    lead.who = type(lead.who)(tenant=avis.id, subject=uuid4(), roles=frozenset({"lead"}), home=uuid4())
    planned = lead.post(
        "/runs",
        json={"name": "Hybridityö", "starts_at": "2027-01-11T08:00:00+02:00", "languages": ["fi", "sv"]},
    )
    assert planned.status_code == 201, planned.json
    run_id = UUID(planned.json["id"])
    with acting_for(avis.id):
        world.hear("townhall", RunPlanned(run_id=run_id, template="hybrid-work", languages=["fi", "sv"]))
        world.hear("townhall", PhaseOpened(run_id=run_id, phase="kickoff", activities=["kickoff"]))
    return run_id


@pytest.fixture
def kaisa(browse, avis):
    return browse(avis, "Kaisa")


@pytest.fixture
def henna(browse, consultancy, avis):
    """A facilitator of the consultancy, whom Avi has let in."""
    name = f"Henna{uuid4().hex[:6]}"
    subject = consultancy.employ(name)
    browser = browse(consultancy, host=CONSOLE)
    browser.come_in(subject)
    grant(avis, consultancy, consultancy.member(browser.cookie("visit")), "facilitator")
    return browser


@pytest.fixture
def console(henna, avis, run_id) -> str:
    return f"/clients/{avis.slug}/runs/{run_id}/kickoff"


@pytest.fixture
def event(run_id) -> str:
    return f"/runs/{run_id}/kickoff"


def test_before_the_time_is_set_the_page_says_what_will_come(kaisa, event):
    page = kaisa.get(event)
    assert page.status_code == 200
    assert "Aikaa ei ole vielä päätetty" in page.text


def test_one_signs_up_and_changes_ones_mind(kaisa, henna, console, event):
    set_the_time(henna, console)
    assert kaisa.post(f"{event}/sign-up", {"act": "sign_up"}).status_code == 303
    assert 'value="cancel"' in kaisa.get(event).text
    kaisa.post(f"{event}/sign-up", {"act": "cancel"})
    assert 'value="sign_up"' in kaisa.get(event).text


def set_the_time(henna, console):
    answer = henna.post(f"{console}/time", {"starts_at": "2027-01-18T09:00", "ends_at": "2027-01-18T10:30"})
    assert answer.status_code == 303, answer.text


def test_to_a_time_that_does_not_exist_or_has_passed_nobody_is_invited(henna, console, told, avis):
    for starts_at, ends_at in (
        ("2027-03-28T03:30", "2027-03-28T05:00"),
        ("2026-01-18T09:00", "2026-01-18T10:30"),
    ):
        answer = henna.post(f"{console}/time", {"starts_at": starts_at, "ends_at": ends_at})
        assert answer.status_code == 422 and f'value="{starts_at}"' in answer.text
        assert re.search(r'id="starts_at"[^>]*aria-invalid="true"', answer.text)
    assert told("townhall", TownhallScheduled, tenant=avis.id) == []


def test_a_refused_question_stays_in_its_box(kaisa, event):
    page = kaisa.post(f"{event}/questions", {"words": "ok", "language": "fi"})
    assert page.status_code == 422
    assert "ok</textarea>" in page.text and 'id="refusal"' in page.text


@pytest.fixture
def others(http, avis, run_id):
    """others(poll_id, 4) lets so many colleagues give the first answer."""

    def answer(poll_id: str, people: int) -> None:
        for _ in range(people):
            person = http("townhall").of(avis.id).as_("participant", subject=uuid4(), run_id=run_id)
            assert person.put(f"/polls/{poll_id}/answer", json={"value": 0}).status_code == 200

    return answer


def test_the_whole_event_as_the_host_and_a_colleague_live_it(kaisa, henna, console, event, others):
    assert kaisa.post(f"{event}/questions", {"words": "Kuka päättää?", "language": "fi"}).status_code == 303
    assert henna.post(f"{console}/start").status_code == 303
    question = re.search(r'id="moderate-([0-9a-f-]{36})"', henna.get(console).text)[1]
    henna.post(f"{console}/questions/{question}", {"act": "show"})
    kaisa.post(f"{event}/questions/{question}/upvote", {"act": "give"})
    page = kaisa.get(event).text
    assert "Kuka päättää?" in page and 'aria-pressed="true"' in page

    poll = {
        "kind": "choice",
        "words_fi": "Missä?",
        "options_fi": "Koti\nToimisto",
        "options_sv": "Hemma\nKontor",
    }
    assert henna.post(f"{console}/polls", poll | {"words_sv": "Var?"}).status_code == 303
    poll_id = re.search(r'id="steer-([0-9a-f-]{36})"', henna.get(console).text)[1]
    henna.post(f"{console}/stage", {"kind": "poll", "poll_id": poll_id})
    assert f'id="poll-{poll_id}"' in kaisa.get(event).text
    assert "Hemma" in kaisa.get(f"{event}?lang=sv").text
    assert kaisa.post(f"{event}/polls/{poll_id}/answer", {"value": "1"}).status_code == 303
    assert "<progress" not in kaisa.get(event).text and "0–4 vastausta" in kaisa.get(event).text
    henna.post(f"{console}/polls/{poll_id}", {"act": "reveal"})
    for page in (f"{event}", f"{event}/stage"):
        assert "Alle viisi on vastannut" in kaisa.get(page).text and "<progress" not in kaisa.get(page).text
    others(poll_id, 4)
    for page in (f"{event}", f"{event}/stage"):
        assert '<progress value="1" max="5"' in kaisa.get(page).text

    henna.post(f"{console}/end")
    assert 'id="carry-forward"' in henna.get(console).text
    henna.post(f"{console}/carried-forward", {"questions": [question]})
    after = kaisa.get(event).text
    assert "Siirtyi kyselyyn" in after and "Koti" in after


def test_a_script_gets_its_answer_in_place(kaisa, event):
    by_script = {"headers": {"Accept": "application/json"}}
    sent = kaisa.post(f"{event}/questions", {"words": "Kuka päättää?", "language": "fi"}, **by_script)
    assert (sent.status_code, set(sent.json)) == (201, {"sentence"})
    refused = kaisa.post(f"{event}/questions", {"words": "", "language": "fi"}, **by_script)
    assert refused.status_code == 422 and refused.json["sentence"]
    lost = kaisa.post(f"{event}/polls/{uuid4()}/answer", {"value": "1"}, **by_script)
    assert lost.status_code == 404


def test_the_short_code_on_the_wall_leads_to_the_event(kaisa, event):
    wall = kaisa.get(f"{event}/stage").text
    code = re.search(r'class="stage-code">([A-Z0-9]+)<', wall)[1]
    assert kaisa.get(f"/join/{code.lower()}").headers["Location"].endswith(event)
    assert kaisa.get(f"/join?code={code}").headers["Location"].endswith(event)
    unknown = kaisa.get("/join?code=AAAAAA")
    assert unknown.status_code == 404 and 'id="join"' in unknown.text


def test_the_walls_qr_code_opens_the_event_on_a_phone(kaisa, event):
    code = kaisa.get(f"{event}/stage/code.svg")
    assert (code.status_code, code.mimetype) == (200, "image/svg+xml")
    assert b'xmlns="http://www.w3.org/2000/svg"' in code.data


def test_the_host_has_the_wall_too_with_the_clients_address(henna, console, avis):
    wall = henna.get(f"{console}/stage")
    assert wall.status_code == 200 and f"{avis.host}/join" in wall.text
    assert henna.get(f"{console}/stage/code.svg").status_code == 200


def test_a_page_shows_only_frames_from_listed_hosts(kaisa, henna, console, event):
    links = {"stream_url": "https://player.vimeo.com/video/1"}
    assert henna.post(f"{console}/about", links).status_code == 303
    henna.post(f"{console}/start")
    page = kaisa.get(event)
    assert '<iframe class="video" src="https://player.vimeo.com/video/1"' in page.text
    assert "frame-src 'self' https://player.vimeo.com;" in page.headers["Content-Security-Policy"]
    henna.post(f"{console}/about", {"stream_url": "https://teams.microsoft.com/l/1"})
    page = kaisa.get(event)
    assert "<iframe" not in page.text and "https://teams.microsoft.com/l/1" in page.text
    assert "teams.microsoft" not in page.headers["Content-Security-Policy"]


def test_a_link_that_is_not_listed_is_refused_with_what_was_typed(henna, console):
    page = henna.post(f"{console}/about", {"stream_url": "https://evil.example/x", "title_fi": "Avaus"})
    assert page.status_code == 422
    assert "https://evil.example/x" in page.text and 'value="Avaus"' in page.text
    assert "evil.example" not in henna.get(console).text


def test_a_poll_without_choices_is_refused_with_what_was_typed(henna, console):
    page = henna.post(f"{console}/polls", {"kind": "choice", "words_fi": "Missä?"})
    assert page.status_code == 422 and 'value="Missä?"' in page.text


def test_titles_and_categories_are_written_in_both_languages(kaisa, henna, console, event):
    said = {
        "title_fi": "Yhteinen alku",
        "title_sv": "Gemensam start",
        "categories_fi": "Kokoukset",
        "categories_sv": "Möten",
    }
    assert henna.post(f"{console}/about", said).status_code == 303
    assert "Yhteinen alku" in kaisa.get(event).text
    swedish = kaisa.get(f"{event}?lang=sv").text
    assert "Gemensam start" in swedish and '<option value="c1">Möten</option>' in swedish


def test_somebody_of_another_organisation_finds_nothing(kelas, browse, event):
    pekka = browse(kelas, "Pekka")
    for page in (event, f"{event}/stage", f"{event}/stage/code.svg"):
        assert pekka.get(page).status_code == 404
    assert pekka.post(f"{event}/sign-up", {"act": "sign_up"}).status_code == 404


def test_a_colleague_has_no_console(kaisa, avis, run_id):
    assert kaisa.get(f"/clients/{avis.slug}/runs/{run_id}/kickoff").status_code in (403, 404)


def test_of_two_hosts_who_set_the_time_the_second_sees_the_first(henna, console):
    first, second = henna.get(console), henna.get(console)
    morning = {"starts_at": "2027-01-18T09:00", "ends_at": "2027-01-18T10:30"}
    assert henna.submit(first, "hall-time", **morning).status_code == 303
    refused = henna.submit(
        second, "hall-time", **morning | {"starts_at": "2027-01-19T13:00", "ends_at": "2027-01-19T14:00"}
    )
    assert refused.status_code == 409 and refused.text.count('name="take"') == 2
    assert "18.1.2027" in refused.text.partition('id="starts_at-meanwhile"')[2][:300]
    assert henna.submit(refused, "hall-time", take=["starts_at", "ends_at"]).status_code == 303
    assert 'value="2027-01-18T09:00"' in henna.get(console).text


def test_two_hosts_describe_an_event_apart_from_each_other(henna, console):
    first, second = henna.get(console), henna.get(console)
    assert henna.submit(first, "hall-about", title_fi="Avaus", description_fi="Tervetuloa").status_code == 303
    assert henna.submit(second, "hall-about", title_sv="Start").status_code == 303
    both = henna.get(console).text
    assert 'value="Avaus"' in both and 'value="Start"' in both and "Tervetuloa" in both
    refused = henna.submit(second, "hall-about", title_fi="Aloitus", title_sv="Start")
    assert refused.status_code == 409 and '<p class="words">Avaus</p>' in refused.text
    assert 'value="Aloitus"' in refused.text


def test_a_script_is_not_written_over_unseen(henna, console):
    first, second = henna.get(console), henna.get(console)
    assert henna.submit(first, "hall-script", script="Avaussanat").status_code == 303
    refused = henna.submit(second, "hall-script", script="Musiikkia")
    assert refused.status_code == 409 and '<p class="words">Avaussanat</p>' in refused.text
    assert "Musiikkia</textarea>" in refused.text


def test_of_two_who_answer_a_question_in_writing_the_second_sees_the_first(kaisa, henna, console, event):
    kaisa.post(f"{event}/questions", {"words": "Kuka päättää?", "language": "fi"})
    waiting = henna.get(console)
    form = re.search(r'id="(moderate-[0-9a-f-]{36})"', waiting.text)[1]
    assert henna.submit(waiting, form, act="show").status_code == 303
    first, second = henna.get(console), henna.get(console)
    assert henna.submit(first, form, act="answer", reply="Tiimi.").status_code == 303
    refused = henna.submit(second, form, act="answer", reply="Esihenkilö.")
    assert refused.status_code == 409 and '<p class="words">Tiimi.</p>' in refused.text
    assert "Esihenkilö.</textarea>" in refused.text
