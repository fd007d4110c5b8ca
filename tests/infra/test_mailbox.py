import shutil
import smtplib
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller

from infra.demo.mailbox import Mailbox, Postman, create_app


@pytest.fixture
def mailbox(tmp_path) -> Mailbox:
    return Mailbox(tmp_path / "mailbox")


@pytest.fixture
def post(mailbox, free_ports):
    """Deliver by SMTP, as the notification service does."""
    postman = Controller(Postman(mailbox), hostname="127.0.0.1", port=int(free_ports["POLKU_SMTP_PORT"]))
    postman.start()

    def send(**words: str) -> None:
        with smtplib.SMTP("127.0.0.1", postman.port) as smtp:
            smtp.send_message(mail(**words))

    yield send
    postman.stop()


def mail(
    to="kaisa@avi.example", subject="Näkemyksesi kuullaan", text="Tervetuloa!\n", message_id=None
) -> EmailMessage:
    message = EmailMessage()
    if message_id:
        message["Message-ID"] = message_id
    message["From"], message["To"], message["Subject"] = "Polku <polku@avi.example>", to, subject
    message.set_content(text)
    message.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="työpaja.ics")
    return message


@pytest.fixture
def page(mailbox):
    return create_app(mailbox).test_client()


def test_a_delivered_mail_stands_on_the_page(post, page):
    post()
    shown = page.get("/").text
    assert "Näkemyksesi kuullaan" in shown
    assert "kaisa@avi.example" in shown


def test_a_mail_can_be_read_with_its_calendar_file(post, page, mailbox):
    post()
    [kept] = mailbox.mails()
    assert "Tervetuloa!" in page.get(f"/letters/{kept.id}").text
    attached = page.get(f"/letters/{kept.id}/0")
    assert attached.data == b"BEGIN:VCALENDAR"
    assert attached.headers["Content-Disposition"].startswith("attachment")


def test_a_mail_that_is_sent_once_more_is_kept_once(post, mailbox):
    for _ in range(2):
        post(message_id="<1@polku.localhost>")
    post(message_id="<2@polku.localhost>")
    assert len(list(mailbox.mails())) == 2
    assert Mailbox(mailbox.folder)._kept == mailbox._kept


def test_people_find_their_own_mails(post, page):
    post()
    post(to="linnea@skargard.example", subject="Välkommen")
    shown = page.get("/?to=linnea@").text
    assert "Välkommen" in shown
    assert "Näkemyksesi" not in shown


def test_what_stands_in_a_mail_is_shown_and_never_run(post, page, mailbox):
    post(subject="<script>alert(1)</script>", text="<img src=x onerror=alert(1)>")
    [kept] = mailbox.mails()
    for path in ("/", f"/letters/{kept.id}"):
        assert "<script>" not in page.get(path).text
        assert "<img" not in page.get(path).text


def test_a_mailbox_that_cannot_keep_a_mail_does_not_say_it_did(post, mailbox):
    shutil.rmtree(mailbox.folder)
    with pytest.raises(smtplib.SMTPDataError, match="cannot keep"):
        post()


def test_a_mail_that_is_not_there_is_not_found(page):
    assert page.get("/letters/none").status_code == 404
    assert page.get("/letters/none/7").status_code == 404
