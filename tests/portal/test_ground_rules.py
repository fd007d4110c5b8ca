"""The pages of a team's ground rules, for its members, for colleagues outside, and on the client's desk."""

import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.portal.clients.publishing import reading
from services.practice.models import Team
from services.practice.teams import take_in
from shared.contracts.api.publishing_reading import Part, Piece, Pieces
from shared.contracts.process import PhaseOpened
from shared.contracts.publishing import PrincipleRevised, WorkbookLaunched
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests import worlds

ID = r"[0-9a-f-]{36}"
PRINCIPLE, CARDS = uuid4(), [uuid4() for _ in range(4)]


def piece(id: UUID, kind: str, title: str) -> Piece:
    return Piece(
        id=id,
        revision=1,
        kind=kind,
        label="",
        language="fi",
        level=2,
        derived_from=[],
        flow=[Part(kind="paragraph", lines=["Kokeillaan."])],
        title=title,
        first_step="Aloitetaan maanantaina.",
        about="meetings",
    )


@pytest.fixture(autouse=True)
def workbook(monkeypatch):
    """The launched workbook as publishing shows it; that service has tests of its own."""
    cards = [piece(id, "idea_card", f"Kortti {nr}") for nr, id in enumerate(CARDS)]
    principle = piece(PRINCIPLE, "principle", "Lähityöpäivät sovitaan tiimissä")
    pieces = Pieces(edition_id=uuid4(), number=1, pieces=[principle, *cards])
    monkeypatch.setattr(reading, "pieces", lambda run_id: pieces)


@pytest.fixture
def run_id(avis, world) -> UUID:
    run_id = worlds.planned(avis.id)
    with acting_for(avis.id):
        given = {"launched_at": datetime.now(UTC), "principles": [PRINCIPLE], "idea_cards": CARDS}
        world.hear("practice", WorkbookLaunched(run_id=run_id, edition_id=uuid4(), number=1, **given))
        world.hear("practice", PhaseOpened(run_id=run_id, phase="aftercare", activities=["ground_rules"]))
    return run_id


@pytest.fixture
def come(browse, avis):
    """come("Kaisa") is somebody of Avi's, signed in; come("Kaisa", "supervisor") has this role beside."""

    def come(name: str, *roles: str):
        return browse(avis, name, roles=list(roles))

    return come


@pytest.fixture
def liisa(come):
    """A supervisor."""
    return come("Liisa", "supervisor", "coordinator")


@pytest.fixture
def rules(run_id) -> str:
    return f"/runs/{run_id}/rules"


@pytest.fixture
def team(liisa, rules, run_id, avis) -> str:
    lead = UUID(avis.member(liisa.cookie("visit")))
    with acting_for(avis.id), sessions_of("practice").begin() as session:
        session.add(team := Team.found(run_id, "Lupatiimi", lead))
    return f"{rules}/{team.id}"


@pytest.fixture
def kaisa(come, team, avis):
    """A colleague in the team."""
    kaisa = come("Kaisa")
    with acting_for(avis.id), sessions_of("practice").begin() as session:
        joined = session.get_one(Team, (avis.id, UUID(team.rpartition("/")[2])))
        take_in(session, joined, UUID(avis.member(kaisa.cookie("visit"))))
    return kaisa


def write(person, team, words="Kokous alkaa viisi yli.", **more):
    return person.post(f"{team}/clauses", {"heading": "meetings", "words": words, "language": "fi"} | more)


def ask(liisa, team):
    present = re.findall(rf'name="present" value="({ID})"', liisa.get(team).text)
    day = (date.today() + timedelta(days=90)).isoformat()
    return liisa.post(f"{team}/round", {"present": present, "review_on": day})


def say(person, team, **said):
    round_id = re.search(rf'name="round_id" value="({ID})"', person.get(team).text)[1]
    return person.post(f"{team}/round/voice", {"round_id": round_id} | said)


def agree(liisa, kaisa, team):
    write(kaisa, team)
    assert ask(liisa, team).status_code == 303
    for person in (liisa, kaisa):
        assert say(person, team, says="can_live").status_code == 303


def test_who_is_in_no_team_is_told_what_will_come(come, rules):
    page = come("Olli").get(rules)
    assert page.status_code == 200 and 'id="found-team"' not in page.text


