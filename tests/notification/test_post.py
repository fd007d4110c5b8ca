import re
import socket
import threading
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select, text

from infra.database.postgres import free_port
from infra.demo.mailbox import Postman
from infra.processes.ports import LOOPBACK
from services.notification.listeners import listeners
from services.notification.mails import addresses, courier, post
from services.notification.models import Notice, Occasion
from shared.contracts.notification import NoticeSent
from shared.contracts.process import PlanAgreed
from shared.contracts.publishing import WorkbookLaunched
from shared.database import worker_engine_of, worker_sessions_of
from shared.messaging.bus.postgres import PostgresEventBus
from shared.messaging.outbox import put_in_outbox
from shared.messaging.worker import Worker
from tests.notification.certificates import Authority
from tests.waiting import until

RUN = uuid4()


@pytest.fixture
def launched(people, hear, monkeypatch):
    """There is something to tell everybody."""
    monkeypatch.setenv("POLKU_SMTP", f"{LOOPBACK}:1")  # nobody listens there
    hear(
        "notification",
        WorkbookLaunched(run_id=RUN, edition_id=uuid4(), number=1, launched_at=datetime.now(UTC)),
    )


def states(session_of) -> list[str]:
    with session_of("notification") as session:
        return sorted(session.scalars(select(Notice.state)))


def test_while_the_mail_server_is_away_letters_wait_and_then_go_out_once(
    launched, world, mailbox, monkeypatch, time_passes, mails, session_of
):
    time_passes()
    assert states(session_of) == ["waiting"] * 3
    server = Controller(Postman(mailbox), hostname=LOOPBACK, port=free_port())
    server.start()
    monkeypatch.setenv("POLKU_SMTP", f"{LOOPBACK}:{server.port}")
    time_passes()
    time_passes()
    server.stop()
    assert {name: len(got) for name, got in mails().items()} == {"kaisa": 1, "mikael": 1, "tuula": 1}
    assert states(session_of) == ["sent"] * 3


@pytest.mark.parametrize(
    "host, trusted, state",
    [("localhost", True, "sent"), ("localhost", False, "waiting"), ("elsewhere.example", True, "waiting")],
)
def test_a_mail_server_that_nobody_vouches_for_is_given_no_letters(
    launched, mailbox, monkeypatch, time_passes, session_of, tmp_path, host, trusted, state
):
    authority = Authority(tmp_path)
    shown = authority.secures(host)
    server = Controller(Postman(mailbox), hostname="localhost", port=free_port(), tls_context=shown)
    server.start()
    monkeypatch.setenv("POLKU_SMTP", f"localhost:{server.port}")
    monkeypatch.setenv("POLKU_SMTP_STARTTLS", "yes")
    if trusted:
        monkeypatch.setenv("POLKU_SMTP_CA", str(authority.bundle))
    time_passes()
    server.stop()
    assert states(session_of) == [state] * 3


def test_a_mail_server_that_hangs_does_not_hold_up_what_is_told(
    launched, session_of, monkeypatch, post_everything
):
    """It takes the connection and says nothing: the mail is out as long as that lasts, and events go on travelling."""
    stop, engine = threading.Event(), worker_engine_of("notification")
    worker = Worker(listeners, worker_sessions_of("notification"), PostgresEventBus(engine), stop)
    running = threading.Thread(target=worker.run)
    with socket.create_server((LOOPBACK, 0)) as silent:
        silent.settimeout(30)
        monkeypatch.setenv("POLKU_SMTP", f"{LOOPBACK}:{silent.getsockname()[1]}")
        running.start()
        connection, _ = silent.accept()
        with session_of("notification") as session:
            put_in_outbox(
                session, [NoticeSent(notice_id=uuid4(), member_id=uuid4(), kind="launch", run_id=RUN)]
            )
        until(lambda: not waiting_to_be_told(engine), patience=courier.SECONDS_TO_OPEN / 2)
        connection.close()
    stop.set()
    running.join(30)
    assert states(session_of) == ["waiting"] * 3


