"""How your words are protected: who can find out what, until which day, and what remains."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.identity.listeners import KEPT
from services.identity.models import Connection
from services.portal import key_days
from services.portal.door import forget_hosts
from services.portal.key_days import KeyDay
from services.portal.wording import day
from services.workshop.models.round import KEPT_AFTER_ITS_END
from shared.contracts.process import PhaseClosed, PhaseOpened, RunPlanned
from shared.database import sessions_of
from shared.languages import ZONE, speaking
from shared.settings import backup_days, backups_aged_out
from shared.tenancy.sessions import acting_for
from tests.conftest import Door
from tests.voting.conftest import Whole

LINK = 'href="/protection"'


@pytest.fixture
def run_id(avis, http, world) -> UUID:
    """A run of Avi's, which identity has heard of."""
    world.avi = avis.id
    lead: Door = http("process").of(avis.id).as_("lead")
    lead.who = type(lead.who)(tenant=avis.id, subject=uuid4(), roles=frozenset({"lead"}), home=uuid4())
    about = {"name": "Hybridityö", "starts_at": "2027-01-11T08:00:00+02:00", "languages": ["fi", "sv"]}
    run_id = UUID(lead.post("/runs", json=about).json["id"])
    with acting_for(avis.id):
        world.hear("identity", RunPlanned(run_id=run_id, template="hybrid-work", languages=["fi", "sv"]))
    return run_id


@pytest.fixture
def kaisa(browse, avis):
    return browse(avis, "Kaisa")


def views_have_been_taken(run_id, avis, world):
    with acting_for(avis.id):
        world.hear("identity", PhaseClosed(run_id=run_id, phase="views", activities=["give_views"]))


def days_kept(days: timedelta):
    return (datetime.now(UTC) + days).astimezone(ZONE).date()


def words_of(page) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def test_whoever_has_not_signed_in_can_read_it_in_three_languages(browse, avis):
    somebody = browse(avis)
    for language, title in (("fi", "Miten sanasi on suojattu"), ("sv", "Så skyddas dina ord")):
        page = somebody.get(f"/protection?lang={language}")
        assert page.status_code == 200 and f"<h1>{title}</h1>" in page.text
    assert "/sign-in?back=" in page.text and f"{backup_days()} dagar" in page.text


def test_the_consultancys_people_read_it_in_english_at_their_own_host(browse, consultancy):
    page = browse(consultancy, host="console.polku.localhost").get("/protection?lang=en")
    assert page.status_code == 200 and 'lang="en"' in page.text
    assert "<h1>How your words are protected</h1>" in page.text


def test_it_is_linked_from_every_page_and_before_one_signs_in(kaisa, browse, avis):
    for address in ("/home", "/me", "/signed-out"):
        assert LINK in kaisa.get(address).text, address
    opens_another_way_in(avis)
    assert LINK in browse(avis).get("/sign-in").text


def opens_another_way_in(avis):
    """With a second way in there is a page to choose one."""
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        way_in = {"name": "Toinen", "issuer": avis.provider.issuer, "client_id": "polku-2", "secret": "s"}
        Connection.set_up(session, domains=["toinen.example"], role_names={}, **way_in)
    forget_hosts()


def test_kaisa_reads_the_rule_until_the_day_is_known_and_then_the_day(kaisa, run_id, avis, world):
    before = words_of(kaisa.get("/protection"))
    assert "Päivät: Hybridityö" in before
    assert before.count("30 päivän kuluttua viimeisestä osuudesta, joka sitä tarvitsee") == 2
    views_have_been_taken(run_id, avis, world)
    dies = days_kept(KEPT["survey"])
    after = words_of(kaisa.get("/protection"))
    assert f"Kuka kirjoitti minkä näkemyksen {day(dies)} {day(backups_aged_out(dies))} alkaen" in after


