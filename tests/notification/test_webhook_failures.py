"""When an endpoint is slow, broken or gone: tried again over a day, never in anybody's way, then switched off and told."""

import json
import threading
from uuid import uuid4

import pytest
from sqlalchemy import text

from services.notification.listeners import jobs
from services.notification.webhooks import delivery as deliveries
from services.notification.webhooks import http_client as calls
from services.notification.webhooks.models.delivery import AFTER_FIRST
from shared.contracts.process import PhaseClosed, PlanAgreed
from shared.contracts.survey import ViewShared
from shared.database import worker_sessions_of
from shared.tenancy.sessions import acting_for
from tests.notification.receiver import Receiver
from tests.notification.webhooks import verified

RUN = uuid4()


@pytest.fixture
def agreed(hook, hear):
    """Something has happened that the endpoint wants to hear of."""

    def agreed(version: int = 1):
        return hear("notification", PlanAgreed(run_id=RUN, version=version))[0]

    return agreed


def versions(receiver: Receiver) -> list[int]:
    return [json.loads(got.body)["data"]["version"] for got in receiver.got]


@pytest.mark.parametrize("answer", [500, 503, 400, 404, 429, 301, 307, "hang", "drip"])
def test_what_failed_is_sent_again_with_the_same_id(
    hook, agreed, receiver, calls_go_out, monkeypatch, answer
):
    monkeypatch.setattr(calls, "ALL_SECONDS", 0.3)
    receiver.answers = [answer]
    agreed()
    calls_go_out()
    [line] = hook.log()
    assert (line["state"], line["attempts"]) == ("waiting", 1)
    calls_go_out(hours=1)
    first, second = receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert second.path == "/hooks" and verified(second, hook.secret)
    assert [(line["state"], line["attempts"]) for line in hook.log()] == [("delivered", 2)]


def test_the_pauses_grow_over_a_day_and_then_it_is_given_up(hook, agreed, receiver, calls_go_out, session_of):
    receiver.usual = 500
    agreed()
    calls_go_out()
    pauses = []
    for _ in AFTER_FIRST:
        with session_of("notification") as session:
            wait = "SELECT extract(epoch FROM max(due_at) - max(first_tried_at)) FROM delivery"
            pauses.append(float(session.scalar(text(wait))))
        works_again(hook, session_of)
        calls_go_out(hours=24)
    assert pauses[:2] == sorted(pauses[:2]) and 5 <= pauses[0] < 6
    assert len(receiver.got) == 1 + len(AFTER_FIRST)
    assert [(line["state"], line["status"]) for line in hook.log()] == [("failed", 500)]


def works_again(hook, session_of) -> None:
    """Something else gets through, so that the endpoint is not switched off."""
    with session_of("notification") as session:
        session.execute(text("UPDATE webhook SET failing_since = NULL, rests_until = NULL, state = 'on'"))


def test_what_failed_steps_aside_for_what_comes_after(hook, agreed, receiver, calls_go_out):
    receiver.answers = [400]
    agreed(1)
    calls_go_out()
    agreed(2)
    calls_go_out(
        hours=0.002
    )  # the rest after a failure is over, the pause of the one that failed is not quite
    calls_go_out(hours=1)
    assert sorted(versions(receiver)) == [1, 1, 2]
    assert {line["state"] for line in hook.log()} == {"delivered"}


def test_as_long_as_all_goes_well_things_arrive_in_their_order(hook, agreed, receiver, calls_go_out):
    for version in range(12):
        agreed(version)
    calls_go_out()
    assert versions(receiver) == list(range(12))


def test_a_kill_between_sending_and_marking_sends_the_same_again(
    hook, agreed, receiver, calls_go_out, monkeypatch
):
    died = []

    def dies_once(request, answer, mark=deliveries.mark):
        if not died:
            died.append(request)
            raise KeyboardInterrupt
        return mark(request, answer)

    monkeypatch.setattr(deliveries, "mark", dies_once)
    envelope = agreed()
    with pytest.raises(KeyboardInterrupt):
        calls_go_out()
    assert hook.log()[0]["state"] == "waiting"  # sent, but we do not know
    calls_go_out()
    assert len(receiver.got) == 1  # the killed worker's lease holds
    calls_go_out(hours=1)
    assert [got.headers["webhook-id"] for got in receiver.got] == [str(envelope.id)] * 2
    assert hook.log()[0]["state"] == "delivered"


@pytest.fixture
def told(people, joins, smtp, an_hour_passes, mails):
    """What the mails of the next hour say of an endpoint, by person; Sari administers, the others do not."""
    joins("Sari", roles=("participant", "admin"))

    def told(hook) -> dict[str, list[str]]:
        an_hour_passes()
        found = {
            name: [mail.get_content() for mail in got if f"/desk/webhooks/{hook.id}" in mail.get_content()]
            for name, got in mails().items()
        }
        return {name: texts for name, texts in found.items() if texts}

    return told


