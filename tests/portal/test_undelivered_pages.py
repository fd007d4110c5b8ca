"""An administrator sees who did not get which mail, and sends it again."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from services.identity.models import Member
from services.notification.models import Notice, Occasion, Recipient
from shared.database import find, sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import House, grant

CONSOLE = "console.polku.localhost"
PAGE = "/desk/undelivered"
EVERYTHING_ARRIVED = "Kaikki viestit on toimitettu"


@pytest.fixture
def sari(browse, avis):
    return browse(avis, "Sari", roles=["admin"])


@pytest.fixture
def kaisa(avis) -> UUID:
    return listed("Kaisa", avis)


def listed(name: str, house: House) -> UUID:
    """Somebody stands on the list of people."""
    with acting_for(house.id), sessions_of("identity").begin() as session:
        email = f"{name.lower().replace(' ', '.')}@{house.domain}"
        return Member(name=name, email=email, language="fi").join(session).id


@pytest.fixture
def did_not_get(avis):
    """did_not_get(kaisa, "mailbox_full") leaves a mail undelivered."""

    def so(member_id: UUID, why: str, kind: str = "launch") -> UUID:
        with acting_for(avis.id), sessions_of("notification").begin() as session:
            Recipient.known_as(member_id, session)
            occasion = Occasion(kind=kind, about=str(uuid4()), told_at=datetime.now(UTC))
            notice = Notice(
                occasion_id=occasion.id,
                member_id=member_id,
                state="refused",
                why=why,
                failed_on=datetime.now(UTC).date(),
            )
            session.add(occasion)
            session.flush()
            session.add(notice)
            return notice.id

    return so


@pytest.fixture
def state_of(avis):
    def now(notice_id: UUID) -> str:
        with acting_for(avis.id), sessions_of("notification")() as session:
            return find(session, Notice, notice_id).state

    return now


def test_while_every_mail_arrives_the_page_says_so(sari):
    page = sari.get(PAGE)
    assert page.status_code == 200
    assert EVERYTHING_ARRIVED in page.text and 'id="undelivered"' not in page.text


def test_who_did_not_get_what_stands_there_with_the_reason_and_a_way_to_the_address(sari, kaisa, did_not_get):
    notice = did_not_get(kaisa, "mailbox_full")
    page = sari.get(PAGE).text
    assert "Kaisa" in page and "Postilaatikko on täynnä." in page and "Työkirja" in page
    assert f'href="/desk/people/{kaisa}"' in page and f'action="{PAGE}/{notice}"' in page


def test_one_is_sent_again_and_off_the_list(sari, kaisa, did_not_get, state_of):
    notice, other = did_not_get(kaisa, "mailbox_full"), did_not_get(kaisa, "no_such_mailbox")
    page = sari.post(f"{PAGE}/{notice}", follow_redirects=True).text
    assert "Viesti on taas matkalla." in page and f"{PAGE}/{other}" in page and f"{PAGE}/{notice}" not in page
    assert (state_of(notice), state_of(other)) == ("waiting", "refused")


def test_a_second_press_says_where_it_is(sari, kaisa, did_not_get, state_of):
    notice = did_not_get(kaisa, "mailbox_full")
    sari.post(f"{PAGE}/{notice}")
    again = sari.post(f"{PAGE}/{notice}")
    assert again.status_code == 404 and 'id="refusal"' in again.text and "se on matkalla" in again.text


def test_all_are_sent_again(sari, kaisa, did_not_get, state_of):
    notices = [did_not_get(kaisa, "put_off"), did_not_get(kaisa, "broke_off")]
    page = sari.post(PAGE, follow_redirects=True).text
    assert "2 viestiä on taas matkalla." in page
    assert {state_of(notice) for notice in notices} == {"waiting"}


def test_a_mail_whose_time_has_passed_cannot_be_sent_again(sari, kaisa, did_not_get, state_of):
    notice = did_not_get(kaisa, "mailbox_full", kind="invitation")  # its phase has closed
    page = sari.get(PAGE).text
    assert "Sen aika on ohi." in page and f"{PAGE}/{notice}" not in page
    refused = sari.post(f"{PAGE}/{notice}")
    assert refused.status_code == 409 and 'id="refusal"' in refused.text
    assert state_of(notice) == "refused"


def test_the_page_speaks_finnish_and_swedish(sari, kaisa, did_not_get):
    did_not_get(kaisa, "mailbox_full")
    assert "Postilaatikko on täynnä." in sari.get(f"{PAGE}?lang=fi").text
    assert "Brevlådan är full." in sari.get(f"{PAGE}?lang=sv").text


@pytest.mark.parametrize("roles", [(), ("coordinator",), ("designer",)])
def test_nobody_else_at_the_client_may_look(browse, avis, kaisa, did_not_get, roles):
    notice, browser = did_not_get(kaisa, "mailbox_full"), browse(avis)
    browser.come_in(avis.employ("Mikael", roles=list(roles)))
    for answer in (browser.get(PAGE), browser.post(PAGE), browser.post(f"{PAGE}/{notice}")):
        assert answer.status_code == 403


def test_the_stranger_sees_nothing(browse, kelas, kaisa, did_not_get, state_of):
    notice, browser = did_not_get(kaisa, "mailbox_full"), browse(kelas)
    browser.come_in(kelas.employ("Pekka", roles=["admin"]))
    assert EVERYTHING_ARRIVED in browser.get(PAGE).text
    assert browser.post(f"{PAGE}/{notice}").status_code == 404
    assert state_of(notice) == "refused"


def test_the_lead_sees_it_in_the_clients_rooms(browse, consultancy, avis, kaisa, did_not_get, state_of):
    notice, henna = did_not_get(kaisa, "mailbox_full"), browse(consultancy, host=CONSOLE)
    henna.come_in(consultancy.employ("Henna", roles=["lead"]))
    grant(avis, consultancy, consultancy.member(henna.cookie("visit")), "lead")
    page = f"/clients/{avis.slug}/undelivered"
    found = henna.get(page).text
    assert "Kaisa" in found and f'href="/clients/{avis.slug}/people/{kaisa}"' in found
    assert henna.post(f"{page}/{notice}", follow_redirects=True).status_code == 200
    assert state_of(notice) == "waiting"


def test_a_long_list_comes_in_pages(sari, avis, did_not_get):
    for _number in range(51):
        did_not_get(listed(f"Reader {_number}", avis), "mailbox_full")
    page = sari.get(PAGE).text
    assert 'rel="next"' in page and page.count('id="mail-') == 50
