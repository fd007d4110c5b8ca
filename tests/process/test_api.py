from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.process.runs import USUAL_PLANNING

NEW = {"name": "Hybridityö", "starts_at": datetime.now(UTC).isoformat(), "languages": ["fi", "sv"]}


@pytest.fixture
def lead(http, consultancy):
    return http("process").as_("lead", home=consultancy)


@pytest.fixture
def coordinator(http):
    return http("process").as_("coordinator", "participant")


def test_a_run_goes_from_plan_to_kickoff_over_http(avi, lead, coordinator):
    run = lead.post("/runs", json=NEW).json
    proposal = lead.post(f"/runs/{run['id']}/proposals", json={"phases": [], "why": "As agreed."}).json
    assert proposal["waits_for"] == "client"
    signed = coordinator.post(f"/runs/{run['id']}/proposals/{proposal['id']}/signature")
    assert (signed.status_code, signed.json["state"]) == (200, "agreed")
    refused = lead.post(f"/runs/{run['id']}/moves", json={})
    assert (refused.status_code, refused.json["code"]) == (409, "say-why")
    moved = lead.post(f"/runs/{run['id']}/moves", json={"reason": "We are ready.", "leaving": "planning"})
    assert moved.json["activities"] == ["kickoff"]
    assert moved.json["decisions"][0]["how"] == ["early"]


def test_everybody_sees_the_path_and_only_those_who_steer_see_the_rest(a_run, http):
    run, kaisa = a_run(), http("process").as_("participant")
    path = kaisa.get(f"/runs/{run.id}").json
    assert path["phases"][0]["state"] == "current" and "decisions" not in path
    assert [one["id"] for one in kaisa.get("/runs").json] == [str(run.id)]
    assert kaisa.get(f"/runs/{run.id}/steering").status_code == 403
    assert kaisa.post(f"/runs/{run.id}/moves", json={}).status_code == 403


def test_a_proposal_under_discussion_is_not_for_everybody(a_run, http, lead):
    run = a_run()
    lead.post(f"/runs/{run.id}/proposals", json={"phases": []})
    assert http("process").as_("participant").get(f"/runs/{run.id}/proposals").json == []
    assert len(http("process").as_("coordinator").get(f"/runs/{run.id}/proposals").json) == 1


def test_another_organisations_run_is_not_there(a_run, pekka):
    run = a_run()
    assert pekka("process").get("/runs").json == []
    for path in (f"/runs/{run.id}", f"/runs/{run.id}/steering", f"/runs/{run.id}/proposals"):
        assert pekka("process").get(path).status_code == 404
    assert pekka("process").post(f"/runs/{run.id}/moves", json={}).status_code == 404


def test_another_runs_proposal_is_not_there(a_run, lead):
    run = a_run()
    assert lead.post(f"/runs/{run.id}/proposals/{uuid4()}/signature").status_code == 404


def test_a_refusal_of_a_plan_wants_a_reason(a_run, lead, coordinator):
    run = a_run()
    proposal = lead.post(f"/runs/{run.id}/proposals", json={"phases": []}).json
    path = f"/runs/{run.id}/proposals/{proposal['id']}/refusal"
    assert coordinator.post(path, json={"reason": ""}).status_code == 422
    assert coordinator.post(path, json={"reason": "Too fast for us."}).json["state"] == "declined"


def test_a_proposal_is_taken_back_by_its_maker(a_run, lead):
    run = a_run()
    proposal = lead.post(f"/runs/{run.id}/proposals", json={"phases": []}).json
    assert lead.delete(f"/runs/{run.id}/proposals/{proposal['id']}").status_code == 204
    assert lead.get(f"/runs/{run.id}/proposals").json[0]["state"] == "withdrawn"


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"languages": []}, {"languages": ["xx"]}, {"template": "none"}, {"starts_at": "soon"}],
)
def test_a_run_that_cannot_be_is_refused_with_a_reason(avi, lead, wrong):
    refused = lead.post("/runs", json=NEW | wrong)
    assert refused.status_code == 422 and list(refused.json["errors"]["json"]) == list(wrong)


def test_only_the_consultancy_plans_a_run(avi, coordinator):
    assert coordinator.post("/runs", json=NEW).status_code == 403


def test_a_phase_is_announced_and_taken_back_over_http(signed_run, http, pekka, consultancy):
    run = signed_run(days=-USUAL_PLANNING)
    lead = http("process").as_("lead", home=consultancy)
    ahead = lead.get(f"/runs/{run.id}/moves?to=views").json
    assert ahead["closes"] == ["plan"] and ahead["opens"] == ["give_views"]
    assert [phase["key"] for phase in ahead["skips"]] == ["kickoff"] and "skipped" in ahead["strays"]
    told_of = lead.post(f"/runs/{run.id}/moves", json={"leaving": "planning", "in_minutes": 10}).json
    move = told_of["planned_move"]
    assert (move["leaving"], move["to"], told_of["activities"]) == ("planning", "kickoff", ["plan"])
    back = f"/runs/{run.id}/moves/{move['id']}/taking-back"
    assert http("process").as_("participant").post(back).status_code == 403
    assert pekka("process").post(back).status_code == 404
    assert lead.post(f"/runs/{run.id}/moves/{uuid4()}/taking-back").status_code == 404
    assert lead.post(back).json["planned_move"] is None
    again = lead.post(back)
    assert (again.status_code, again.json["code"]) == (409, "move-was-taken-back")


def test_a_move_goes_through_at_once_over_http(signed_run, http, consultancy):
    run = signed_run(days=-USUAL_PLANNING)
    lead = http("process").as_("lead", home=consultancy)
    move = lead.post(f"/runs/{run.id}/moves", json={"in_minutes": 10}).json["planned_move"]
    moved = lead.post(f"/runs/{run.id}/moves/{move['id']}/going-through")
    assert (moved.json["activities"], moved.json["planned_move"]) == (["kickoff"], None)
