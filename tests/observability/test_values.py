"""What happens shows in the counts: so much of this, that much later. An alert on a count that nobody sets never comes."""

import ast
import json
import math
import platform
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from infra.backup.create import note_it
from services.portal.live.admissions import Admission, Admissions
from services.portal.live.app import Stream
from services.portal.live.channels import Channels, Picture, Topic
from shared.database import POOL_OVERFLOW, POOL_SIZE
from shared.messaging import batch_telemetry as batches
from shared.messaging import gauges
from shared.messaging.gauges import OfServices, OfThisMachine
from shared.messaging.relay import relay_once, relaying
from shared.settings import state_directory
from shared.telemetry import databases
from shared.telemetry.scrape import text_of
from shared.web import request_telemetry as doors
from tests.notification.certificates import Authority
from tests.observability.test_alerts import exported as exported
from tests.observability.test_counting import counts
from tests.shared.conftest import SERVICE, Note

SLOW = 2.0  # seconds; between two bounds of every histogram
Disk = namedtuple("Disk", "total used free")


class Grown:
    """grown["polku_requests_total", ...]: by how much a count is higher than when the test began."""

    def __init__(self) -> None:
        self.before = self.now

    @property
    def now(self) -> dict[tuple, float]:
        return counts(text_of())

    def __getitem__(self, name: tuple) -> float:
        return self.now.get(name, 0) - self.before.get(name, 0)


@pytest.fixture
def slowly(monkeypatch):
    """slowly(module): by that module's watch everything takes two seconds."""

    def slow(module) -> None:
        shown = iter(range(1_000_000))
        monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: next(shown) * SLOW))

    return slow


@pytest.fixture
def connection(engine):
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        yield connection


def test_a_request_is_measured_by_its_route_and_falls_where_its_time_belongs(http, slowly):
    slowly(doors)
    door, grown = http("practice").as_("editor"), Grown()
    assert door.get(f"/runs/{uuid4()}/counts").status_code == 200
    where = ("GET", "/runs/<uuid:run_id>/counts", "practice")
    assert grown["polku_request_seconds_count", *where] == 1
    assert grown["polku_request_seconds_sum", *where] == SLOW
    assert [grown["polku_request_seconds_bucket", le, *where] for le in ("1.0", "2.5")] == [0, 1]


def test_a_statement_is_measured_and_falls_where_its_time_belongs(connection, slowly):
    slowly(databases)
    grown = Grown()
    connection.execute(text("SELECT 1"))
    assert grown["polku_database_seconds_count", SERVICE] == 1
    assert grown["polku_database_seconds_sum", SERVICE] == SLOW
    assert [grown["polku_database_seconds_bucket", le, SERVICE] for le in ("0.5", "2.5")] == [0, 1]


def test_what_the_database_refuses_is_counted_by_its_kind(connection):
    grown = Grown()
    with pytest.raises(DataError):
        connection.execute(text("SELECT 1 / 0"))
    assert grown["polku_database_errors_total", "DivisionByZero", SERVICE] == 1


def test_connections_are_in_use_for_as_long_as_somebody_has_them(engine):
    grown = Grown()
    with engine.connect(), engine.connect():
        assert grown["polku_database_pool_in_use", SERVICE] == 2
        assert grown.now["polku_database_pool_limit", SERVICE] == POOL_SIZE + POOL_OVERFLOW
    assert grown["polku_database_pool_in_use", SERVICE] == 0


def test_a_relays_own_connection_is_not_one_of_the_pools(engine, bus):
    """It is made anew whenever the database has been away; were it counted, the pool would seem full one day."""
    grown = Grown()
    with relaying(engine, SERVICE, bus):
        assert grown["polku_database_pool_in_use", SERVICE] == 0
    assert grown["polku_database_pool_in_use", SERVICE] == 0


def told(notes, times: int) -> None:
    with notes.begin() as session:
        note = Note(words="x")
        session.add(note)
        for round in range(1, times + 1):
            note.say(round)


def test_a_batch_to_the_bus_is_measured(engine, bus, notes, avi, slowly):
    told(notes, 7)
    slowly(batches)
    grown = Grown()
    assert relay_once(engine, SERVICE, bus) == 7
    assert grown["polku_relay_seconds_count", SERVICE] == 1
    assert grown["polku_relay_seconds_sum", SERVICE] == SLOW
    assert [grown["polku_relay_seconds_bucket", le, SERVICE] for le in ("1.0", "2.5")] == [0, 1]
    assert grown["polku_relay_batch_events_sum", SERVICE] == 7