def test_after_the_keys_day_the_page_says_that_it_was_destroyed(kaisa, run_id, avis, world):
    views_have_been_taken(run_id, avis, world)
    assert world.let_time_pass("identity")
    assert f"hävitettiin {day(datetime.now(ZONE).date())}" in words_of(kaisa.get("/protection"))


def test_pekka_reads_nothing_of_avis_path(browse, kelas, run_id):
    pekka = browse(kelas, "Pekka")
    assert "Hybridityö" not in pekka.get("/protection").text


def test_the_days_on_the_page_are_the_days_of_the_keys():
    for purpose, days in key_days.KEPT_DAYS.items():
        assert timedelta(days=days) == KEPT[purpose]
    assert timedelta(days=key_days.PLACES_KEPT_DAYS) == KEPT_AFTER_ITS_END
    assert key_days.WHAT.keys() == key_days.KEPT_DAYS.keys() | key_days.ENDS_WITH.keys()


@pytest.mark.parametrize("purpose", key_days.WHAT)
def test_what_is_promised_holds_from_the_day_on_which_the_backups_have_aged_out(purpose):
    """Not from the key's day: until then somebody who has an old backup of both could still find out."""
    today = datetime.now(ZONE).date()
    long_ago = today - timedelta(days=backup_days() + 2)
    with speaking("en"):
        assert "Whoever runs Polku could" in KeyDay(purpose, None, False).sentence
        coming = KeyDay(purpose, today + timedelta(days=3), False).sentence
        assert f"Until {day(backups_aged_out(today + timedelta(days=3)))} whoever runs Polku" in coming
        assert (
            f"Backups may hold it until {day(backups_aged_out(today))}"
            in KeyDay(purpose, today, True).sentence
        )
        assert KeyDay(purpose, long_ago, True).sentence.startswith("Nobody can find out any more")


# where people decide to speak


def sentence(kaisa, address) -> str:
    page = kaisa.get(address)
    assert page.status_code == 200 and page.text.count(LINK) >= 2, "in the page, and in its foot"
    return words_of(page)


def test_what_is_known_about_kaisa_names_where_she_is_counted_and_until_when_what_is_sealed(
    browse, avis, run_id, world
):
    kaisa = browse(avis, "Kaisa", unit="Työsuojelu", site="Oulu")
    assert "Sinua ei ole vielä laskettu mukaan" in sentence(kaisa, "/me")
    with acting_for(avis.id):
        world.hear("identity", PhaseOpened(run_id=run_id, phase="views", activities=["give_views"]))
    views_have_been_taken(run_id, avis, world)
    dies = days_kept(KEPT["survey"])
    known = sentence(kaisa, "/me")
    assert "näkemysten antaminen: Työsuojelu, Oulu" in known
    assert f"Kuka kirjoitti minkä näkemyksen {day(dies)} {day(backups_aged_out(dies))} alkaen" in known


def test_before_kaisa_erases_herself_she_reads_from_which_day_no_backup_holds_it(kaisa):
    gone = backups_aged_out(datetime.now(ZONE).date())
    assert f"ei ole enää missään varmuuskopiossa {day(gone)} alkaen" in sentence(kaisa, "/me")
    left = kaisa.post("/me/erasure", {"sure": "yes"})
    said = words_of(kaisa.get(left.headers["Location"]))
    assert f"on poistettu. Sitä ei ole enää missään varmuuskopiossa {day(gone)} alkaen" in said


def test_her_thread_says_until_when_somebody_could_find_out(kaisa, run_id, avis, world):
    with acting_for(avis.id):
        world.hear("survey", RunPlanned(run_id=run_id, template="hybrid-work", languages=["fi", "sv"]))
    views_have_been_taken(run_id, avis, world)
    last = day(backups_aged_out(days_kept(KEPT["survey"])))
    assert f"Polku-palvelun ylläpitäjä voisi {last} asti saada selville" in sentence(
        kaisa, f"/runs/{run_id}/threads"
    )


