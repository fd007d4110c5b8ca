"""A path that worked is kept for the next client, without anything that was said on it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.process.models import KeptTemplate
from services.process.models.kept import shape_of, template_from
from shared.languages import ZONE
from tests.process import runs

SOMEBODY = uuid4()


def test_a_template_is_made_of_what_the_phases_really_took():
    run = runs.signed_run(days=-30)
    run.phases[0].opened_at = datetime.now(ZONE) - timedelta(
        days=30
    )  # of the calendar, over a change of clocks too
    run.move_on("consultancy", SOMEBODY, reason="The holidays.", to="views")
    shape = shape_of(run.phases)
    assert [phase.key for phase in shape][:2] == ["planning", "views"]  # what was left out is not kept
    assert shape[0].days == 30
    assert template_from("kept", shape).phases[1].activities == ("give_views",)


def test_a_kept_template_is_the_road_as_it_was():
    path = shape_of(runs.a_run().phases)
    kept = KeptTemplate.keep("Lyhyt polku", path, SOMEBODY)
    assert (kept.name, kept.kept_by, kept.path) == ("Lyhyt polku", SOMEBODY, path)


def test_a_template_holds_nothing_of_what_was_said(signed_run, on_the_way, http):
    run = signed_run()
    with on_the_way(run) as mine:
        mine.move_on("client", SOMEBODY, reason="Kaisa is ill.")
    shape = http("process").as_("lead").get(f"/runs/{run.id}/shape").text
    assert "Kaisa" not in shape and "Hybridityö" not in shape and str(run.id) not in shape


def test_a_kept_template_plans_the_next_run(a_run, http, consultancy):
    lead = http("process").as_("lead", home=consultancy)
    shape = lead.get(f"/runs/{a_run().id}/shape").json[:3]
    at_home = http("process").of(consultancy).as_("lead")
    assert at_home.post("/templates", json={"name": "Lyhyt polku", "phases": shape}).status_code == 201
    (kept,) = at_home.get("/templates").json
    new = {"name": "Seuraava", "starts_at": datetime.now(UTC).isoformat(), "languages": ["fi"]}
    planned = lead.post("/runs", json=new | {"phases": kept["phases"]})
    assert [phase["key"] for phase in planned.json["phases"]] == ["planning", "kickoff", "views"]


def test_our_own_road_can_be_kept_whole(a_run, http, consultancy):
    lead = http("process").as_("lead", home=consultancy)
    shape = lead.get(f"/runs/{a_run().id}/shape").json
    kept = lead.post("/templates", json={"name": "Meidän polku", "phases": shape})
    assert kept.status_code == 201 and kept.json["phases"] == shape


def test_how_many_views_leave_together_is_kept_with_the_template(a_run, http, consultancy):
    lead = http("process").as_("lead", home=consultancy)
    shape = lead.get(f"/runs/{a_run().id}/shape").json[:3]
    assert shape[2]["settings"]["give_views.handful"] == "5"
    shape[2]["settings"]["give_views.handful"] = "12"
    new = {
        "name": "Seuraava",
        "starts_at": datetime.now(UTC).isoformat(),
        "languages": ["fi"],
        "phases": shape,
    }
    assert lead.post("/runs", json=new).json["phases"][2]["settings"]["give_views.handful"] == "12"


def test_another_consultancys_templates_are_not_there(avi, http, pekka):
    phase = {"key": "planning", "step": "planning", "days": 3, "activities": []}
    http("process").as_("lead").post("/templates", json={"name": "Oma", "phases": [phase]})
    assert pekka("process").get("/templates").json == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "Kaisa Korhonen"},
        {"activities": ["dance"]},
        {"days": 0},
        {"opens_by": "magic"},
        {"goal": "luck"},
        {"settings": {"give_views.moderation": "Kaisa sanoi"}},
        {"settings": {"give_views.handful": "4"}},
        {"settings": {"give_views.handful": "51"}},
        {"settings": {"give_views.handful": "many"}},
    ],
)
def test_a_template_has_no_room_for_free_text(avi, http, wrong):
    phase = {"key": "planning", "step": "planning", "days": 3, "activities": []}
    answer = http("process").as_("lead").post("/templates", json={"name": "Oma", "phases": [phase | wrong]})
    assert answer.status_code == 422