def test_a_team_is_founded_and_a_colleague_joins_it_by_its_link(liisa, come, rules):
    founded = liisa.post(rules, {"name": "Lupatiimi"})
    assert founded.status_code == 303, founded.text
    team, kaisa = founded.headers["Location"], come("Kaisa")
    link = re.search(r'value="http://[^/]+(/[^"]+/rules/join/[^"]+)"', liisa.get(team).text)[1]
    assert "Lupatiimi" in kaisa.get(link).text
    assert kaisa.post(link).headers["Location"].endswith(team)


def test_who_is_in_one_team_goes_straight_to_its_table(kaisa, rules, team):
    assert kaisa.get(rules).headers["Location"].endswith(team)
    assert "Lupatiimi" in kaisa.get(f"{rules}?all=yes").text


def test_the_table_shows_principles_locked_and_four_headings(kaisa, team):
    page = kaisa.get(team).text
    assert "Lähityöpäivät sovitaan tiimissä" in page and 'class="lock"' in page
    for heading in ("digital_habits", "meetings", "availability", "ways_of_working"):
        assert f'id="write-{heading}"' in page


def test_a_rule_is_written_changed_and_taken_off_the_table(kaisa, liisa, team):
    assert write(kaisa, team).status_code == 303
    clause = re.search(rf'id="change-({ID})"', liisa.get(team).text)[1]
    said = {"heading": "availability", "words": "Vastaamme saman päivän aikana.", "language": "fi"}
    liisa.post(f"{team}/clauses/{clause}", said | {"act": "save"})
    assert "Vastaamme saman päivän aikana." in kaisa.get(team).text
    liisa.post(f"{team}/clauses/{clause}", said | {"act": "drop"})
    assert clause not in kaisa.get(team).text


def test_a_refused_rule_stays_in_its_box(kaisa, team):
    page = write(kaisa, team, words="x")
    assert page.status_code == 422 and 'id="refusal"' in page.text
    assert re.search(r'id="words-meetings"[^>]*>\s*x</textarea>', page.text)


def test_after_a_refused_rule_everybody_is_still_ticked_as_present(kaisa, liisa, team):
    write(kaisa, team)
    for page in (liisa.get(team), write(liisa, team, words="x")):
        assert len(re.findall(rf'name="present" value="{ID}"[^>]* checked', page.text)) == 2


def test_cards_are_dealt_and_become_rules_or_are_put_aside(kaisa, team):
    assert kaisa.post(f"{team}/deal").status_code == 303
    dealt = re.findall(rf'id="rule-from-({ID})"', kaisa.get(team).text)
    assert len(dealt) == 3
    write(kaisa, team, source_id=dealt[0])
    kaisa.post(f"{team}/cards/{dealt[1]}", {"fate": "put_aside"})
    page = kaisa.get(team).text
    assert f"/workbook/passages/{dealt[0]}" in page or f"{dealt[0]}" in page
    assert f'id="again-{dealt[1]}"' in page and f'id="rule-from-{dealt[0]}"' not in page


def test_the_rules_are_agreed_by_everybody_present(kaisa, liisa, team):
    agree(liisa, kaisa, team)
    page = kaisa.get(team).text
    assert 'id="review-calendar"' in page and 'id="version-1"' in page
    sheet = kaisa.get(f"{team}/sheet")
    assert sheet.status_code == 200 and "Kokous alkaa viisi yli." in sheet.text and "Kaisa" in sheet.text


def test_what_needs_talk_is_said_settled_and_kept(kaisa, liisa, team):
    write(kaisa, team)
    ask(liisa, team)
    page = say(kaisa, team, says="needs_talk", reason="")
    assert page.status_code == 422 and 'id="refusal"' in page.text
    say(kaisa, team, says="needs_talk", reason="Perjantai ei käy.")
    settle = re.search(rf'action="([^"]+/round/settle/{ID})"', liisa.get(team).text)[1]
    liisa.post(settle, {"resolution": "Perjantaina ei kokouksia."})
    for person in (liisa, kaisa):
        say(person, team, says="can_live")
    page = kaisa.get(team).text
    assert "Perjantaina ei kokouksia." in page and 'id="version-1"' in page


def test_the_lead_takes_the_rules_back_to_the_table(kaisa, liisa, team):
    write(kaisa, team)
    ask(liisa, team)
    assert 'id="take-back"' not in kaisa.get(team).text
    assert liisa.post(f"{team}/round/back").status_code == 303
    assert 'id="write-meetings"' in kaisa.get(team).text


