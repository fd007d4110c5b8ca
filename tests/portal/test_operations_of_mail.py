"""Whoever runs Polku sees on a page that the mail server takes no mails, and what to do about it."""

from uuid import uuid4

import pytest
from sqlalchemy import delete

from services.notification.models import MailOutage
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.portal.test_people_pages import henna as henna
from tests.portal.test_people_pages import sari as sari

TROUBLE = "Sähköpostipalvelin ei ole ottanut viestejä vastaan"


@pytest.fixture
def outage(database):
    """outage("answered", "AUTH", "535 ...") holds thirteen mails up; nothing else does."""

    def forget() -> None:
        with acting_for(uuid4()), sessions_of("notification").begin() as session:
            session.execute(delete(MailOutage))

    def so(kind: str, step: str, answer: str) -> None:
        with acting_for(uuid4()) as tenant, sessions_of("notification").begin() as session:
            about = {"kind": kind, "step": step, "answer": answer, "waiting": 13}
            session.add(MailOutage(tenant_id=tenant, occasion_id=uuid4(), **about))

    forget()
    yield so
    forget()


def test_while_mails_go_the_page_says_so(henna, outage):
    page = henna.get("/operations").text
    assert "Mikään viesti ei odota sähköpostipalvelinta." in page and TROUBLE not in page


@pytest.mark.parametrize(
    ("kind", "step", "where_to_look"),
    [
        ("answered", "AUTH", "POLKU_SMTP_PASSWORD"),
        ("answered", "MAIL", "POLKU_MAIL_FROM"),
        ("answered", "RCPT", "relay"),
        ("answered", "DATA", "oman sääntönsä"),
        ("answered", "connect", "Se ei hyväksy yhteyttä."),
        ("unreachable", "connect", "POLKU_SMTP"),
        ("tls", "STARTTLS", "POLKU_SMTP_CA"),
        ("slow", "EHLO", "liian hitaasti"),
        ("broke_off", "RCPT", "katkaisee"),
        ("lacks", "EHLO", "salausta"),
    ],
)
def test_when_they_do_not_it_says_since_when_how_many_wait_and_where_to_look(
    henna, outage, kind, step, where_to_look
):
    outage(kind, step, "535 5.7.8 <b>Wrong</b>")
    page = henna.get("/operations").text
    assert TROUBLE in page and where_to_look in page and "13 viestiä odottaa" in page
    assert "535 5.7.8 &lt;b&gt;Wrong&lt;/b&gt;" in page


def test_it_is_shown_in_swedish_too_and_to_no_client(henna, sari, outage):
    outage("slow", "EHLO", "")
    assert "E-postservern har inte tagit emot" in henna.get("/operations?lang=sv").text
    assert sari.get("/operations").status_code == 404
