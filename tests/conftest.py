"""The world of the tests: a real PostgreSQL, a fresh organisation for every test, and always a stranger."""

import gc
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from filelock import FileLock
from sqlalchemy import text

from infra.database.postgres import Postgres
from infra.database.provisioning import make_schemas
from infra.secrets import ensure_secrets
from shared import contracts as contracts
from shared.database import sessions_of, worker_engine_of, worker_sessions_of
from shared.messaging.events import Envelope, Event, envelope_for, open_envelope
from shared.messaging.listeners import Listeners, do_all
from shared.migrations.upgrade import up
from shared.tenancy.sessions import acting_for
from shared.web.tokens import Caller, issue
from tests.identity import dns_server
from tests.identity.provider import Provider, running
from tests.tiers import HERE, tier_of, tier_of_module
from tests.ways import DIRECTLY, OVER_HTTP, Directly

TEMPLATE = "polku_template"
OF_ONE = text("SELECT headers, value FROM outbox WHERE headers ->> 'ce_tenantid' = :tenant ORDER BY seq")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What `-m fast` leaves out is not even loaded."""
    if config.option.markexpr == "fast" and HERE in collection_path.parents:
        return tier_of_module(collection_path) != "fast" or None
    return None


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for rubbish again and again took a twentieth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(tier_of(item))


class Forgetful(Postgres):
    """Waits for no disk: nothing outlives a crash of the machine. Tests of crashes start servers that do."""

    configuration = Postgres.configuration + "fsync = off\nsynchronous_commit = off\n"


@pytest.fixture(scope="session")
def server(request) -> Iterator[Postgres]:
    """One server for the whole test run, however many processes it has; the last one out stops it."""
    home = folder_of_this_run(request.config)
    users = home / "server.users"
    with FileLock(home / "server.lock"):
        private, _ = ensure_secrets(home)
        postgres = Forgetful(home, json.loads(private.read_text()))
        postgres.start()
        users.write_text(str(int(users.read_text()) + 1 if users.exists() else 1))
    yield postgres
    with FileLock(home / "server.lock"):
        left = int(users.read_text()) - 1
        users.write_text(str(left))
        if not left:
            postgres.stop()
    if not left:
        shutil.rmtree(home)


def folder_of_this_run(config: pytest.Config) -> Path:
    """Shared by the processes of one run and by no other run: not below pytest's folder, which every run of the same
    user locks anew against PostgreSQL's own user."""
    run = getattr(config, "workerinput", {}).get("testrunuid", uuid4().hex)
    home = Path(tempfile.gettempdir()) / f"polku-tests-{run}"
    home.mkdir(mode=0o711, exist_ok=True)
    return home


@pytest.fixture(scope="session")
def worker_id(request) -> str:
    return getattr(request.config, "workerinput", {}).get("workerid", "master")


@pytest.fixture(scope="session", autouse=True)
def environment(request, tmp_path_factory, worker_id) -> None:
    """Point the settings at the test installation; the database itself starts when a test first asks for it."""
    os.environ["POLKU_HOME"] = str(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def database(server: Postgres, worker_id) -> str:
    """A database of this process, with every service's tables: a copy of the one that the first process migrated."""
    name = f"polku_{worker_id}"
    folder = server.data.parent
    os.environ |= {"POLKU_SECRETS": str(folder / "secrets.json"), "POLKU_JWKS": str(folder / "jwks.json")}
    with FileLock(folder / "provision.lock"):
        if not (folder / TEMPLATE).exists():
            os.environ["POLKU_DATABASE"] = server.address(TEMPLATE)
            server.provision(TEMPLATE)
            up()
            (folder / TEMPLATE).touch()
        copy_of_the_template(server, name)
    os.environ["POLKU_DATABASE"] = server.address(name)
    return name


def copy_of_the_template(server: Postgres, name: str) -> None:
    with server.connect() as connection:
        made = f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER polku_owner STRATEGY FILE_COPY"
        connection.execute(made)
    with server.connect(name) as connection:
        make_schemas(connection, name)  # the settings of roles within a database are not copied with it


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    """The one OpenID provider of this process: the consultancy's way in, once set up, leads to it in every test."""
    with running() as provider:
        os.environ["POLKU_SIGN_IN"] = provider.issuer
        yield provider


@pytest.fixture
def zone(monkeypatch) -> Iterator[dns_server.Zone]:
    """The DNS of this test alone: zone.records["_polku.avi.example"] = ["polku-verification=..."]."""
    with dns_server.running() as zone:
        monkeypatch.setenv("POLKU_DNS", zone.address)
        yield zone


@dataclass
class Door:
    """A service's test client, acting as somebody."""

    service: str
    client: Any
    who: Caller

    def as_(self, *roles: str, subject: UUID | None = None, **claims: Any) -> "Door":
        who = Caller(tenant=self.who.tenant, subject=subject or uuid4(), roles=frozenset(roles), **claims)
        return Door(self.service, self.client, who)

    def of(self, tenant: UUID) -> "Door":
        who = Caller(tenant=tenant, subject=self.who.subject, roles=self.who.roles)
        return Door(self.service, self.client, who)

    def credentials(self) -> dict[str, str]:
        issuer = "portal" if self.who.roles == {"service"} else "identity"
        return {"Authorization": f"Bearer {issue(issuer, self.service, self.who)}"}

    def request(self, method: str, path: str, **options: Any):
        headers = self.credentials() | options.pop("headers", {})
        return self.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **options: Any):
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any):
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any):
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any):
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any):
        return self.request("DELETE", path, **options)