def test_on_the_review_day_one_thing_is_asked(kaisa, liisa, team, world, avis):
    agree(liisa, kaisa, team)
    world.avi = avis.id
    world.let_time_pass("practice")
    assert 'id="still-true"' in kaisa.get(team).text
    day = (date.today() + timedelta(days=180)).isoformat()
    assert kaisa.post(f"{team}/review", still_true(kaisa, team, on=day)).status_code == 303
    assert 'id="still-true"' not in kaisa.get(team).text
    assert kaisa.post(f"{team}/review", {"act": "change", "wording": wording(kaisa, team)}).status_code == 303
    assert 'id="write-meetings"' in liisa.get(team).text


def wording(person, team: str) -> str:
    """Of the rules as this person's page shows them now."""
    return re.search(r'name="wording" value="(\w{64})"', person.get(team).text)[1]


def still_true(person, team: str, on: str) -> dict[str, str]:
    return {"act": "still_true", "review_on": on, "wording": wording(person, team)}


def test_rules_that_changed_under_an_open_page_are_read_again_and_the_day_stays(
    kaisa, liisa, team, world, avis
):
    agree(liisa, kaisa, team)
    day = (date.today() + timedelta(days=180)).isoformat()
    world.avi = avis.id
    world.let_time_pass("practice")
    typed = still_true(kaisa, team, on=day)
    liisa.post(f"{team}/review", {"act": "change", "wording": wording(liisa, team)})
    write(liisa, team)
    ask(liisa, team)
    for person in (liisa, kaisa):
        say(person, team, says="can_live")
    world.let_time_pass("practice")
    page = kaisa.post(f"{team}/review", typed)
    assert page.status_code == 409 and 'id="refusal"' in page.text
    assert f'value="{day}"' in page.text


def test_the_review_day_fits_into_a_calendar(kaisa, liisa, team):
    assert kaisa.get(f"{team}/review.ics").status_code == 404
    agree(liisa, kaisa, team)
    file = kaisa.get(f"{team}/review.ics")
    assert file.mimetype == "text/calendar" and b"BEGIN:VEVENT" in file.data and b"VALUE=DATE" in file.data


def test_a_changed_principle_is_shown_with_the_rules_made_from_it(kaisa, team, world, avis, run_id):
    write(kaisa, team, source_id=str(PRINCIPLE))
    with acting_for(avis.id):
        world.hear("practice", PrincipleRevised(run_id=run_id, passage_id=PRINCIPLE, edition_id=uuid4()))
    read = wording_of(PRINCIPLE, kaisa.get(team))
    with acting_for(avis.id):
        world.hear("practice", PrincipleRevised(run_id=run_id, passage_id=PRINCIPLE, edition_id=uuid4()))
    page = kaisa.post(f"{team}/principles/{PRINCIPLE}/seen", {"wording": read})
    assert page.status_code == 409 and 'id="refusal"' in page.text, "it has changed once more"
    page = kaisa.post(f"{team}/principles/{PRINCIPLE}/seen", {"wording": wording_of(PRINCIPLE, page)})
    assert page.status_code == 303
    assert f'id="seen-{PRINCIPLE}"' not in kaisa.get(team).text


def wording_of(principle, page) -> str:
    """As the form beside the changed principle names it."""
    return re.search(rf'id="seen-{principle}".*?name="wording" value="(\w{{64}})"', page.text, re.DOTALL)[1]


def test_the_lead_is_handed_over_and_a_member_leaves(kaisa, liisa, team):
    member = re.search(rf'id="member-({ID})"', liisa.get(team).text)[1]
    liisa.post(f"{team}/members/{member}", {"act": "lead"})
    assert 'id="rename"' in kaisa.get(team).text
    mine = re.search(rf'action="[^"]+/members/({ID})"', liisa.get(team).text)[1]
    assert liisa.post(f"{team}/members/{mine}", {"act": "let_go"}).headers["Location"].endswith("/rules")
    assert liisa.get(team).status_code == 404


def test_a_colleague_outside_the_team_finds_no_table(come, kaisa, team):
    olli = come("Olli")
    for page in (team, f"{team}/sheet", f"{team}/review.ics"):
        assert olli.get(page).status_code == 404
    assert write(olli, team).status_code == 404


