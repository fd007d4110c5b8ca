"""What a declared operation is asked and answers over HTTP, besides JSON: lists and times in an address, and files."""

from contextlib import nullcontext
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import httpx2
import pytest

from services.portal.clients import typed
from shared.contracts.api.notification import Entry, Notification
from shared.web.operations import File

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
    return typed.over_http(Notification.operations[name], arguments, SOMEBODY)


def test_a_file_arrives_as_it_left(answers):
    kind = "text/calendar; charset=utf-8"
    answers(httpx2.Response(200, content=b"BEGIN:VCALENDAR", headers={"Content-Type": kind}))
    found = over_http("calendar_file_saying", appointment_id=uuid4(), entry=Entry(title="Työpaja"))
    assert found == File(type=kind, content=b"BEGIN:VCALENDAR")


def test_lists_and_times_stand_in_the_address_as_the_service_reads_them(answers):
    asked = answers(httpx2.Response(200, json={"people": 0, "letters": []}))
    at = datetime(2027, 3, 1, 9, tzinfo=UTC)
    over_http("invitation", run_id=uuid4(), phase="views", activities=["give_views", "plan"], closes_at=at)
    [(*_, how)] = asked
    params = httpx2.QueryParams(how["params"])
    assert params.get_list("activities") == ["give_views", "plan"]
    assert params["closes_at"] == "2027-03-01T09:00:00Z"
