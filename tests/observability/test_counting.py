"""What Prometheus reads, and who may read it."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from types import SimpleNamespace
from uuid import uuid4

import httpx2
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families as parse
from sqlalchemy import create_engine, text

from infra.database.postgres import free_port
from infra.processes.process import ROOT
from shared.contracts.survey import ViewShared
from shared.contracts.workshop import AttendeesCounted, RoundStarted
from shared.messaging.batch_telemetry import count_handled, tenant_to_count
from shared.messaging.bus import BusAway
from shared.messaging.consumer import HALT_AFTER
from shared.messaging.dead_letters.partition_halt import resume
from shared.messaging.events import envelope_for
from shared.messaging.gauges import OfServices, OldestUnsent
from shared.messaging.listeners import Listeners
from shared.messaging.outbox import put_in_outbox
from shared.messaging.relay import relay_once
from shared.messaging.scheduling import schedule
from shared.messaging.timers import run_due_timers
from shared.telemetry import metrics
from shared.telemetry.scrape import may_ask, text_of
from shared.web.tokens import Caller, issue
from tests.observability.events import handle_all, tell
from tests.portal.live_process import until
from tests.shared.conftest import SERVICE, Note

PATIENCE = 30
PARTITIONS, ROUNDS = "0123", (SERVICE, "workshop.round")


def counts(told: bytes | str) -> dict[tuple, float]:
    """{(name, label, label, ...): value}, the labels in the order of their names."""
    words = told.decode() if isinstance(told, bytes) else told
    return {
        (sample.name, *(sample.labels[label] for label in sorted(sample.labels))): sample.value
        for family in parse(words)
        for sample in family.samples
    }


@contextmanager
def served(processes: int = 2):
    """A service as it is served in the real world."""
    port = free_port()
    line = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "python:infra.serving.gunicorn_settings",
        "-w",
        str(processes),
    ]
    line += [
        "-k",
        "gthread",
        "--threads",
        "2",
        "-b",
        f"127.0.0.1:{port}",
        f"services.{SERVICE}.app:create_app()",
    ]
    process = subprocess.Popen(line, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
        try:
            until(lambda: answers(client))
            yield process, client
        finally:
            process.send_signal(signal.SIGTERM)
            process.said = process.communicate(timeout=PATIENCE)[1]


def answers(client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx2.TransportError:
        return False


def ask_once(client, tenant=None) -> int:
    caller = Caller(tenant=tenant or uuid4(), subject=uuid4(), roles=frozenset({"service"}))
    bearer = {"Authorization": f"Bearer {issue('portal', SERVICE, caller)}", "Connection": "close"}
    return client.get("/bus", headers=bearer).status_code


def folders_of(server) -> list[str]:
    return [name for name in os.listdir("/dev/shm") if name.startswith(f"polku-counts-{server.pid}-")]


def test_processes_behind_one_port_count_together_and_what_dies_stays_counted(database):
    with served(processes=2) as (server, client):
        assert [ask_once(client) for _ in range(20)] == [200] * 20
        first = counts(client.get("/metrics").text)
        assert first["polku_requests_total", "GET", "/bus", SERVICE, "200"] == 20
        assert first["polku_database_pool_limit", SERVICE] >= 8
        killed = psutil.Process(server.pid).children()
        for child in killed:
            child.kill()
        psutil.wait_procs(killed, PATIENCE)
        until(lambda: answers(client))
        assert ask_once(client) == 200
        again = counts(client.get("/metrics").text)
        assert again["polku_requests_total", "GET", "/bus", SERVICE, "200"] == 21
        assert again["polku_database_pool_limit", SERVICE] <= 8 * 2  # the dead hold no connections
        assert len(folders_of(server)) == 1
    assert folders_of(server) == []


@pytest.mark.parametrize(
    "environ, may",
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, True),
        ({"REMOTE_ADDR": "::1"}, True),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_VIA": "1.1 proxy"}, False),
        ({"REMOTE_ADDR": "10.1.2.3"}, True),
        ({"REMOTE_ADDR": "10.2.0.1"}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "werkzeug.proxy_fix.orig": {"REMOTE_ADDR": "192.0.2.1"}}, False),
        ({}, False),
    ],
)
def test_only_this_machine_and_named_networks_may_ask_and_nobody_through_a_gateway(monkeypatch, environ, may):
    monkeypatch.setenv("POLKU_METRICS_FROM", "10.1.0.0/16, fd00::/8")
    assert may_ask(environ) is may


def test_who_may_not_ask_is_told_that_nothing_is_there(world):
    page = world.app(SERVICE).test_client()
    assert page.get("/metrics").status_code == 200
    refused = page.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"})
    assert refused.status_code == 404 and b"polku_" not in refused.data


def state(engine) -> dict[tuple, float]:
    return counts(text_of(OfServices({SERVICE: engine})))


def test_what_waits_what_lags_and_what_has_died_is_counted_when_somebody_looks(engine, bus, notes, avi):
    listeners = Listeners(SERVICE)

    @listeners.on(RoundStarted)
    def stumble(started, session):
        raise ValueError

    run = uuid4()
    tell(bus, *(RoundStarted(run_id=run, round=number) for number in (1, 2)))
    handle_all(listeners, notes, bus)
    tell(bus, RoundStarted(run_id=run, round=3))
    with notes.begin() as session:
        note = Note(words="x")
        session.add(note)
        note.say()
    found = state(engine)
    assert found["polku_outbox_events", SERVICE] == 1
    assert found["polku_dead_letters", SERVICE, "dead"] == 1
    assert found["polku_dead_letters", SERVICE, "parked"] == 1
    lags = [found["polku_consumer_lag_events", partition, *ROUNDS] for partition in PARTITIONS]
    assert sorted(lags) == [0, 0, 0, 1]
    assert found["polku_service_counted", SERVICE] == 1


def test_a_halted_partition_is_counted_until_it_is_resumed(engine, notes, bus, avi):
    listeners = Listeners(SERVICE)

    @listeners.on(RoundStarted)
    def stumble(started, session):
        raise ValueError

    tell(bus, *(RoundStarted(run_id=uuid4(), round=1) for _ in range(8 * HALT_AFTER)))
    failed = counts(text_of()).get(("polku_failed_attempts_total", SERVICE), 0)
    handle_all(listeners, notes, bus)
    held = held_of(state(engine))
    assert held
    assert state(engine)["polku_failed_attempts_total", SERVICE] > failed
    with engine.begin() as connection:
        for partition in held:
            resume(connection, SERVICE, "workshop.round", int(partition), "a test")
    assert held_of(state(engine)) == []


def held_of(found: dict[tuple, float]) -> list[str]:
    return [partition for partition in PARTITIONS if found["polku_partition_halted", partition, *ROUNDS] == 1]


def test_what_comes_again_and_is_left_out_is_counted(engine, notes, bus, avi):
    listeners, name = Listeners(SERVICE), ("polku_redeliveries_total", SERVICE)
    listeners.on(RoundStarted)(lambda started, session: session.add(Note(words="x")))
    before = counts(text_of()).get(name, 0)
    tell(bus, *(RoundStarted(run_id=uuid4(), round=1) for _ in range(7)))
    handle_all(listeners, notes, bus)
    assert counts(text_of()).get(name, 0) == before
    with engine.begin() as connection:
        connection.execute(text("UPDATE group_partition SET committed = 0"))
    handle_all(listeners, notes, bus)
    assert counts(text_of())[name] == before + 7


def test_an_alarm_that_nobody_rang_is_counted(engine, notes, avi, bus):
    with notes.begin() as session:
        at = session.scalar(text("SELECT now() - interval '2 minutes'"))
        schedule(session, at, "wake up", uuid4())
    assert state(engine)["polku_timers_overdue", SERVICE] == 1
    assert state(engine)["polku_alarms_overdue", SERVICE] == 1  # its name of before
    listeners = Listeners(SERVICE)
    listeners.when_due("wake up")(lambda about, session: None)
    run_due_timers(listeners, notes)
    assert state(engine)["polku_timers_overdue", SERVICE] == 0


def test_a_service_that_cannot_be_asked_is_said_to_be_so():
    nobody = create_engine(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/nothing")
    found = counts(text_of(OfServices({"voting": nobody})))
    assert found["polku_service_counted", "voting"] == 0
    assert ("polku_outbox_events", "voting") not in found


def test_the_oldest_unsent_event_is_as_old_as_the_first_look_that_knew_its_number():
    now = [100.0]
    oldest = OldestUnsent(lambda: now[0])
    assert oldest.age(None, None) == 0
    assert oldest.age(5, 9) == 0
    now[0] = 130
    assert oldest.age(7, 12) == 30  # 7 was known at 100
    now[0] = 160
    assert oldest.age(10, 12) == 30  # 10 was first seen at 130
    assert oldest.age(None, None) == 0
    assert oldest.age(20, 20) == 0


def test_many_looks_at_a_stuck_outbox_forget_nothing_of_its_age():
    now = [0.0]
    oldest = OldestUnsent(lambda: now[0])
    for _ in range(5000):
        age = oldest.age(1, int(now[0]) + 1)
        now[0] += 1
    assert age == 4999 and len(oldest.sightings) <= 1001


def test_what_a_service_told_and_a_bus_that_is_away_are_seen(engine, bus, notes, avi):
    with notes.begin() as session:
        note = Note(words="x")
        session.add(note)
        note.say()
    away = SimpleNamespace(relay=refuse)
    with pytest.raises(BusAway):
        relay_once(engine, SERVICE, away)
    assert state(engine)["polku_bus_accepts", SERVICE] == 0
    relay_once(engine, SERVICE, bus)
    found = state(engine)
    assert found["polku_bus_accepts", SERVICE] == 1
    assert found["polku_relay_batch_events_count", SERVICE] >= 1
    with engine.connect() as connection:
        told = counts(text_of(OfServices({"workshop": engine})))
        on_the_bus = connection.scalar(text("SELECT sum(next_position) FROM log_partition"))
    assert told["polku_events_told_total", "workshop", "workshop.round"] == on_the_bus == 1


def refuse(connection, service, at_most, window):
    raise BusAway


def test_anonymous_events_are_counted_without_their_organisation(avi):
    view = envelope_for(
        ViewShared(run_id=uuid4(), theme_id=uuid4(), view_id=uuid4(), language="fi"), "survey"
    )
    round = envelope_for(RoundStarted(run_id=uuid4(), round=1), "workshop")
    count_handled("lineage", [view.headers, round.headers, round.headers, {"ce_type": "garbage"}])
    found = counts(text_of())
    assert found["polku_events_handled_total", "lineage", str(avi)] == 2
    assert found["polku_events_handled_total", "lineage", metrics.ANONYMOUS] >= 2


def test_garbage_is_counted_without_what_it_says_of_an_organisation():
    told = {"ce_type": RoundStarted.type} | {"ce_tenantid": "Liisan virasto"}
    assert tenant_to_count(told["ce_type"], told["ce_tenantid"]) == metrics.ANONYMOUS
    assert tenant_to_count(told["ce_type"], None) == metrics.ANONYMOUS


def test_requests_are_measured_by_organisation_but_for_those_of_who_takes_part(world, http):
    def measured() -> tuple[float, float, float]:
        found = counts(text_of())
        by = [("polku_tenant_request_seconds_count", "practice", who) for who in (mine, metrics.ANONYMOUS)]
        spent = found.get(("polku_tenant_database_seconds_total", "practice", mine), 0)
        return found.get(by[0], 0), found.get(by[1], 0), spent

    mine = str(world.avi)
    before = measured()
    assert http("practice").as_("editor").get(f"/runs/{uuid4()}/counts").status_code == 200
    http("practice").as_("participant").get(f"/runs/{uuid4()}/teams")
    after = measured()
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)
    assert after[2] > before[2]


def test_what_waits_is_counted_by_organisation_but_for_anonymous_events(engine, notes, avi):
    anonymous = AttendeesCounted(run_id=uuid4(), activity="workshops", participants=[])
    with notes.begin() as session:
        put_in_outbox(session, [RoundStarted(run_id=uuid4(), round=1), anonymous])
    found = state(engine)
    assert found["polku_tenant_events_waiting", SERVICE, "unsent", str(avi)] == 1
    assert found["polku_tenant_events_waiting", SERVICE, "unsent", metrics.ANONYMOUS] == 1


def test_a_route_is_counted_by_its_template(world, http):
    http("survey").as_("participant").get(f"/runs/{uuid4()}/nothing-here-{uuid4()}")
    routes = {
        name[2] for name in counts(text_of()) if name[0] == "polku_requests_total" and name[3] == "survey"
    }
    assert routes and not any("-" in route and len(route) > 60 for route in routes)
    assert "no such page" in routes
