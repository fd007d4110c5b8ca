"""An all-staff event from its laying out to its end."""

from uuid import uuid4

from sqlalchemy import select

from services.townhall.models import Question, SignUp, Upvote
from shared.contracts.identity import MemberLeft
from shared.contracts.process import PhaseClosed, PhaseOpened
from shared.contracts.townhall import TownhallEnded, TownhallScheduled, TownhallStarted
from tests.townhall.conftest import in_days


def test_a_planned_run_has_a_kickoff_and_a_launch_each_once(planned, host, run_id):
    halls = host.get(f"/runs/{run_id}/halls").json
    assert [hall["purpose"] for hall in halls] == ["kickoff", "launch"]
    assert {hall["state"] for hall in halls} == {"planned"}


def test_only_the_phase_of_the_event_opens_its_doors(planned, host, hear, run_id):
    hear("townhall", PhaseOpened(run_id=run_id, phase="views", activities=["give_views", "prioritise"]))
    assert host.get(planned).json["state"] == "planned"
    hear("townhall", PhaseOpened(run_id=run_id, phase="launch", activities=["launch"]))
    assert host.get(planned).json["state"] == "planned"


def test_the_others_hear_when_it_is(planned, host, told, run_id):
    time = {"starts_at": in_days(3), "ends_at": in_days(3, hours=2)}
    assert host.put(f"{planned}/time", json=time).status_code == 204
    (scheduled,) = told("townhall", TownhallScheduled)
    assert (scheduled.run_id, scheduled.purpose) == (run_id, "kickoff")


def test_a_double_click_starts_and_ends_it_once(open_hall, host, told):
    for act in ("start", "start", "end", "end"):
        assert host.post(f"{open_hall}/{act}").status_code == 204
    assert len(told("townhall", TownhallStarted)) == len(told("townhall", TownhallEnded)) == 1


def test_the_end_tells_how_it_went(question, on_air, host, kaisa, told):
    kaisa.put(f"{on_air}/sign-up")
    host.post(f"{question}/answer", json={"reply": "Tiimi itse."})
    host.post(f"{on_air}/end")
    (ended,) = told("townhall", TownhallEnded)
    assert (ended.signed_up, ended.questions, ended.answered) == (1, 1, 1)


def test_signing_up_twice_is_signing_up_once(open_hall, kaisa, colleague):
    for _ in range(2):
        kaisa.put(f"{open_hall}/sign-up")
    colleague().put(f"{open_hall}/sign-up")
    seen = kaisa.get(open_hall).json
    assert (seen["signed_up"], seen["mine"]["signed_up"]) == (2, True)
    kaisa.delete(f"{open_hall}/sign-up")
    assert kaisa.get(open_hall).json["mine"]["signed_up"] is False


def test_a_member_who_left_is_no_longer_on_the_list(open_hall, kaisa, hear, session_of, avi):
    kaisa.put(f"{open_hall}/sign-up")
    hear("townhall", MemberLeft(member_id=kaisa.who.subject))
    with session_of("townhall") as session:
        assert session.scalars(select(SignUp)).all() == []


def test_the_way_in_is_shown_when_it_is_time(open_hall, host, kaisa):
    host.patch(open_hall, json={"stream_url": "https://teams.microsoft.com/l/meetup-join/1"})
    host.put(f"{open_hall}/time", json={"starts_at": in_days(1), "ends_at": in_days(1, hours=2)})
    assert kaisa.get(open_hall).json["stream_url"] is None
    host.post(f"{open_hall}/start")
    assert kaisa.get(open_hall).json["stream_url"] == "https://teams.microsoft.com/l/meetup-join/1"


def test_a_listed_domain_covers_what_is_below_it(planned, host, monkeypatch):
    monkeypatch.setenv("POLKU_STREAM_HOSTS", ".stream.example")
    assert host.patch(planned, json={"recording_url": "https://a.b.stream.example/1"}).status_code == 200
    assert host.patch(planned, json={"recording_url": "https://xstream.example/1"}).status_code == 422


