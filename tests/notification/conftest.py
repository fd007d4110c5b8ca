"""People with addresses, a mailbox that takes their mail, and a way to let the post work."""

import json
from collections import Counter
from collections.abc import Callable
from threading import get_ident
from types import SimpleNamespace
from uuid import UUID, uuid4

import httpx2
import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import event, text

from infra.database.postgres import free_port
from infra.demo.mailbox import Mailbox, Postman
from infra.processes.ports import LOOPBACK
from services.notification.listeners import listeners
from services.notification.listeners import mails as outgoing
from services.notification.mails import addresses
from shared.contracts.identity import MemberJoined, TenantOpened
from shared.database import engine_of, worker_engine_of, worker_sessions_of
from shared.messaging.timers import run_one
from tests.notification.webhooks import calls_go_out as calls_go_out
from tests.notification.webhooks import hook as hook
from tests.notification.webhooks import one_machine as one_machine
from tests.notification.webhooks import receiver as receiver
from tests.notification.webhooks import register as register
from tests.notification.webhooks import sari as sari
from tests.ways import WAYS

ASKED_BOTH_WAYS = {
    "test_appointments",
    "test_preview",
    "test_undelivered",
    "test_webhook_endpoints",
    "test_wishes",
}


def pytest_generate_tests(metafunc) -> None:
    """What people and administrators ask is asked both ways."""
    if metafunc.module.__name__.rpartition(".")[2] in ASKED_BOTH_WAYS and "way" in metafunc.fixturenames:
        metafunc.parametrize("way", WAYS, indirect=True)


def asked_by(transport: httpx2.BaseTransport) -> httpx2.Client:
    """Our way to identity, without a network."""
    return httpx2.Client(base_url="http://identity", transport=transport)


@pytest.fixture
def connections_held(database):
    """How many connections to the database each thread holds."""
    held, pools = Counter[int](), [engine_of("notification").pool, worker_engine_of("notification").pool]

    def out(_connection, record, _proxy) -> None:
        record.info["thread"] = get_ident()
        held[get_ident()] += 1

    def back(_connection, record) -> None:
        held[record.info.pop("thread", None)] -= 1

    for pool in pools:
        event.listen(pool, "checkout", out)
        event.listen(pool, "checkin", back)
    yield held
    for pool in pools:
        event.remove(pool, "checkout", out)
        event.remove(pool, "checkin", back)


@pytest.fixture
def identity(monkeypatch, connections_held):
    """Identity's directory as notification sees it; take somebody's address away by emptying it. Who is among `took_part` is left
    out where it is asked whom to remind. Nobody asks it while holding a connection to the database, in whatever test."""
    there = SimpleNamespace(people={}, asked=[], took_part=set(), in_transactions=[])
    there.sender = {"name": "Aluevirasto", "reply_to": None}

    def answer(request: httpx2.Request) -> httpx2.Response:
        there.in_transactions.extend([request.url.path] if connections_held[get_ident()] else [])
        if request.url.path.endswith("/mail-sender"):
            return httpx2.Response(200, json=there.sender)
        there.asked.append(request)
        gone = there.took_part if request.url.path.endswith("/to-remind") else set()
        ids = [id for id in json.loads(request.content)["ids"] if UUID(id) not in gone]
        known = [there.people[id] for id in ids if id in there.people]
        return httpx2.Response(200, json={"addresses": known})

    monkeypatch.setattr(addresses, "identity", lambda: asked_by(httpx2.MockTransport(answer)))
    yield there
    assert there.in_transactions == [], "identity was asked inside an open transaction"


@pytest.fixture
def joins(identity, hear):
    """Somebody becomes a member of the organisation."""

    def join(name: str, language: str = "fi", roles: tuple[str, ...] = ("participant",)) -> UUID:
        member = uuid4()
        email = f"{name.lower()}@avi.example"
        identity.people[str(member)] = {
            "id": str(member),
            "name": name,
            "email": email,
            "language": language,
        }
        hear("notification", MemberJoined(member_id=member, roles=list(roles), language=language))
        return member

    return join


@pytest.fixture
def people(joins, hear) -> dict[str, UUID]:
    hear("notification", TenantOpened(kind="client", slug="avi", languages=["fi", "sv"]))
    return {
        "kaisa": joins("Kaisa"),
        "mikael": joins("Mikael", "sv"),
        "tuula": joins("Tuula", "fi", ("participant", "coordinator")),
    }


@pytest.fixture
def mailbox(tmp_path) -> Mailbox:
    return Mailbox(tmp_path / "mailbox")


@pytest.fixture
def smtp(mailbox, monkeypatch):
    """A mail server that keeps what it gets."""
    server = Controller(Postman(mailbox), hostname=LOOPBACK, port=free_port())
    server.start()
    monkeypatch.setenv("POLKU_SMTP", f"{LOOPBACK}:{server.port}")
    yield server
    if server.loop.is_running():
        server.stop()


@pytest.fixture
def post_everything(database) -> Callable[[], None]:
    """What cannot be posted is put off, and so not due."""
    with worker_engine_of("notification").begin() as connection:
        connection.execute(text("DELETE FROM timer WHERE name = 'post'"))  # what earlier tests left

    def post() -> None:
        while outgoing.run_what_is_due(worker_sessions_of("notification")):
            continue

    return post


@pytest.fixture
def time_passes(world, avi, post_everything):
    """Weeks go by: everything that is due some day has been done."""

    def pass_() -> None:
        while world.let_time_pass("notification"):
            continue
        post_everything()

    return pass_


@pytest.fixture
def an_hour_passes(world, avi, post_everything):
    """What is due within the hour has been done: invitations go out, reminders are not due yet."""
    soon = text(
        "SELECT * FROM timer WHERE tenant_id = :tenant AND due_at < now() + interval '1 hour' AND name = ANY(:timers)"
    )
    hasten = text(
        "UPDATE timer SET due_at = now() WHERE tenant_id = :tenant AND due_at < now() + interval '1 hour'"
    )

    def pass_() -> None:
        engine, ours = worker_engine_of("notification"), {"tenant": world.avi}
        while True:
            with engine.begin() as connection:
                connection.execute(hasten, ours)
                due = connection.execute(soon, ours | {"timers": list(listeners.timers)}).all()
            if not sum(run_one(row, listeners, worker_sessions_of("notification")) for row in due):
                break
        post_everything()

    return pass_


@pytest.fixture
def mails(mailbox):
    """Who got what: {"kaisa": [message, ...]}, oldest first."""

    def by_person() -> dict[str, list]:
        got: dict[str, list] = {}
        for mail in reversed(list(mailbox.mails())):
            got.setdefault(mail.to.partition("@")[0], []).append(mail.message)
        return got

    return by_person
