"""An organisation's own systems hear what happens: registered, signed, delivered, written in a log."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from msgspec.structs import replace
from sqlalchemy import text
from standardwebhooks import WebhookVerificationError

from shared.contracts.notification import WebhookChanged
from shared.contracts.process import PhaseClosed, PlanAgreed
from shared.database import worker_sessions_of
from shared.messaging.events import envelope_for
from shared.tenancy.sessions import acting_for
from tests.notification.webhooks import verified
from tests.shared.conftest import as_owner

RUN = uuid4()


def test_what_happens_reaches_the_endpoint_signed(hook, hear, receiver, calls_go_out):
    [envelope] = hear("notification", PlanAgreed(run_id=RUN, version=2))
    calls_go_out()
    [got] = receiver.got
    event = verified(got, hook.secret)
    assert got.headers["webhook-id"] == event["id"] == str(envelope.id)
    assert got.headers["Content-Type"] == "application/cloudevents+json"
    assert event["specversion"] == "1.0" and event["type"] == PlanAgreed.type
    assert event["data"] == {"run_id": str(RUN), "version": 2, "changed_phases": []}


def test_who_did_it_stays_in_the_house(hook, hear, receiver, calls_go_out):
    hear("notification", PlanAgreed(run_id=RUN, version=2, by_id=uuid4()))
    calls_go_out()
    assert "by_id" not in verified(receiver.got[0], hook.secret)["data"]


def test_that_an_endpoint_was_registered_is_told_with_who_did_it_and_not_where_it_is(hook, sari, told):
    (changed,) = told("notification", WebhookChanged)
    assert (changed.what, changed.by_id) == ("registered", sari.who.subject)


def test_somebody_elses_signature_is_not_ours(hook, hear, receiver, calls_go_out, register):
    other = register(receiver.address, PhaseClosed)
    hear("notification", PlanAgreed(run_id=RUN, version=2))
    calls_go_out()
    with pytest.raises(WebhookVerificationError):
        verified(receiver.got[0], other.secret)


def test_the_cloudevents_library_reads_what_we_send(hook, hear, receiver, calls_go_out):
    hear("notification", PlanAgreed(run_id=RUN, version=2))
    calls_go_out()
    event = JSONFormat().read(CloudEvent, receiver.got[0].body)
    assert event.get_type() == PlanAgreed.type and event.get_data()["version"] == 2


def test_an_event_that_the_bus_brings_twice_is_delivered_once(hook, hear, receiver, calls_go_out):
    hear("notification", PlanAgreed(run_id=RUN, version=2))
    calls_go_out()
    calls_go_out(hours=48)
    assert len(receiver.got) == len(hook.log()) == 1


def test_an_event_is_delivered_once_though_its_mark_in_the_inbox_is_long_gone(
    hook, world, hear, receiver, calls_go_out
):
    [envelope] = hear("notification", PlanAgreed(run_id=RUN, version=2))
    owner = as_owner("notification")  # a worker forgets nothing
    with owner.begin() as connection:
        connection.execute(text("DELETE FROM inbox WHERE event_id = :id"), {"id": envelope.id})
    owner.dispose()
    world.listeners("notification").hear(envelope, worker_sessions_of("notification"))
    calls_go_out()
    assert len(receiver.got) == 1


def test_only_what_was_chosen_is_sent(hook, hear, receiver, calls_go_out):
    hear("notification", PhaseClosed(run_id=RUN, phase="views", activities=["give_views"]))
    calls_go_out()
    assert receiver.got == [] and hook.log() == []


def test_what_happened_before_it_was_registered_is_not_sent(register, receiver, world, hear, calls_go_out):
    register(receiver.address)
    earlier = envelope_for(PlanAgreed(run_id=RUN, version=1), "process")
    earlier = replace(earlier, time=datetime.now(UTC) - timedelta(hours=3))
    world.listeners("notification").hear(earlier, worker_sessions_of("notification"))
    calls_go_out()
    assert receiver.got == []


def test_organisations_do_not_hear_of_each_other(hook, register, world, kela, hear, receiver, calls_go_out):
    theirs = register(receiver.address, admin=hook.admin.of(kela))
    with acting_for(kela):
        hear("notification", PlanAgreed(run_id=RUN, version=7))
    calls_go_out()
    calls_go_out(tenant=kela)
    [got] = receiver.got
    assert verified(got, theirs.secret)["tenantid"] == str(kela)
    assert hook.log() == [] and len(theirs.log()) == 1


def test_a_stranger_sees_no_endpoint_of_ours(hook, pekka, kela, http):
    stranger = pekka("notification").as_("admin")
    assert stranger.get("/webhooks").json == []
    for method, path in (
        ("GET", hook.path), ("DELETE", hook.path), ("POST", f"{hook.path}/rotations"), ("POST", f"{hook.path}/tests"),
        ("GET", f"{hook.path}/deliveries"), ("POST", f"{hook.path}/pauses"),
    ):  # fmt: skip
        assert stranger.request(method, path).status_code == 404, (method, path)


@pytest.mark.parametrize(
    "role", ["participant", "coordinator", "supervisor", "designer", "lead", "facilitator"]
)
def test_only_an_administrator_has_endpoints(http, avi, role):
    assert http("notification").as_(role).get("/webhooks").status_code == 403


def test_the_log_says_how_it_went_and_not_what_was_in_it(hook, hear, receiver, calls_go_out):
    hear("notification", PlanAgreed(run_id=RUN, version=2))
    calls_go_out()
    [line] = hook.log()
    assert (line["state"], line["attempts"], line["status"], line["trouble"]) == ("delivered", 1, 204, None)
    assert line["milliseconds"] >= 0 and "body" not in line
    assert str(RUN) not in json.dumps(line)
