"""What leaves the house: only what is on the list, without anybody's id, and anonymous acts without their minute."""

import json
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import msgspec
import pytest

from services.notification.models import Webhook
from services.notification.webhooks import catalogue
from shared.contracts.identity import MemberJoined
from shared.contracts.process import PlanAgreed
from shared.contracts.survey import ViewShared, WritersCounted
from shared.contracts.voting import RankingReleased
from shared.languages import ZONE
from shared.messaging.events import CATALOGUE, Event, event

RUN = uuid4()
PERSONAL = ("member", "staff", "led_by", "participant", "person", "author", "subject")


def of_the_services() -> set[type[Event]]:
    return {event for event in CATALOGUE.values() if event.__module__.startswith("shared.contracts.")}


def test_of_every_event_somebody_has_decided_whether_it_leaves():
    offered, kept = set(catalogue.EVENTS), set(catalogue.KEPT)
    assert offered | kept == of_the_services(), "Decide in services/notification/webhooks/catalogue.py"
    assert not offered & kept
    assert all(offer.why.endswith(".") for offer in catalogue.OFFERED.values())
    assert all(why.endswith(".") for why in catalogue.KEPT.values())


@pytest.mark.parametrize("event", catalogue.EVENTS, ids=lambda event: event.type)
def test_nobodys_id_leaves(event):
    left_out = catalogue.WITHOUT.get(event, ())
    fields = [field.name for field in msgspec.structs.fields(event) if field.name not in left_out]
    assert not [name for name in fields if any(word in name for word in PERSONAL)]


@pytest.mark.parametrize("event", catalogue.WITHOUT, ids=lambda event: event.type)
def test_what_is_left_out_may_be_missing(event):
    """The receiver's schema still holds."""
    optional = {field.name for field in msgspec.structs.fields(event) if not field.required}
    assert optional.issuperset(catalogue.WITHOUT[event])


@pytest.fixture
def something_new():
    """An event that was declared today, and nobody has decided on."""

    @event("process.run")
    class RunDreamtOf(Event, frozen=True, kw_only=True):
        """Somebody dreamt of the run."""

        run_id: UUID

    yield RunDreamtOf
    del CATALOGUE[RunDreamtOf.type]


def test_a_new_event_is_not_sent_by_itself(something_new, hook, receiver, world, session_of, calls_go_out):
    from services.notification.models import Delivery
    from shared.messaging.events import envelope_for

    with session_of("notification") as session:
        session.get_one(Webhook, (world.avi, hook.id)).types = [something_new.type]
    with session_of("notification") as session:
        Delivery.pass_on(envelope_for(something_new(run_id=RUN), "process"), session)
    calls_go_out()
    assert receiver.got == [] and hook.log() == []


@pytest.mark.parametrize("event", [WritersCounted, MemberJoined], ids=lambda event: event.type)
def test_what_stays_cannot_be_chosen(sari, receiver, event):
    wished = {"name": "Intranet", "address": receiver.address, "types": [event.type]}
    answer = sari.post("/webhooks", json=wished)
    assert (answer.status_code, answer.json["code"]) == (422, "not-offered")


def test_a_view_is_told_the_night_after_and_without_its_hour(register, receiver, hear, calls_go_out):
    hook = register(receiver.address, ViewShared, PlanAgreed)
    [envelope] = hear(
        "notification", ViewShared(run_id=RUN, theme_id=uuid4(), view_id=uuid4(), language="fi")
    )
    calls_go_out()
    assert receiver.got == []
    assert hook.log() == []  # not even that it waits
    leaves = catalogue.leaves_at(envelope.event, datetime(2027, 3, 1, 10, tzinfo=UTC)).astimezone(ZONE)
    assert leaves.date() == date(2027, 3, 2) and 1 <= leaves.hour < 5
    calls_go_out(hours=30)
    event = json.loads(receiver.got[0].body)
    told_at = datetime.fromisoformat(event["time"]).astimezone(ZONE)
    assert (told_at.hour, told_at.minute) == (0, 0)
    assert event["data"]["view_id"] == str(envelope.event.view_id)
    assert len(hook.log()) == 1
    assert "correlationid" not in event and "causationid" not in event


def test_views_of_a_day_leave_in_another_order_than_they_were_written():
    now = datetime.now(UTC)
    moments = [
        catalogue.leaves_at(ViewShared(run_id=RUN, theme_id=RUN, view_id=RUN, language="fi"), now)
        for _ in range(30)
    ]
    assert moments != sorted(moments)


def test_what_waits_for_the_night_does_not_hold_up_what_is_public(register, receiver, hear, calls_go_out):
    register(receiver.address, ViewShared, PlanAgreed)
    hear("notification", ViewShared(run_id=RUN, theme_id=uuid4(), view_id=uuid4(), language="fi"))
    hear("notification", PlanAgreed(run_id=RUN, version=1))
    calls_go_out()
    assert [json.loads(got.body)["type"] for got in receiver.got] == [PlanAgreed.type]


def test_how_many_read_a_view_stays_with_its_author(register, receiver, hear, calls_go_out):
    register(receiver.address, RankingReleased)
    view = uuid4()
    hear(
        "notification",
        RankingReleased(run_id=RUN, theme_id=uuid4(), ranking=[view], seats=[view], readings={str(view): 41}),
    )
    calls_go_out()
    event = json.loads(receiver.got[0].body)
    assert event["data"]["ranking"] == [str(view)] and "readings" not in event["data"]
    msgspec.convert(event["data"], RankingReleased, strict=False)