@cache
def app_of(service: str) -> Any:
    """Returns the service's one app of this process: to make one takes longer than to ask it, and it remembers nobody."""
    return __import__(f"services.{service}.app", fromlist=["app"]).create_app()


@dataclass
class World:
    """Two organisations that must never see each other, and the services they use."""

    avi: UUID = field(default_factory=uuid4)
    kela: UUID = field(default_factory=uuid4)
    way: str = OVER_HTTP

    def app(self, service: str) -> Any:
        app = app_of(service)
        app.extensions.pop("limits", None)  # which it keeps: the test before may have had others
        return app

    def door(self, service: str) -> Door:
        app = self.app(service)
        client = Directly(app) if self.way == DIRECTLY else app.test_client()
        return Door(service, client, Caller(tenant=self.avi, subject=uuid4()))

    def listeners(self, service: str) -> Listeners:
        return __import__(f"services.{service}.listeners", fromlist=["listeners"]).listeners

    def hear(self, service: str, *happened: Event, source: str = "elsewhere") -> list[Envelope]:
        """Deliver events to a service as the bus would: in their wire form, a batch in one transaction, and all of it twice."""
        envelopes = [envelope_for(event, source) for event in happened]
        arrived = [open_envelope(envelope.headers, envelope.as_row()["value"]) for envelope in envelopes]
        acts = [act for envelope in arrived for act in self.listeners(service).acts_on(envelope)]
        for _ in range(2):
            for tenant, theirs in groupby(acts, key=lambda act: act[0].tenant(act[1])):
                with acting_for(tenant), worker_sessions_of(service).begin() as session:
                    do_all(list(theirs), session)
        return envelopes

    def told(self, service: str, *kinds: type[Event], tenant: UUID | None = None) -> list[Event]:
        """What a service has told about an organisation and not yet sent, oldest first."""
        with worker_engine_of(service).connect() as connection:
            rows = connection.execute(OF_ONE, {"tenant": str(tenant or self.avi)}).all()
        events = [open_envelope(headers, bytes(value)).event for headers, value in rows]
        return [event for event in events if not kinds or isinstance(event, kinds)]

    def let_time_pass(self, service: str) -> int:
        """Fires every timer of this organisation, however far away its moment is."""
        from shared.messaging.timers import run_one

        engine = worker_engine_of(service)
        with engine.begin() as connection:
            change = text(
                "UPDATE timer SET due_at = now() - interval '1 second' WHERE tenant_id = :tenant RETURNING *"
            )
            rows = connection.execute(change, {"tenant": self.avi}).all()
        listeners = self.listeners(service)
        ours = [row for row in rows if row.name in listeners.timers]  # the others are jobs
        return sum(run_one(row, listeners, worker_sessions_of(service)) for row in ours)


@pytest.fixture
def way(request) -> str:
    """How operations are asked; tests of what is declared in shared/contracts/api are asked both ways (their conftest.py)."""
    return getattr(request, "param", OVER_HTTP)


@pytest.fixture
def world(database, way) -> World:
    return World(way=way)


@pytest.fixture
def avi(world: World) -> Iterator[UUID]:
    """Acting for a fresh client organisation."""
    with acting_for(world.avi) as tenant:
        yield tenant


@pytest.fixture
def kela(world: World) -> UUID:
    """The other organisation."""
    return world.kela


@pytest.fixture
def pekka(world: World) -> Callable[[str], Door]:
    """The stranger, from the other organisation: pekka("voting").get(...)."""
    return lambda service: world.door(service).of(world.kela).as_("participant", "coordinator", "lead")


@pytest.fixture
def http(world: World) -> Callable[[str], Door]:
    """http("voting").as_("participant", subject=kaisa).post(...)"""
    return world.door


@pytest.fixture
def hear(world: World, avi) -> Callable[..., list[Envelope]]:
    """hear("voting", ViewShared(...)) delivers an event, twice."""
    return world.hear


@pytest.fixture
def told(world: World) -> Callable[..., list[Event]]:
    """told("voting", RankingReleased) lists what was told."""
    return world.told


@pytest.fixture
def session_of(database) -> Callable[[str], Any]:
    """with session_of("voting") as session: one transaction, committed at the end."""
    return lambda service: sessions_of(service).begin()