def test_what_waits_for_the_bus_grows_older_until_it_is_gone(engine, bus, notes, avi):
    clock = SimpleNamespace(now=100.0)
    services = OfServices({SERVICE: engine})
    services.unsent[SERVICE].clock = lambda: clock.now

    def age() -> float:
        return counts(text_of(services))["polku_outbox_age_seconds", SERVICE]

    assert age() == 0
    told(notes, 1)
    assert age() == 0
    clock.now += 90
    assert age() == 90
    relay_once(engine, SERVICE, bus)
    assert age() == 0


def test_a_stream_is_counted_while_it_is_open():
    grown, topic = Grown(), Topic(uuid4(), "townhall", uuid4())
    channels = Channels(lambda topic: Picture(1, b""))
    for_long = Admission(frozenset(), math.inf)
    streams = [Stream(channels, Admissions(), topic, for_long, None) for _ in range(3)]
    assert grown["polku_live_streams",] == 3
    for stream in streams:
        stream.close()
    assert grown["polku_live_streams",] == 0


def of_this_machine() -> dict[tuple, float]:
    return counts(text_of(OfThisMachine()))


def test_the_room_is_that_of_the_disk_on_which_our_data_lie(monkeypatch):
    disks = {state_directory(): Disk(100, 93, 7)}
    monkeypatch.setattr(gauges.shutil, "disk_usage", disks.__getitem__)
    found = of_this_machine()
    assert (found["polku_disk_free_bytes",], found["polku_disk_size_bytes",]) == (7, 100)


def test_the_last_backup_is_as_old_as_its_note(monkeypatch, tmp_path):
    monkeypatch.setenv("POLKU_HOME", str(tmp_path))
    assert ("polku_backup_timestamp_seconds",) not in of_this_machine()
    note_it({"bytes": 1})
    noted = json.loads((tmp_path / gauges.LAST_BACKUP).read_text())["finished"]
    assert of_this_machine()["polku_backup_timestamp_seconds",] == noted
    (tmp_path / gauges.LAST_BACKUP).write_text("half a no")
    assert ("polku_backup_timestamp_seconds",) not in of_this_machine()


def test_a_certificate_is_counted_by_its_end_and_one_that_cannot_be_read_has_long_ended(
    monkeypatch, tmp_path
):
    days = {"gateway": 30, "old": -1}
    begun = datetime.now(UTC).replace(microsecond=0)
    for name, left in days.items():
        Authority(tmp_path).secures(name, left)
    (tmp_path / "garbage.pem").write_text("-----BEGIN CERTIFICATE-----")
    files = [tmp_path / f"{name}.pem" for name in (*days, "garbage", "lost")]
    monkeypatch.setenv("POLKU_CERTIFICATES", ", ".join(map(str, files)))
    found = of_this_machine()
    for name, left in days.items():
        ends = datetime.fromtimestamp(
            found["polku_certificate_expires_timestamp_seconds", f"{name}.pem"], UTC
        )
        assert begun <= ends - timedelta(days=left) <= datetime.now(UTC)
    for name in ("garbage.pem", "lost.pem"):
        assert found["polku_certificate_expires_timestamp_seconds", name] == 0


def test_what_runs_here_says_its_version(monkeypatch):
    monkeypatch.setenv("POLKU_VERSION", "2026.48")
    assert Grown().now["polku_build_info", platform.python_version(), "2026.48"] == 1


def read_for_their_values() -> set[str]:
    """The series that tests look up in `counts`, as the first word of a key."""
    here = Path(__file__).parent
    keys = [
        node.elts[0]
        for path in [*here.glob("test_*.py"), here.parent / "notification" / "test_mail_outage.py"]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Tuple) and node.elts
    ]
    return {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def test_everything_that_is_counted_is_looked_up_by_a_test(exported):
    families = {name.removesuffix("_bucket") for name in exported if name.endswith("_bucket")}
    parts = {name: {name, f"{name}_bucket", f"{name}_sum", f"{name}_count"} for name in families}
    single = {name for name in exported if name.startswith("polku_")} - set().union(*parts.values())
    asked = parts | {name: {name} for name in single}
    read = read_for_their_values()
    assert {name for name, series in asked.items() if not series & read} == set()