def test_the_clients_desk_counts_and_says_nothing_more(kaisa, liisa, team, run_id):
    agree(liisa, kaisa, team)
    page = liisa.get(f"/desk/runs/{run_id}/teams")
    assert page.status_code == 200 and "1" in page.text
    assert "Kokous" not in page.text and "Lupatiimi" not in page.text
    assert kaisa.get(f"/desk/runs/{run_id}/teams").status_code == 403


def key_on(page: str, form: str) -> str:
    """The key that the page has drawn for this form."""
    return re.search(rf'id="{form}".*?name="once" value="({ID})"', page, re.S)[1]


def test_a_team_that_is_sent_twice_is_one_and_says_so(liisa, run_id):
    sent = {"name": "Neuvonta", "once": key_on(liisa.get(f"/runs/{run_id}/rules").text, "found-team")}
    first, second = (liisa.post(f"/runs/{run_id}/rules", sent) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 409)
    assert "Tämä lähetettiin kahdesti ja tehtiin kerran." in second.text
    assert liisa.get(f"/runs/{run_id}/rules?all=1").text.count(">Neuvonta<") == 1


def test_another_team_of_the_same_name_is_another(liisa, run_id):
    for _ in range(2):
        sent = {
            "name": "Neuvonta",
            "once": key_on(liisa.get(f"/runs/{run_id}/rules?all=1").text, "found-team"),
        }
        assert liisa.post(f"/runs/{run_id}/rules", sent).status_code == 303
    assert liisa.get(f"/runs/{run_id}/rules?all=1").text.count(">Neuvonta<") == 2


def test_of_two_who_change_a_rule_the_second_sees_both_and_chooses(liisa, kaisa, team):
    write(kaisa, team)
    liisas, kaisas = liisa.get(team), kaisa.get(team)
    clause = re.search(rf'id="(change-{ID})"', liisas.text)[1]
    assert liisa.submit(liisas, clause, words="Kokous alkaa kymmenen yli.").status_code == 303
    refused = kaisa.submit(kaisas, clause, words="Kokous alkaa tasalta.")
    assert refused.status_code == 409 and "Kokous alkaa tasalta.</textarea>" in refused.text
    assert '<p class="words">Kokous alkaa kymmenen yli.</p>' in refused.text
    assert "Kokous alkaa kymmenen yli.</p>" in liisa.get(team).text
    assert kaisa.submit(refused, clause, take="words").status_code == 303
    assert "Kokous alkaa tasalta." not in liisa.get(team).text
    assert kaisa.submit(refused, clause).status_code == 303
    assert "Kokous alkaa tasalta." in liisa.get(team).text


def test_nobody_takes_a_rule_off_the_table_that_reads_otherwise_by_now(liisa, kaisa, team):
    write(kaisa, team)
    liisas, kaisas = liisa.get(team), kaisa.get(team)
    clause = re.search(rf'id="(change-{ID})"', liisas.text)[1]
    liisa.submit(liisas, clause, words="Kokous alkaa kymmenen yli.")
    refused = kaisa.submit(kaisas, clause, act="drop")
    assert refused.status_code == 409 and '<p class="words">Kokous alkaa kymmenen yli.</p>' in refused.text
    assert kaisa.submit(refused, clause, act="drop").status_code == 303
    assert "Kokous alkaa kymmenen yli." not in liisa.get(team).text


def test_of_two_who_write_down_how_it_was_settled_the_second_sees_both(liisa, kaisa, team):
    write(kaisa, team)
    ask(liisa, team)
    say(kaisa, team, says="needs_talk", reason="Entä etäpäivät?")
    liisas, kaisas = liisa.get(team), kaisa.get(team)
    settle = re.search(rf'id="(settle-{ID})"', liisas.text)[1]
    assert liisa.submit(liisas, settle, resolution="Etänä kamera auki.").status_code == 303
    refused = kaisa.submit(kaisas, settle, resolution="Etäpäivät sovitaan erikseen.")
    assert refused.status_code == 409 and '<p class="words">Etänä kamera auki.</p>' in refused.text
    assert 'value="Etäpäivät sovitaan erikseen."' in refused.text


def test_a_team_that_has_another_name_by_now_is_not_named_over_unseen(liisa, team):
    first, second = liisa.get(team), liisa.get(team)
    assert liisa.submit(first, "rename", name="Luvat").status_code == 303
    refused = liisa.submit(second, "rename", name="Tarkastus")
    assert refused.status_code == 409 and '<p class="words">Luvat</p>' in refused.text
