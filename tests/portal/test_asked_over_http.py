"""What a declared operation is asked and answers over HTTP, besides JSON: lists and times in an address, and files."""

import io
from contextlib import nullcontext
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID, uuid4

import httpx2
import pytest

from services.portal.clients import typed
from shared.contracts.api.notification import Entry, Notification
from shared.contracts.api.publishing_theming import SECONDS_TO_DRAW, Theming
from shared.contracts.api.workshop_outcomes import Outcomes, OutcomeText
from shared.contracts.api.workshop_questions import Ids
from shared.web.operations import File, Upload

SOMEBODY = SimpleNamespace(
    who=lambda *about: "a token", address=str, once=lambda call: {}, noting=lambda verb: nullcontext()
)


@pytest.fixture
def answers(monkeypatch):
    """answers(response) lets the service answer so; what it was asked is in the list."""
    asked = []

    def lets(response):
        monkeypatch.setattr(typed, "ask", lambda *what, **how: asked.append(what + (how,)) or response)
        return asked

    return lets


def over_http(name, **arguments):
    operation = (Notification.operations | Theming.operations | Outcomes.operations)[name]
    return typed.over_http(operation, arguments, SOMEBODY)


def test_a_file_arrives_as_it_left(answers):
    kind = "text/calendar; charset=utf-8"
    answers(httpx2.Response(200, content=b"BEGIN:VCALENDAR", headers={"Content-Type": kind}))
    found = over_http("calendar_file_saying", appointment_id=uuid4(), entry=Entry(title="Työpaja"))
    assert found == File(type=kind, content=b"BEGIN:VCALENDAR")


def test_a_picture_says_how_long_it_may_be_kept(answers):
    for_ever = {"Content-Type": "image/png", "Cache-Control": "private, immutable", "Date": "now"}
    answers(httpx2.Response(200, content=b"PNG", headers=for_ever))
    found = over_http("picture", picture_id=uuid4())
    assert found == File(type="image/png", content=b"PNG", headers={"Cache-Control": "private, immutable"})


def test_a_picture_is_sent_as_a_form_sends_it_and_its_drawing_is_waited_for(answers):
    made = {"id": str(uuid4()), "media_type": "image/jpeg", "width": 1, "height": 1}
    asked, photo = answers(httpx2.Response(201, json=made)), io.BytesIO(b"JPEG")
    taken = over_http("take_in_picture", picture=Upload("kuva.jpg", "image/jpeg", photo))
    [(*_, how)] = asked
    assert str(taken.id) == made["id"] and how["files"] == {"picture": ("kuva.jpg", photo, "image/jpeg")}
    assert how["timeout"].read == SECONDS_TO_DRAW


def test_lists_and_times_stand_in_the_address_as_the_service_reads_them(answers):
    asked = answers(httpx2.Response(200, json={"people": 0, "letters": []}))
    at = datetime(2027, 3, 1, 9, tzinfo=UTC)
    over_http("invitation", run_id=uuid4(), phase="views", activities=["give_views", "plan"], closes_at=at)
    [(*_, how)] = asked
    params = httpx2.QueryParams(how["params"])
    assert params.get_list("activities") == ["give_views", "plan"]
    assert params["closes_at"] == "2027-03-01T09:00:00Z"


def test_what_is_asked_by_ids_is_answered_by_them(answers):
    outcome, words = uuid4(), {"kind": "insight", "text": "Yksi", "language": "fi", "round": 1}
    answers(httpx2.Response(200, json={str(outcome): words}))
    found = over_http("outcome_texts", run_id=UUID(int=1), wanted=Ids(ids=[outcome]))
    assert found == {outcome: OutcomeText(**words)}