def test_an_endpoint_that_is_gone_is_switched_off_at_once_and_its_administrators_are_told(
    hook, agreed, receiver, calls_go_out, told
):
    receiver.usual = 410
    agreed(1)
    calls_go_out()
    agreed(2)
    calls_go_out(hours=1)
    assert versions(receiver) == [1]
    seen = hook.admin.get(hook.path).json
    assert (seen["state"], seen["why_off"]) == ("off", "gone")
    [(name, [mail])] = told(hook).items()  # Tuula coordinates, Kaisa takes part
    assert name == "sari" and "410" in mail


def test_an_endpoint_that_answers_a_test_with_gone_is_switched_off_too(hook, receiver, calls_go_out):
    receiver.usual = 410
    hook.admin.post(f"{hook.path}/tests")
    calls_go_out()
    assert hook.admin.get(hook.path).json["why_off"] == "gone"


def test_an_endpoint_that_fails_for_a_day_is_switched_off_and_its_administrators_are_told(
    hook, agreed, receiver, calls_go_out, told
):
    receiver.usual = 500
    agreed(1)
    calls_go_out()
    calls_go_out(hours=12)
    assert hook.state() == "on"
    calls_go_out(hours=13)
    assert hook.admin.get(hook.path).json["why_off"] == "failing"
    [change, _] = hook.admin.get("/webhooks/changes").json["items"]
    assert (change["what"], change["member_id"]) == ("switched_off", None)
    [(name, [mail])] = told(hook).items()
    assert name == "sari" and "vuorokauteen" in mail and "410" not in mail


def test_one_success_in_between_keeps_it_on(hook, agreed, receiver, calls_go_out):
    receiver.answers = [500, 204]
    receiver.usual = 500
    agreed(1)
    calls_go_out()
    calls_go_out(hours=20)
    agreed(2)
    calls_go_out(hours=1)
    calls_go_out(hours=20)
    assert hook.state() == "on"


def test_what_happened_while_it_was_off_goes_out_when_it_is_on_again(hook, agreed, receiver, calls_go_out):
    receiver.answers = [410]
    agreed(1)
    calls_go_out()
    agreed(2)
    assert hook.admin.delete(f"{hook.path}/pauses").status_code == 204
    calls_go_out()
    assert versions(receiver) == [1, 2]


def test_what_was_put_off_goes_out_first_when_it_is_on_again(hook, agreed, receiver, calls_go_out):
    """Its next attempt would have been ten hours later."""
    receiver.usual = 500
    agreed(1)
    for _ in range(3):
        calls_go_out(hours=3)
    hook.admin.post(f"{hook.path}/pauses")
    agreed(2)
    receiver.usual = 204
    receiver.got.clear()
    hook.admin.delete(f"{hook.path}/pauses")
    calls_go_out()
    assert versions(receiver) == [1, 2]


def test_what_fails_again_after_switching_on_has_its_whole_plan_before_it(
    hook, agreed, receiver, calls_go_out
):
    receiver.usual = 500
    agreed()
    calls_go_out()
    calls_go_out(hours=25)  # a day of failures: switched off
    hook.admin.delete(f"{hook.path}/pauses")
    calls_go_out()
    [line] = hook.log()
    assert (line["state"], line["attempts"]) == ("waiting", 1)


def test_what_waits_for_the_night_is_not_hurried_by_switching_on(register, hear, receiver, calls_go_out):
    hook = register(receiver.address, ViewShared)
    hear("notification", ViewShared(run_id=RUN, theme_id=uuid4(), view_id=uuid4(), language="fi"))
    hook.admin.post(f"{hook.path}/pauses")
    assert hook.admin.delete(f"{hook.path}/pauses").status_code == 204
    calls_go_out()
    assert receiver.got == [] and hook.log() == []


def test_a_dead_endpoint_rests_longer_each_time(hook, agreed, receiver, calls_go_out, session_of):
    receiver.usual = 503
    for version in range(20):
        agreed(version)
    calls_go_out()
    assert len(receiver.got) == 1  # not once for each that waits
    rests = []
    for _ in range(4):
        calls_go_out(hours=0.1)
        with session_of("notification") as session:
            rest = "SELECT extract(epoch FROM rests_until - now()) FROM webhook"
            rests.append(float(session.scalar(text(rest))))
    assert rests == sorted(rests) and rests[-1] > 2 * rests[0]
    assert len(receiver.got) == 5


def test_a_hanging_endpoint_holds_up_nobody_else(hook, agreed, register, kela, hear, receiver, calls_go_out):
    receiver.usual = "hang"
    with Receiver() as quick:
        theirs = register(quick.address, admin=hook.admin.of(kela))
        agreed()
        assert jobs.start_due(worker_sessions_of("notification")) == 1
        until(lambda: receiver.got)  # ours hangs
        with acting_for(kela):
            hear("notification", PlanAgreed(run_id=RUN, version=9))
        assert jobs.start_due(worker_sessions_of("notification")) == 1
        until(lambda: [line["state"] for line in theirs.log()] == ["delivered"])
        assert hook.log()[0]["attempts"] == 0  # and still hangs
    receiver.over.set()
    until(lambda: hook.log()[0]["attempts"] == 1)
    until(lambda: not jobs._in_flight)


