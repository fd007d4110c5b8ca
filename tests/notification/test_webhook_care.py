"""What an administrator does with an endpoint, what the house keeps of it, and for how long."""

import base64
from datetime import UTC, datetime, timedelta
from threading import Event as Signal
from threading import Thread
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from standardwebhooks import WebhookVerificationError

from infra.database.postgres import free_port
from services.notification.listeners import jobs, listeners
from shared.contracts.process import PhaseClosed, PlanAgreed
from shared.database import worker_engine_of, worker_sessions_of
from shared.messaging.bus.postgres import PostgresEventBus
from shared.messaging.jobs import JobRunner
from shared.messaging.scheduling import schedule
from shared.messaging.timers import run_one
from shared.messaging.worker import Worker
from tests.notification.test_webhook_failures import until
from tests.notification.webhooks import verified

RUN = uuid4()


def test_the_secret_cannot_be_read_in_the_database(hook, session_of):
    with session_of("notification") as session:
        sealed = bytes(session.scalar(text("SELECT sealed_secret FROM webhook")))
    secret = base64.b64decode(hook.secret.removeprefix("whsec_"))
    assert len(secret) == 32 and secret not in sealed


def test_a_secret_that_was_put_into_another_row_does_not_open(
    hook, register, receiver, hear, session_of, calls_go_out
):
    register(receiver.address, PhaseClosed)
    with session_of("notification") as session:
        swap = "UPDATE webhook SET sealed_secret = (SELECT sealed_secret FROM webhook WHERE id = :id)"
        session.execute(text(swap), {"id": hook.id})
    hear("notification", PhaseClosed(run_id=RUN, phase="views", activities=[]))
    calls_go_out()
    assert receiver.got == []


def test_the_old_secret_signs_for_one_day_more(hook, hear, receiver, calls_go_out):
    new = hook.admin.post(f"{hook.path}/rotations").json["secret"]
    hear("notification", PlanAgreed(run_id=RUN, version=1))
    calls_go_out(hours=23)
    assert verified(receiver.got[0], hook.secret) == verified(receiver.got[0], new)
    hear("notification", PlanAgreed(run_id=RUN, version=2))
    calls_go_out(hours=2)
    assert verified(receiver.got[1], new)
    with pytest.raises(WebhookVerificationError):
        verified(receiver.got[1], hook.secret)


def test_ten_endpoints_are_enough(register, receiver, sari):
    for _ in range(10):
        register(receiver.address)
    wished = {"name": "One more", "address": receiver.address, "types": [PlanAgreed.type]}
    assert sari.post("/webhooks", json=wished).json["code"] == "too-many-webhooks"


def test_a_test_is_tried_once_and_does_not_count_as_failing(hook, receiver, calls_go_out):
    receiver.usual = 500
    assert hook.admin.post(f"{hook.path}/tests").status_code == 202
    calls_go_out()
    calls_go_out(hours=30)
    assert len(receiver.got) == 1
    assert [(line["state"], line["status"]) for line in hook.log()] == [("failed", 500)]
    assert hook.admin.get(hook.path).json["failing_since"] is None


def test_the_log_is_read_page_by_page(hook, hear, receiver, calls_go_out):
    hear("notification", *[PlanAgreed(run_id=RUN, version=version) for version in range(5)])
    calls_go_out()
    seen, after = [], None
    while True:
        page = hook.admin.get(
            f"{hook.path}/deliveries", query_string={"limit": 2, "after": after} if after else {"limit": 2}
        ).json
        seen += [line["id"] for line in page["items"]]
        after = page["next"]
        if not after:
            break
    assert len(seen) == len(set(seen)) == 5


def test_the_log_is_forgotten_after_its_time(hook, hear, receiver, calls_go_out, session_of, world):
    hear("notification", PlanAgreed(run_id=RUN, version=1))
    calls_go_out()
    with session_of("notification") as session:
        session.execute(text("UPDATE delivery SET happened_at = happened_at - interval '31 days'"))
        due = text("UPDATE timer SET due_at = now() WHERE about = :id AND name = 'tidy' RETURNING *")
        timer = session.execute(due, {"id": hook.id}).one()
    assert run_one(timer, listeners, worker_sessions_of("notification"))
    assert hook.log() == []
    with session_of("notification") as session:
        again = "SELECT count(*) FROM timer WHERE about = :id AND name = 'tidy' AND due_at > now()"
        assert session.scalar(text(again), {"id": hook.id}) == 1


def test_who_did_what_is_kept_also_when_the_endpoint_is_gone(hook, register, receiver):
    admin = hook.admin
    admin.post(f"{hook.path}/pauses")
    admin.post(f"{hook.path}/rotations")
    admin.delete(hook.path)
    changes = admin.get("/webhooks/changes").json["items"]
    assert [change["what"] for change in changes] == ["removed", "rotated", "paused", "registered"]
    assert {UUID(change["member_id"]) for change in changes} == {admin.who.subject}


def test_another_worker_does_not_take_what_is_out(hook, hear, receiver, calls_go_out):
    receiver.usual = "hang"
    hear("notification", PlanAgreed(run_id=RUN, version=1))
    assert jobs.start_due(worker_sessions_of("notification")) == 1
    until(lambda: receiver.got)
    hear("notification", PlanAgreed(run_id=RUN, version=2))  # rings it again
    other = JobRunner("notification", jobs.jobs)
    assert other.run_what_is_due(worker_sessions_of("notification")) == 1  # finds the endpoint busy
    assert len(receiver.got) == 1
    receiver.over.set()
    until(lambda: not jobs._in_flight)


def test_what_is_scheduled_while_its_job_is_out_is_run_once_more(avi, calls_go_out):
    runs = []

    def rings_itself_once(about: UUID) -> None:
        if not runs:
            rung_now(about)
        runs.append(about)

    rung_now(uuid4())
    own = JobRunner("notification", {"deliver": rings_itself_once})
    for _ in range(3):
        own.run_what_is_due(worker_sessions_of("notification"))
    assert len(runs) == 2


def rung_now(about: UUID) -> None:
    with worker_sessions_of("notification").begin() as session:
        schedule(session, datetime.now(UTC) - timedelta(seconds=1), "deliver", about)


def test_the_worker_calls_as_soon_as_something_happened(hook, world, receiver, hear, calls_go_out):
    stop = Signal()
    worker = Worker(
        listeners,
        worker_sessions_of("notification"),
        PostgresEventBus(worker_engine_of("notification")),
        stop,
    )
    thread = Thread(target=worker.run)
    thread.start()
    try:
        hear("notification", PlanAgreed(run_id=RUN, version=1))
        until(lambda: [line["state"] for line in hook.log()] == ["delivered"])
    finally:
        stop.set()
        thread.join()
    assert len(receiver.got) == 1


def test_nobody_there_is_written_in_the_log(register, one_machine, hear, calls_go_out):
    hook = register(f"http://127.0.0.1:{free_port()}/hooks")
    hear("notification", PlanAgreed(run_id=RUN, version=1))
    calls_go_out()
    assert [(line["state"], line["trouble"], line["status"]) for line in hook.log()] == [
        ("waiting", "no_connection", None)
    ]