def waiting_to_be_told(engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM outbox"))


def test_while_identity_is_away_letters_wait(launched, smtp, identity, time_passes, session_of, monkeypatch):
    monkeypatch.setattr(post, "addresses_of", _nobody_answers)
    time_passes()
    assert states(session_of) == ["waiting"] * 3


def _nobody_answers(members):
    from services.notification.mails.addresses import IdentityIsAway

    raise IdentityIsAway


def test_a_kill_between_sending_and_marking_sends_the_same_mail_and_not_another(
    launched, smtp, time_passes, mails, session_of, monkeypatch
):
    died = []

    def dies_once(notice_id, outcome, mark=post.mark):
        if not died:
            died.append(notice_id)
            raise KeyboardInterrupt
        return mark(notice_id, outcome)

    monkeypatch.setattr(post, "mark", dies_once)
    with pytest.raises(KeyboardInterrupt):
        time_passes()
    assert states(session_of) == ["waiting"] * 3  # sent, but we do not know
    time_passes()
    assert {name: len(got) for name, got in mails().items()} == {"kaisa": 1, "mikael": 1, "tuula": 1}


def test_one_who_has_no_address_does_not_keep_the_others_waiting(
    launched, people, smtp, identity, time_passes, mails, session_of
):
    identity.people[str(people["kaisa"])]["email"] = ""
    time_passes()
    assert set(mails()) == {"mikael", "tuula"}
    assert states(session_of) == ["no_address", "sent", "sent"]


def test_an_address_that_is_none_does_not_keep_the_others_waiting(
    launched, people, smtp, identity, time_passes, mails, session_of
):
    identity.people[str(people["kaisa"])]["email"] = "not an address"
    time_passes()
    assert set(mails()) == {"mikael", "tuula"}
    assert states(session_of) == ["no_address", "sent", "sent"]


def test_an_address_that_is_refused_for_good_is_not_tried_again(
    launched, people, smtp, time_passes, mails, session_of, monkeypatch
):
    async def refuse_kaisa(self, server, session, envelope, address, options):
        if address.startswith("kaisa"):
            return "550 No such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    monkeypatch.setattr(Postman, "handle_RCPT", refuse_kaisa, raising=False)
    time_passes()
    assert set(mails()) == {"mikael", "tuula"}
    assert states(session_of) == ["refused", "sent", "sent"]


def test_a_mail_says_how_to_get_no_more_of_them(launched, smtp, time_passes, mails, http, people):
    time_passes()
    [mail] = mails()["kaisa"]
    token = re.search(r"/notices/stop/([0-9a-f-]{36})>", mail["List-Unsubscribe"])[1]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert http("notification").as_("service").post("/stops", json={"token": token}).status_code == 204
    mine = http("notification").as_("participant", subject=people["kaisa"]).get("/wishes").json
    assert (mine["invitations"], mine["changes"], mine["reminders"]) == (False, False, False)


def test_a_mail_keeps_its_message_id(launched, smtp, session_of, people, avi):
    with session_of("notification") as session:
        occasion = session.scalars(select(Occasion)).one()
        occasion.tell(session)
        session.flush()
        [first, *_] = occasion.next_to_post(session)
        writer = post.Writer(occasion, occasion.facts, addresses.Sender("Aluevirasto", None), session)
        address = post.Address("Kaisa", "kaisa@avi.example")
        assert writer.message(first, address)["Message-ID"] == writer.message(first, address)["Message-ID"]
        assert str(first.id) in writer.message(first, address)["Message-ID"]


def test_hundreds_get_their_mail_in_batches(launched, smtp, joins, time_passes, mails, identity):
    for number in range(60):
        joins(f"person{number}")
    time_passes()
    assert len(mails()) == 63
    assert len(identity.asked) == 2


def test_a_name_cannot_smuggle_headers_into_a_mail(launched, people, smtp, identity, time_passes, mails):
    identity.people[str(people["kaisa"])]["name"] = "Kaisa\r\nBcc: everybody@avi.example"
    time_passes()
    assert set(mails()) == {"kaisa", "mikael", "tuula"}
    assert mails()["kaisa"][0]["Bcc"] is None


@pytest.mark.parametrize("kind", ["fi", "sv"])
def test_one_who_wants_mail_in_another_language_gets_it(people, smtp, hear, http, time_passes, mails, kind):
    mine = http("notification").as_("participant", "coordinator", subject=people["tuula"])
    mine.put("/wishes", json={"mail_language": kind})
    hear("notification", PlanAgreed(run_id=RUN, version=1))
    time_passes()
    assert mails()["tuula"][0]["Content-Language"] == kind


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Aluevirasto", "Aluevirasto"),
        ("Työ- ja väkivirasto", "Työ- ja väkivirasto"),
        ("Virasto, Oy", "Virasto, Oy"),
        ("A\r\nBcc: everybody@avi.example", "Polku"),
        ("Call 0401234567", "Polku"),
        ("bank.example", "Polku"),
        ("x" * 300, "Polku"),
        ("", "Polku"),
    ],
)
def test_a_mail_comes_in_the_name_of_the_organisation(
    launched, smtp, identity, time_passes, mails, name, shown
):
    """But not with what could lead elsewhere, and never with a header of somebody else's."""
    identity.sender["name"] = name
    time_passes()
    [mail] = mails()["kaisa"]
    [box] = mail["From"].addresses
    assert (box.display_name, box.addr_spec) == (shown, "polku@polku.localhost")
    assert mail["Bcc"] is None and set(mails()) == {"kaisa", "mikael", "tuula"}


@pytest.mark.parametrize(
    ("reply_to", "header"),
    [
        ("hybrid@avi.example", "hybrid@avi.example"),
        ("hybrid@väki.example", "hybrid@xn--vki-qla.example"),
        (None, None),
        ("", None),
        ("nonsense", None),
        ("a@avi.example\r\nBcc: b@avi.example", None),
        ("a@avi.example, b@avi.example", None),
    ],
)
def test_answers_go_where_the_organisation_says(
    launched, smtp, identity, time_passes, mails, reply_to, header
):
    identity.sender["reply_to"] = reply_to
    time_passes()
    [mail] = mails()["kaisa"]
    assert mail["Reply-To"] == header and mail["Bcc"] is None