def until(is_so) -> None:
    """Look again and again; who waits for ever is stopped by the deadline of all tests."""
    pause = threading.Event()
    for _ in range(600):
        if is_so():
            return
        pause.wait(0.02)
    raise AssertionError("It never came about.")


def test_ten_hanging_endpoints_of_one_organisation_take_only_two_of_the_threads(
    register, receiver, hear, kela, sari, calls_go_out
):
    receiver.usual = "hang"
    for _ in range(5):
        register(receiver.address)
    hear("notification", PlanAgreed(run_id=RUN, version=1))
    assert jobs.start_due(worker_sessions_of("notification")) == 2
    assert jobs.start_due(worker_sessions_of("notification")) == 0
    with Receiver() as quick:
        theirs = register(quick.address, admin=sari.of(kela))
        with acting_for(kela):
            hear("notification", PlanAgreed(run_id=RUN, version=9))
        assert jobs.start_due(worker_sessions_of("notification")) == 1
        until(lambda: [line["state"] for line in theirs.log()] == ["delivered"])
    receiver.over.set()
    until(lambda: not jobs._in_flight)


def test_what_is_scheduled_while_it_is_out_is_not_forgotten(hook, agreed, receiver, calls_go_out):
    receiver.answers = ["hang"]
    agreed(1)
    jobs.start_due(worker_sessions_of("notification"))
    until(lambda: receiver.got)
    agreed(2)
    assert jobs.start_due(worker_sessions_of("notification")) == 0  # it is out already
    receiver.over.set()
    until(lambda: not jobs._in_flight and hook.log(state="waiting"))
    calls_go_out(hours=1)
    assert {line["state"] for line in hook.log()} == {"delivered"}


def test_a_paused_endpoint_is_left_alone_until_it_is_on_again(hook, agreed, receiver, calls_go_out):
    assert hook.admin.post(f"{hook.path}/pauses").status_code == 204
    agreed(1)
    calls_go_out()
    assert receiver.got == [] and hook.log()[0]["state"] == "waiting"
    hook.admin.delete(f"{hook.path}/pauses")
    calls_go_out()
    assert versions(receiver) == [1]


def test_one_that_failed_can_be_sent_again(hook, agreed, receiver, calls_go_out, session_of):
    receiver.usual = 500
    envelope = agreed()
    calls_go_out()
    with session_of("notification") as session:
        session.execute(text("UPDATE delivery SET state = 'failed'"))
    works_again(hook, session_of)
    receiver.usual = 204
    [line] = hook.log(state="failed")
    assert hook.admin.post(f"{hook.path}/deliveries/{line['id']}/again").status_code == 202
    calls_go_out()
    assert hook.log()[0]["state"] == "delivered"
    assert receiver.got[-1].headers["webhook-id"] == str(envelope.id)


def test_all_that_failed_since_a_moment_is_sent_again(hook, agreed, receiver, calls_go_out, session_of):
    for version in range(3):
        agreed(version)
    with session_of("notification") as session:
        session.execute(text("UPDATE delivery SET state = 'failed'"))
    future, past = {"since": "2099-01-01T00:00:00Z"}, {"since": "2020-01-01T00:00:00Z"}
    assert hook.admin.post(f"{hook.path}/again", json=future).json == {"deliveries": 0}
    assert hook.admin.post(f"{hook.path}/again", json=past).json == {"deliveries": 3}
    calls_go_out()
    assert sorted(versions(receiver)) == [0, 1, 2]


def test_a_test_that_failed_is_not_sent_again_with_the_failed(hook, receiver, calls_go_out):
    receiver.usual = 500
    hook.admin.post(f"{hook.path}/tests")
    calls_go_out()
    past = {"since": "2020-01-01T00:00:00Z"}
    assert hook.admin.post(f"{hook.path}/again", json=past).json == {"deliveries": 0}


def test_what_was_delivered_is_not_sent_again_with_the_failed(hook, agreed, receiver, calls_go_out):
    agreed()
    calls_go_out()
    assert hook.admin.post(f"{hook.path}/again", json={"since": "2020-01-01T00:00:00Z"}).json == {
        "deliveries": 0
    }
    calls_go_out()
    assert len(receiver.got) == 1


def test_another_endpoints_delivery_is_not_sent_again_through_this_one(hook, agreed, register, receiver):
    other = register(receiver.address, PhaseClosed)
    agreed()
    [line] = hook.log()
    assert other.admin.post(f"{other.path}/deliveries/{line['id']}/again").status_code == 404
