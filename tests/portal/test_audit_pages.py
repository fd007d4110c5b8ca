"""An administrator reads the audit log on the desk, narrows it and takes it along."""

from datetime import timedelta
from uuid import UUID

import pytest
from lxml import html

from services.identity.audit.chain import Chain, heads_in
from services.identity.audit.export import read_again
from services.identity.audit.kinds import GROUPS as KINDS_OF
from services.identity.audit.models.entry import Actor, note
from services.identity.base import beginning_of, today
from services.identity.models import Member
from services.portal.areas.audit.words import GROUPS, KINDS
from services.portal.web.cookies import SESSION
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import grant
from tests.identity.test_lockout import is_led_by

PAGE = "/desk/audit"
CONSOLE = "console.polku.localhost"


@pytest.fixture
def sari(browse, avis):
    return browse(avis, "Sari", roles=["admin"])


@pytest.fixture
def henna(browse, avis, consultancy):
    """She leads this client's path, and has been in its rooms."""
    henna = browse(consultancy, "Henna", roles=["lead"], host=CONSOLE)
    is_led_by(consultancy, avis)
    grant(avis, consultancy, member(henna), "lead")
    assert henna.get(f"/clients/{avis.slug}/access").status_code == 200
    return henna


def member(browser) -> str:
    return browser.house.member(browser.cookie(SESSION))


def member_id(browser) -> UUID:
    return UUID(member(browser))


def lines(page) -> list[str]:
    rows = html.fromstring(page.text).xpath("//table[@id='entries']/tbody/tr")
    return [" ".join(row.text_content().split()) for row in rows]


def test_every_kind_and_every_group_has_its_words():
    assert KINDS.keys() == {kind for kinds in KINDS_OF.values() for kind in kinds}
    assert GROUPS.keys() == KINDS_OF.keys()


def test_she_reads_who_came_in_for_whom_and_why(sari, henna):
    came, granted = lines(sari.get(f"{PAGE}?group=access"))
    assert "Tuli sisään" in came and "Henna, konsulttitalosta" in came and "Leads our path." in came
    assert "Pääsy myönnettiin" in granted and "Ketä tai mitä: Henna" in granted and "vetää polkua" in granted


def test_the_address_in_the_mail_leads_to_the_page(sari):
    assert sari.get("/audit").location == PAGE


def test_nobody_but_administrators_gets_the_page_or_the_file(browse, avis, sari, henna):
    kaisa = browse(avis, "Kaisa", roles=["coordinator"])
    for path in (PAGE, f"{PAGE}/audit-log.csv", f"{PAGE}/audit-log.json"):
        assert kaisa.get(path).status_code == 403
        assert sari.get(path).status_code == 200
    assert "/desk/audit" not in kaisa.get("/desk").text
    assert henna.get(f"/clients/{avis.slug}/audit").status_code == 404
    assert sari.get(f"{PAGE}/audit-log.pdf").status_code == 404


def test_the_lead_reads_the_consultancys_own(henna):
    page = henna.get("/consultancy/audit?group=sign_ins")
    assert page.status_code == 200 and henna.get("/audit").location == "/consultancy/audit"


def test_a_day_stands_without_a_time_and_few_people_without_a_number(sari, avis):
    yesterday = today() - timedelta(days=1)
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        for least in (0, 15):
            note(session, "employees_signed_in", at=beginning_of(yesterday), facts={"at_least": least})
    many, few = lines(sari.get(f"{PAGE}?group=sign_ins&since={yesterday}&until={yesterday}"))
    assert "vähintään 15" in many and "alle viisi" in few and "Polku itse" in few
    assert f"{yesterday.day}.{yesterday.month}." in few and "0.00" not in few


def test_nothing_found_says_so_and_leads_back(sari, avis):
    page = sari.get(f"{PAGE}?person_id={UUID(int=7)}")
    assert lines(page) == [] and "Tällaista ei ole tehty" in page.text and f'href="{PAGE}"' in page.text


def test_what_is_no_day_is_said_at_its_field_and_stays_there(sari):
    page = sari.get(f"{PAGE}?since=eilen&group=nothing&person_id=x")
    assert page.status_code == 200 and "Tämä ei ole päivä" in page.text and 'value="eilen"' in page.text


def test_pages_go_on_and_keep_what_was_asked(sari, avis):
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        for _ in range(52):
            note(session, "person_moved", Actor("own", member_id(sari)), about_id=member_id(sari))
    first = sari.get(f"{PAGE}?group=people")
    (more,) = html.fromstring(first.text).xpath("//a[@rel='next']/@href")
    rest = sari.get(more)
    assert (
        len(lines(first)) == 50 and len(lines(rest)) == 3 and "group=people" in more
    )  # with how she became administrator
    assert html.fromstring(rest.text).xpath("//a[@rel='prev']/@href") == [f"{PAGE}?group=people"]


def test_the_json_that_she_takes_along_is_what_the_page_vouches_for(sari, avis, henna):
    heads = heads_in(sari.get(PAGE).text)
    file = sari.get(f"{PAGE}/audit-log.json")
    assert (
        "attachment" in file.headers["Content-Disposition"]
        and "audit-log.json" in file.headers["Content-Disposition"]
    )
    organisation, entries = read_again(file.data)
    assert len(heads) == 1 and organisation == avis.id
    assert Chain(organisation, heads).first_break(entries) is None


def test_who_was_erased_is_called_so(browse, sari, avis):
    kaisa = browse(avis, "Kaisa")
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        note(
            session,
            "roles_changed",
            Actor("own", member_id(sari)),
            about_id=member_id(kaisa),
            facts={"given": ["designer"]},
        )
    assert "Kaisa" in sari.get(f"{PAGE}?group=people").text
    erased(kaisa, avis)
    page = sari.get(f"{PAGE}?group=people")
    assert "Kaisa" not in page.text and "henkilö, joka on poistettu" in page.text


def erased(person, house) -> None:
    with acting_for(house.id), sessions_of("identity").begin() as session:
        Member.locked(member_id(person), session).be_forgotten(session)
