"""A person who had herself erased is in no file any more: whoever has the disk in hand finds neither name, address nor subject.

Before it, the same search finds all of them: it looks into the right places.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from infra.demo.mailbox import Mailbox
from services.identity.listeners import listeners
from services.identity.models import Organisation
from shared.contracts.process import PhaseOpened
from shared.database import worker_engine_of, worker_sessions_of
from shared.messaging.messaging_tables import MESSAGING_TABLES
from shared.messaging.timers import run_due_timers
from shared.migrations.upgrade import config_for, enter, up
from shared.privacy.keys import folder_of_keys
from shared.settings import backup_days, database_url, state_directory
from shared.tenancy.sessions import acting_for
from tests.identity.houses import House
from tests.identity.test_clients import inside
from tests.journeys.test_erasure import erase, sweep
from tests.journeys.test_erasure import everything as everything

BLOCK = 1 << 20
MEMBER = (
    "INSERT INTO member (id, name, email, language, given_roles, vouched_roles, joined_at) "
    "VALUES (:id, :name, '', 'fi', '{}', '{}', now())"
)


class Traces:
    """What can lead to one person, and where on the disk it is looked for."""

    def __init__(self, house: House, folders: list[Path], server) -> None:
        self.name, self.subject = f"Pirkko-Liisa Purolainen-{house.slug}", f"sub-{house.slug}-7f3a"
        self.email = f"pirkko-liisa.purolainen@{house.domain}"
        self._folders, self._server = folders, server

    @property
    def all(self) -> set[str]:
        return {self.name, self.subject, self.email}

    def found(self) -> dict[str, set[str]]:
        """Each file in which one of them stands, in whatever case: {"pg_wal/0000...": {"name@..."}}."""
        with self._server.connect() as connection:
            connection.execute("CHECKPOINT")
        wanted = {trace: trace.lower().encode() for trace in self.all}
        return {str(path): hit for path in self._files() if (hit := self._in_file(path, wanted))}

    def found_once_written_again(self, database: str) -> dict[str, set[str]]:
        """As found(), her row written again first: another process of the tests may end the server's log at any time."""
        with self._server.connect(database) as connection:
            connection.execute("UPDATE identity.member SET name = name WHERE name = %s", [self.name])
        return self.found()

    def _files(self) -> Iterator[Path]:
        for folder in self._folders:
            yield from (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())

    @staticmethod
    def _in_file(path: Path, wanted: dict[str, bytes]) -> set[str]:
        longest, hits, before = max(map(len, wanted.values())), set(), b""
        try:
            with path.open("rb") as file:
                while block := file.read(BLOCK):
                    seen = before + block.lower()
                    hits |= {trace for trace, sought in wanted.items() if sought in seen}
                    before = seen[-longest:]
        except FileNotFoundError:  # the server took it away meanwhile
            return set()
        return hits


@pytest.fixture
def mailbox(tmp_path) -> Mailbox:
    return Mailbox(tmp_path / "mailbox")


@pytest.fixture
def traces(avis, server, tmp_path, mailbox) -> Traces:
    return Traces(avis, [server.data.parent, state_directory(), folder_of_keys(), tmp_path], server)


@pytest.fixture
def pirkko(avis, traces, world, mailbox, server, database):
    """Listed by the administrator, signed in, invited, and sent a mail; her colleague Kaisa as well."""
    sari = inside(avis, avis.sign_in(avis.employ("Sari", roles=["admin"])))
    people = [{"name": traces.name, "email": traces.email, "unit": "Työsuojelu"}]
    assert sari.post("/people-list", json={"people": people}).json["added"] == 1
    avis.provider.know(traces.subject, name=traces.name, email=traces.email, email_verified=True)
    pirkko = inside(avis, avis.sign_in(traces.subject))
    assert sari.patch(f"/members/{pirkko.who.subject}", json={"roles": ["coordinator"]}).status_code == 200
    run = pirkko.who.subject
    with acting_for(avis.id):
        world.hear("notification", PhaseOpened(run_id=run, phase="views", activities=["give_views"]))
    mailbox.keep([traces.email], f"To: {traces.name} <{traces.email}>\r\n\r\nHello".encode())
    avis.sign_in(avis.employ("Kaisa"))
    with server.connect(database) as connection:
        connection.execute("ANALYZE identity.member")
    return pirkko