def test_a_phase_that_closes_ends_the_event(on_air, hear, run_id, kaisa, told):
    hear("townhall", PhaseClosed(run_id=run_id, phase="kickoff", activities=["kickoff"]))
    assert kaisa.get(on_air).json["state"] == "over"
    assert len(told("townhall", TownhallEnded)) == 1


def test_an_event_that_goes_on_into_the_next_phase_stays_open(on_air, hear, run_id, kaisa):
    hear("townhall", PhaseClosed(run_id=run_id, phase="kickoff", activities=["kickoff"], goes_on=["kickoff"]))
    assert kaisa.get(on_air).json["state"] == "on_air"


def test_an_event_that_never_began_waits_for_its_phase_again(open_hall, hear, run_id, kaisa):
    hear("townhall", PhaseClosed(run_id=run_id, phase="kickoff", activities=["kickoff"]))
    assert kaisa.get(open_hall).json["state"] == "planned"


def test_a_forgotten_event_ends_by_itself(on_air, world, avi, kaisa):
    world.let_time_pass("townhall")
    assert kaisa.get(on_air).json["state"] == "over"


def test_the_end_destroys_what_tied_acts_to_hands(question, on_air, host, colleague, session_of, avi):
    colleague().put(f"{question}/upvote")
    host.patch(on_air, json={"asking": "pseudonymous"})
    colleague().post(f"{on_air}/questions", json={"words": "Entä kesä?", "language": "fi"})
    host.post(f"{on_air}/end")
    with session_of("townhall") as session:
        assert session.scalars(select(Upvote)).all() == []
        assert {asked.hand for asked in session.scalars(select(Question))} == {None}
        assert max(asked.upvotes for asked in session.scalars(select(Question))) == 1


def test_every_change_is_a_new_version(on_air, host, kaisa):
    before = kaisa.get(on_air).json["version"]
    host.put(f"{on_air}/stage", json={"kind": "questions"})
    kaisa.post(f"{on_air}/questions", json={"words": "Milloin alkaa?", "language": "fi"})
    assert kaisa.get(on_air).json["version"] == before + 2


def test_the_short_code_finds_the_event(open_hall, kaisa, pekka):
    code = kaisa.get(open_hall).json["code"]
    assert kaisa.get(f"/codes/{code.lower()}").json["purpose"] == "kickoff"
    assert pekka("townhall").get(f"/codes/{code}").status_code == 404


def test_colleagues_do_not_host(on_air, kaisa):
    acts = [
        kaisa.post(f"{on_air}/end"),
        kaisa.get(f"{on_air}/desk"),
        kaisa.put(f"{on_air}/stage", json={"kind": "pause"}),
        kaisa.patch(on_air, json={"script": "x"}),
    ]
    assert {act.status_code for act in acts} == {403}


def test_another_organisation_has_no_such_event(question, poll, on_air, pekka, run_id):
    stranger = pekka("townhall").as_("participant", "coordinator", "lead", run_id=run_id)
    doors = [on_air, f"{on_air}/desk", f"/live/{on_air.rsplit('/')[-1]}/access"]
    assert {stranger.get(door).status_code for door in doors} == {404}
    acts = [
        stranger.put(f"{question}/upvote"),
        stranger.post(f"{question}/hide"),
        stranger.put(f"{poll}/answer", json={"value": 1}),
        stranger.post(f"{on_air}/end"),
        stranger.put(f"{on_air}/sign-up"),
    ]
    assert {act.status_code for act in acts} == {404}
    assert stranger.get(f"/runs/{run_id}/halls").json == []


def test_the_live_snapshot_is_for_the_live_process_alone(on_air, kaisa, http):
    snapshot = f"/live/{on_air.rsplit('/')[-1]}"
    assert kaisa.get(snapshot).status_code == 403
    assert http("townhall").as_("service").get(snapshot).json["state"] == "on_air"
    assert kaisa.get(f"{snapshot}/access").status_code == 204
    assert kaisa.get(f"/live/{uuid4()}/access").status_code == 404
