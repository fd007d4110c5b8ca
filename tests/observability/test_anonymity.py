"""Where people act under a pseudonym, nothing that watches knows who, of which organisation, or what it was about."""

import subprocess
import sys
from uuid import uuid4

import pytest

from shared.telemetry import tracing
from shared.telemetry.trace_context import TRACEPARENT

ACTS = [
    ("survey", "/runs/{run}/collecting", "/runs/<uuid:run_id>/collecting"),
    ("survey", "/themes/{thing}/views", "/themes/<uuid:theme_id>/views"),
    ("voting", "/runs/{run}/answers/{thing}", "/runs/<uuid:run_id>/answers/<uuid:view_id>"),
    ("workshop", "/boards/{thing}/operations", "/boards/<uuid:board_id>/operations"),
    ("townhall", "/halls/{thing}/questions", "/halls/<uuid:hall_id>/questions"),
]


@pytest.mark.parametrize("service, path, route", ACTS, ids=[f"{act[0]}{act[1]}" for act in ACTS])
def test_what_people_do_leaves_a_route_and_no_pseudonym_organisation_run_or_word(
    seen, world, http, service, path, route
):
    run, thing, pseudonym = uuid4(), uuid4(), uuid4()
    door = http(service).as_("participant", subject=pseudonym, run_id=run, purpose=service)
    for method in ("GET", "POST", "PUT"):
        door.request(
            method, path.format(run=run, thing=thing), query_string={"q": "Kaisa"}, json={"x": "Kaisa"}
        )
    spans = [span for span in seen.spans if span.attributes.get("polku.service") == service]
    assert {span.attributes["http.route"] for span in spans} >= {route}
    told = "".join(span.to_json() for span in seen.spans)
    assert not [hidden for hidden in (pseudonym, run, thing, world.avi, "Kaisa") if str(hidden) in told]
    assert not [hidden for hidden in (pseudonym, run, thing, "Kaisa") if str(hidden) in seen.everything]


def test_the_organisation_of_those_who_run_it_is_named_and_they_are_not(seen, world, http):
    editor = uuid4()
    http("practice").as_("editor", subject=editor).get(f"/runs/{uuid4()}/counts")
    http("practice").as_("participant", subject=editor).get(f"/runs/{uuid4()}/teams")
    spans = {
        span.attributes["http.route"]: span
        for span in seen.spans
        if span.attributes.get("polku.service") == "practice"
    }
    assert spans["/runs/<uuid:run_id>/counts"].attributes.get("polku.tenant") == str(world.avi)
    assert "polku.tenant" not in spans["/runs/<uuid:run_id>/teams"].attributes
    assert str(editor) not in seen.everything


def test_a_browser_cannot_choose_the_trace_or_the_request(seen, world):
    theirs = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    portal = world.app("portal").test_client()
    portal.get("/nothing-here", headers={"traceparent": theirs, "X-Request-Id": "a" * 32})
    trace = TRACEPARENT.fullmatch(theirs)[1]
    found = [span for span in seen.spans if span.attributes.get("polku.service") == "portal"]
    assert found and all(f"{span.context.trace_id:032x}" != trace for span in found)
    assert "a" * 32 not in seen.everything


def test_without_a_collector_nothing_is_traced_and_nothing_of_it_is_loaded():
    look = """
import sys
import shared.web.service, shared.messaging.worker
from shared.telemetry import tracing
tracing.start("x")
print("opentelemetry" in sys.modules, tracing.trace_id())"""
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["False", "None"]
    assert tracing.traceparent() is None
