"""Whoever runs Polku is told that the mail server takes no mails of ours, since when, and what it answered; and when it is over."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import select, update

from infra.processes.ports import LOOPBACK
from services.notification.mails.gauges import OfMail
from services.notification.mails.models.mail_outage import STILL_TRUE
from services.notification.models import MailOutage
from shared.contracts.notification import NotificationForgot
from shared.contracts.process import PhaseClosed, PhaseOpened
from shared.contracts.publishing import WorkbookLaunched
from shared.database import worker_engine_of, worker_sessions_of
from shared.privacy.erasure import erase_some
from shared.web.tokens import service_token
from tests.notification.stubborn import DROP, Stubborn
from tests.observability.test_counting import counts

RUN = uuid4()


@pytest.fixture
def stub(monkeypatch, session_of, avi):
    stubborn = Stubborn()
    monkeypatch.setenv("POLKU_SMTP", f"{LOOPBACK}:{stubborn.port}")
    with session_of("notification") as session:
        session.execute(MailOutage.__table__.delete())  # what earlier tests left, of all organisations
    yield stubborn
    stubborn.stop()


@pytest.fixture
def launched(people, stub, hear):
    launch = WorkbookLaunched(run_id=RUN, edition_id=uuid4(), number=1, launched_at=datetime.now(UTC))
    hear("notification", launch)


@pytest.fixture
def told(http, world):
    """What the portal is told."""

    def now(by: str = "portal"):
        token = service_token(by, "notification", world.avi)
        return http("notification").get("/mail-server", headers={"Authorization": f"Bearer {token}"})

    return now


CALM = {"since": None, "waiting": 0, "kind": None, "step": None, "answer": None}


@pytest.mark.parametrize(
    ("step", "reply", "kind", "at", "answer"),
    [
        ("connect", "554 5.7.1 We know you", "answered", "connect", "554 5.7.1 We know you"),
        ("connect", DROP, "broke_off", "connect", ""),
        ("MAIL", "553 5.1.8 <polku@x.example> is unknown", "answered", "MAIL", "553 5.1.8 is unknown"),
        ("RCPT", "554 5.7.1 <kaisa@avi.example>: no relay for kaisa", "answered", "RCPT", "554 5.7.1"),
        ("end", "554 5.7.1 Spam for kaisa", "answered", "DATA", "554 5.7.1"),
    ],
)
def test_it_is_told_with_the_answer_and_without_anybodys_address(
    launched, stub, told, time_passes, step, reply, kind, at, answer
):
    stub.says(step, reply)
    time_passes()
    now = told().json
    assert (now["waiting"], now["kind"], now["step"], now["answer"]) == (3, kind, at, answer)
    assert datetime.now(UTC) - datetime.fromisoformat(now["since"]) < timedelta(minutes=1)


def test_a_server_that_is_not_there_is_told_too(launched, told, time_passes, monkeypatch):
    monkeypatch.setenv("POLKU_SMTP", f"{LOOPBACK}:1")  # nobody listens there
    time_passes()
    assert (told().json["kind"], told().json["step"]) == ("unreachable", "connect")


def test_it_is_over_by_itself_once_letters_go(launched, stub, told, time_passes):
    stub.says("MAIL", "550 5.7.1 No")
    time_passes()
    since = told().json["since"]
    time_passes()
    assert told().json["since"] == since  # however often it is tried
    stub.is_kind()
    time_passes()
    assert told().json == CALM and counted() == {"seconds": 0, "mails": 0}


def test_it_is_over_when_nothing_waits_any_more(people, stub, hear, told, time_passes):
    stub.says("MAIL", "550 5.7.1 No")
    closes_at = datetime.now(UTC) + timedelta(days=14)
    hear(
        "notification",
        PhaseOpened(run_id=RUN, phase="views", activities=["give_views"], closes_at=closes_at),
    )
    time_passes()
    assert told().json["waiting"] == 6  # invitations and reminders
    hear("notification", PhaseClosed(run_id=RUN, phase="views", activities=["give_views"]))
    time_passes()
    assert told().json["waiting"] == 3


def test_what_is_not_seen_any_more_is_over(launched, stub, told, time_passes, session_of):
    """Such as of a client that has been erased."""
    stub.says("MAIL", "550 5.7.1 No")
    time_passes()
    with session_of("notification") as session:
        session.execute(update(MailOutage).values(seen_at=MailOutage.seen_at - STILL_TRUE))
    assert told().json == CALM


def test_what_one_mailbox_refuses_is_no_trouble_of_the_servers(launched, stub, told, time_passes):
    stub.says("RCPT", "550 5.1.1 No such person", to="kaisa")
    time_passes()
    assert told().json == CALM


def test_the_letters_of_all_organisations_are_counted_together(launched, stub, told, time_passes, session_of):
    stub.says("MAIL", "550 5.7.1 No")
    time_passes()
    with session_of("notification") as session:
        elsewhere = MailOutage(
            tenant_id=uuid4(), occasion_id=uuid4(), kind="slow", step="EHLO", answer="", waiting=4
        )
        session.add(elsewhere)
    assert told().json["waiting"] == 7
    assert counted()["mails"] == 7 and counted()["seconds"] > 0


def counted() -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(OfMail(worker_engine_of("notification")))
    found = counts(generate_latest(registry).decode())
    return {
        "seconds": found["polku_mail_outage_seconds",],
        "mails": found["polku_mail_letters_waiting",],
    }


def test_nobody_but_the_portal_is_told(http, told):
    assert told(by="identity").status_code == 403
    for role in ("participant", "admin", "lead"):
        assert http("notification").as_(role, subject=uuid4()).get("/mail-server").status_code == 403


def test_of_an_organisation_that_is_erased_nothing_of_it_stays(
    launched, stub, time_passes, session_of, world
):
    stub.says("MAIL", "550 5.7.1 No")
    time_passes()
    with worker_sessions_of("notification").begin() as session:
        while erase_some(session, NotificationForgot):
            continue
    with session_of("notification") as session:
        assert session.scalars(select(MailOutage).filter_by(tenant_id=world.avi)).all() == []