def let_the_night_pass(house: House) -> None:
    """What identity has to do tonight for this organisation, and a minute later."""
    for _ in range(2):
        with worker_engine_of("identity").begin() as connection:
            due = text("UPDATE timer SET due_at = now() - interval '1 second' WHERE tenant_id = :ours")
            connection.execute(due, {"ours": house.id})
        run_due_timers(listeners, worker_sessions_of("identity"))


def let_mails_age(mailbox: Mailbox) -> None:
    long_ago = time.time() - (backup_days() + 1) * 86400
    for path in mailbox.folder.glob("*.eml"):
        os.utime(path, (long_ago, long_ago))
    mailbox.forget_old()


def test_who_was_erased_is_in_no_file_the_morning_after(pirkko, traces, avis, mailbox, database):
    assert set().union(*traces.found().values()) == traces.all
    assert any("/base/" in path for path in traces.found())
    assert any("/pg_wal/" in path for _ in range(10) for path in traces.found_once_written_again(database))
    assert pirkko.delete("/me").status_code == 204
    assert traces.found(), "an UPDATE leaves the row before it"
    let_the_night_pass(avis)
    let_mails_age(mailbox)
    assert traces.found() == {}
    kaisa = avis.person(avis.sign_in(avis.employ("Kaisa")))
    assert kaisa["name"] == "Kaisa"


def test_nobody_of_an_erased_client_is_in_a_file_the_morning_after(
    pirkko, traces, avis, consultancy, everything, mailbox
):
    with acting_for(avis.id), worker_sessions_of("identity").begin() as session:
        Organisation.ours(session).consultancy_id = consultancy.id
    erase(avis, consultancy)
    sweep()
    assert traces.found(), "a DELETE leaves the row"
    let_the_night_pass(consultancy)
    let_mails_age(mailbox)
    assert traces.found() == {}


def test_what_statistics_quoted_before_the_upgrade_is_in_no_file_after_it(server, database, avis):
    """A server that has lived with an earlier version: one name in its table, and a sample of it in the statistics."""
    name, quoted = f"statistics_{uuid4().hex[:8]}", f"Pirkko-Liisa {uuid4().hex}"
    server.provision(name)
    engine = create_engine(database_url("polku_owner").replace(f"/{database}?", f"/{name}?"))
    with engine.connect() as connection:
        enter(connection, "identity")
        MESSAGING_TABLES.create_all(connection)
        connection.commit()
        command.upgrade(config_for("identity", connection), "identity_0014")
        connection.execute(text(f"SET app.tenant = '{avis.id}'"))
        connection.execute(
            text(MEMBER), [{"id": uuid4(), "name": f"{quoted} {number}"} for number in range(3)]
        )
        connection.execute(text("ALTER TABLE member NO FORCE ROW LEVEL SECURITY"))
        connection.execute(text("ANALYZE member"))
        connection.execute(text("TRUNCATE member CASCADE"))
        connection.commit()
        traces = Traces(avis, [server.data / "base"], server)
        traces.name = quoted
        assert traces.found()
    up(["identity"], engine)
    assert traces.found() == {}


def test_statistics_of_the_database_quote_nobody(pirkko, avis, server, database):
    """ANALYZE keeps samples of what columns hold, where no erasure would reach."""
    with server.connect(database) as connection:
        connection.execute("ANALYZE identity.member")
        quoted = connection.execute(
            "SELECT tablename, attname FROM pg_stats WHERE schemaname = 'identity' AND tablename ~ 'member' "
            "AND attname IN ('name', 'email', 'issuer', 'subject', 'lower')"
        ).fetchall()
    assert quoted == []


def test_the_demonstrations_mailbox_keeps_no_mail_for_ever(mailbox):
    mailbox.keep(["kaisa@avi.example"], b"Subject: old\r\n\r\nHello")
    let_mails_age(mailbox)
    mailbox.keep(["kaisa@avi.example"], b"Subject: new\r\n\r\nHello")
    assert [mail.message["Subject"] for mail in mailbox.mails()] == ["new"]
