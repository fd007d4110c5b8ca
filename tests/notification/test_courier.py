"""What mail servers say, and what becomes of a mail: nothing that they have against us costs anybody a mail."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from infra.demo.mailbox import Postman
from services.notification.mails.models.audience import REMINDER
from services.notification.mails.models.occasion import PATIENCE
from services.notification.models import Notice, Occasion
from shared.contracts.process import PhaseOpened
from shared.contracts.publishing import WorkbookLaunched

RUN, KIND = uuid4(), Postman.handle_DATA
AGAINST_US = ("550 5.7.1 Relaying denied", "554 5.7.1 <kaisa@avi.example>: Relay access denied", "530 5.7.0 Sign in first",
              "550 5.1.8 Bad sender's system", "554 5.3.0 Something is wrong here", "503 5.5.1 Bad sequence", "571 Blocked")  # fmt: skip
AGAINST_KAISA = ("550 5.1.1 No such person", "550 No such person", "552 5.2.2 Her mailbox is full for good", "553 5.1.3 Bad address",
                 "550 5.4.4 Her domain cannot be reached", "551 Not here")  # fmt: skip
LATER = ("450 4.2.1 Try later", "451 4.7.1 Greylisted", "452 4.2.2 Her mailbox is full")


@pytest.fixture
def launched(people, smtp, hear):
    launch = WorkbookLaunched(run_id=RUN, edition_id=uuid4(), number=1, launched_at=datetime.now(UTC))
    hear("notification", launch)


@pytest.fixture
def states(session_of, people):
    def now() -> dict[str, str]:
        names = {id: name for name, id in people.items()}
        with session_of("notification") as session:
            return {names[notice.member_id]: notice.state for notice in session.scalars(select(Notice))}

    return now


@pytest.fixture
def says(monkeypatch):
    """says("RCPT", reply) lets the mail server answer so, to Kaisa's mail or to all; None lets it be kind again."""

    def say(step: str, reply: str | None, to: str = "kaisa") -> None:
        async def handle_RCPT(self, server, session, envelope, address, options):
            if step == "RCPT" and reply and address.startswith(to):
                return reply
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_MAIL(self, server, session, envelope, address, options):
            if step == "MAIL" and reply:
                return reply
            envelope.mail_from = address
            return "250 OK"

        async def handle_DATA(self, server, session, envelope):
            if step == "DATA" and reply and envelope.rcpt_tos[0].startswith(to):
                return reply
            return await KIND(self, server, session, envelope)

        for name, handler in (("RCPT", handle_RCPT), ("MAIL", handle_MAIL), ("DATA", handle_DATA)):
            monkeypatch.setattr(Postman, f"handle_{name}", handler, raising=False)

    return say


ALL_SENT = {"kaisa": "sent", "mikael": "sent", "tuula": "sent"}


UNCLEAR = ("DATA", "571 Blocked")  # after DATA nobody knows whose fault it is without an enhanced code


@pytest.mark.parametrize(
    ("step", "reply"),
    sorted({(step, reply) for step in ("MAIL", "RCPT", "DATA") for reply in AGAINST_US} - {UNCLEAR}),
)
def test_what_the_server_has_against_us_costs_nobody_a_letter(
    launched, says, states, time_passes, mails, step, reply
):
    says(step, reply, to="")
    time_passes()
    assert set(states().values()) == {"waiting"} and mails() == {}
    says(step, None)
    time_passes()
    assert states() == ALL_SENT and {len(got) for got in mails().values()} == {1}


@pytest.mark.parametrize("reply", AGAINST_KAISA)
def test_a_mailbox_that_is_not_there_ends_its_own_letter(launched, says, states, time_passes, reply):
    says("RCPT", reply)
    time_passes()
    assert states() == ALL_SENT | {"kaisa": "refused"}


def test_a_letter_that_is_too_big_for_one_mailbox_ends_alone(launched, says, states, time_passes):
    says("DATA", "552 5.3.4 Message too big")
    time_passes()
    assert states() == ALL_SENT | {"kaisa": "refused"}


@pytest.mark.parametrize("reply", LATER)
def test_a_mailbox_that_says_later_delays_its_own_letter_alone(
    launched, says, states, time_passes, mails, session_of, reply
):
    says("RCPT", reply)
    time_passes()
    assert states() == ALL_SENT | {"kaisa": "waiting"}
    says("RCPT", None)
    time_passes()
    assert "kaisa" not in mails()  # its time has not come
    its_time_comes(session_of)
    time_passes()
    assert states() == ALL_SENT and len(mails()["kaisa"]) == 1


@pytest.mark.parametrize(("step", "reply"), [("RCPT", LATER[0]), ("DATA", "554 Transaction failed")])
def test_a_mailbox_that_says_later_for_ever_ends_its_letter(
    launched, says, states, time_passes, session_of, step, reply
):
    says(step, reply)
    for _attempt in PATIENCE:
        time_passes()
        assert states()["kaisa"] == "waiting"
        its_time_comes(session_of)
    time_passes()
    assert states() == ALL_SENT | {"kaisa": "refused"}


def test_a_letter_is_tried_for_some_days_and_not_for_ever():
    assert timedelta(days=2) < sum(PATIENCE, timedelta()) < timedelta(days=5)


def its_time_comes(session_of) -> None:
    with session_of("notification") as session:
        session.execute(update(Notice).values(try_at=None))
        session.commit()


def test_a_reminder_that_is_put_off_says_nothing_about_whom_it_was_for(
    people, smtp, says, time_passes, session_of, open_phase
):
    says("RCPT", LATER[0], to="")
    time_passes()
    with session_of("notification") as session:
        reminders = (
            select(Notice).join(Occasion, Occasion.id == Notice.occasion_id).where(Occasion.kind == REMINDER)
        )
        assert {(notice.try_at, notice.attempts) for notice in session.scalars(reminders)} == {(None, 0)}


@pytest.fixture
def open_phase(people, hear):
    moment = datetime.now(UTC)
    hear(
        "notification",
        PhaseOpened(
            run_id=RUN,
            phase="views",
            activities=["give_views"],
            closes_at=moment + timedelta(hours=1),
        ),
    )


def test_a_domain_outside_ascii_is_written_as_the_net_knows_it(
    launched, people, identity, states, time_passes, mailbox
):
    identity.people[str(people["kaisa"])]["email"] = "kaisa@väki.example"
    time_passes()
    assert states() == ALL_SENT
    assert any(b"xn--vki-qla.example" in raw for raw in every_mail(mailbox))


def test_an_address_that_no_server_can_write_ends_its_own_letter(
    launched, people, identity, states, time_passes
):
    identity.people[str(people["kaisa"])]["email"] = "päivi@avi.example"
    time_passes()
    assert states() == ALL_SENT | {"kaisa": "no_address"}


def test_programs_find_the_address_that_stops_mails(launched, time_passes, mailbox):
    time_passes()
    for raw in every_mail(mailbox):
        header = re.search(rb"^List-Unsubscribe: (.*)$", raw.replace(b"\r\n", b"\n"), re.M)[1]
        assert re.fullmatch(rb"<https?://[^\s<>]+/notices/stop/[0-9a-f-]{36}>", header), header
        assert message_from_bytes(raw)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def every_mail(mailbox) -> list[bytes]:
    return [path.read_bytes() for path in mailbox.folder.rglob("*.eml")]