def test_whoever_answers_a_poll_reads_what_becomes_of_the_answer(kaisa, run_id, avis, world, http):
    with acting_for(avis.id):
        world.hear("townhall", RunPlanned(run_id=run_id, template="hybrid-work", languages=["fi", "sv"]))
        world.hear("townhall", PhaseOpened(run_id=run_id, phase="kickoff", activities=["kickoff"]))
    host = http("townhall").of(avis.id).as_("facilitator")
    (hall,) = [one for one in host.get(f"/runs/{run_id}/halls").json if one["purpose"] == "kickoff"]
    assert host.post(f"/halls/{hall['id']}/start").status_code < 300
    said = sentence(kaisa, f"/runs/{run_id}/kickoff")
    assert "Kun tilaisuus päättyy, avain, joka kertoo, kuka vastasi mitäkin, hävitetään." in said


def test_on_another_device_kaisa_takes_along_what_is_sealed_until_the_keys_day(browse, avis, run_id, world):
    subject, opened = (
        avis.employ("Kaisa"),
        PhaseOpened(run_id=run_id, phase="views", activities=["give_views"]),
    )
    with acting_for(avis.id):
        world.hear("survey", RunPlanned(run_id=run_id, template="hybrid-work", languages=["fi"]), opened)
        world.hear("identity", opened)
    kaisa, elsewhere = browse(avis), browse(avis)
    for browser in (kaisa, elsewhere):
        browser.come_in(subject)
    theme = re.search(rf"/runs/{run_id}/views/([0-9a-f-]{{36}})", kaisa.get(f"/runs/{run_id}/views").text)[1]
    words = {"text": "Kokouksia on liikaa.", "language": "fi"}
    assert kaisa.post(f"/runs/{run_id}/views/{theme}", words).status_code == 303
    (path,) = elsewhere.get("/me/data.json").json["said_without_a_name"]
    assert [view["text"] for view in path["views"]] == ["Kokouksia on liikaa."]
    assert path["answers"] == path["places"] == []
    views_have_been_taken(run_id, avis, world)
    assert world.let_time_pass("identity")
    (path,) = elsewhere.get("/me/data.json").json["said_without_a_name"]
    assert path["views"] == []


def test_pekka_takes_along_nothing_of_avis_path(browse, kelas, run_id):
    pekka = browse(kelas, "Pekka")
    assert pekka.get("/me/data.json").json["said_without_a_name"] == []


def test_kaisa_takes_along_her_answers_of_every_batch(kaisa, run_id, world, avis):
    with acting_for(avis.id):
        whole = Whole(world, run=run_id).plan()
        for theme in (0, 1):
            whole.collect(*(f"Kokous {theme} alkaa ajallaan, sanoo {n}." for n in range(5)), theme=theme)
        whole.open()
    reading = f"/runs/{run_id}/reading"
    given = [answers_the_first_of(kaisa, kaisa.post(reading, {"theme": theme})) for theme in whole.themes[:2]]
    (path,) = kaisa.get("/me/data.json").json["said_without_a_name"]
    assert [(card["view_id"], card["answer"], card["batch"]) for card in path["answers"]] == [
        (view, "agree", batch) for batch, view in enumerate(given, 1)
    ]


def answers_the_first_of(kaisa, dealt) -> str:
    page = dealt.headers["Location"]
    view = re.search(r'name="answer-([0-9a-f-]{36})"', kaisa.get(page).text)[1]
    assert kaisa.post(f"{page}/{view}", {"answer": "agree"}).json["answered"]
    return view


def test_every_link_on_it_leads_somewhere_at_the_consultancy_too(browse, consultancy):
    henna = browse(consultancy, "Henna", roles=["lead"], host="console.polku.localhost")
    links = {
        link for link in re.findall(r'href="(/[^"#?]*)"', henna.get("/protection").text) if "." not in link
    }
    assert len(links) >= 3 and "/home" not in links
    assert {link: henna.get(link).status_code for link in links if henna.get(link).status_code >= 400} == {}
