"""Polls: hidden until revealed, changeable until closed, counted exactly once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.townhall import answers, halls
from services.townhall.models import Answer, Poll
from shared.database import find
from shared.tenancy.sessions import acting_for

CHOICE = {"kind": "choice", "words": {"fi": "Missä?"}, "options": [{"fi": "Koti"}, {"fi": "Toimisto"}]}
SCALE = {"kind": "scale", "words": {"fi": "Kuinka hyvin?"}, "options": [{"fi": "huonosti"}, {"fi": "hyvin"}]}
WORDS = {"kind": "words", "words": {"fi": "Kolme sanaa tästä päivästä"}}


@pytest.fixture
def on_stage(on_air, host):
    """on_stage(said) prepares a poll and puts it on everybody's screen."""

    def put(said: dict) -> str:
        made = host.post(f"{on_air}/polls", json=said).json
        host.put(f"{on_air}/stage", json={"kind": "poll", "poll_id": made["id"]})
        return f"/polls/{made['id']}"

    return put


def counts(person, hall) -> list[int]:
    return [bar["count"] for bar in person.get(hall).json["poll"]["bars"]]


def answer_all(poll, people, value) -> None:
    for person in people:
        assert person.put(f"{poll}/answer", json={"value": value}).status_code == 200


@pytest.fixture
def five(colleague):
    return [colleague() for _ in range(5)]


def test_results_are_hidden_until_they_are_revealed(poll, on_air, kaisa, five, host):
    answer_all(poll, five, 1)
    seen = kaisa.get(on_air).json["poll"]
    assert (seen["answers"], "bars" in seen) == (5, False)
    host.post(f"{poll}/reveal")
    assert counts(kaisa, on_air) == [0, 5, 0]
    host.delete(f"{poll}/reveal")
    assert "bars" not in kaisa.get(on_air).json["poll"]


def test_the_host_sees_the_result_before_revealing_it(poll, on_air, five, host):
    answer_all(poll, five, 2)
    assert [bar["count"] for bar in host.get(f"{on_air}/desk").json["polls"][0]["bars"]] == [0, 0, 5]


def test_fewer_than_five_answers_are_shown_to_nobody(poll, on_air, five, kaisa, host):
    answer_all(poll, five[:4], 2)
    host.post(f"{poll}/reveal")
    for shown in (kaisa.get(on_air).json["poll"], host.get(f"{on_air}/desk").json["polls"][0]):
        assert (shown["withheld"], shown["answers"], "bars" in shown) == (True, 0, False)
    host.post(f"{poll}/close")
    assert kaisa.get(on_air).json["poll"]["withheld"]


def test_whoever_watches_the_bars_does_not_see_one_colleague_answer(
    poll, on_air, colleague, five, kaisa, host
):
    """Before and after one answer, a changed one, and the closing: the bars that were seen stay until five have come."""
    answer_all(poll, five, 0)
    host.post(f"{poll}/reveal")
    assert counts(kaisa, on_air) == [5, 0, 0]
    answer_all(poll, [kaisa, *five[:1]], 2)
    assert counts(kaisa, on_air) == [5, 0, 0]
    host.post(f"{poll}/close")
    assert counts(host, on_air) == [5, 0, 0]
    assert host.get(on_air).json["poll"]["answers"] == 5
    host.put(f"{on_air}/stage", json={"kind": "poll", "poll_id": poll.rsplit("/")[-1]})
    answer_all(poll, [colleague() for _ in range(4)], 1)
    assert counts(kaisa, on_air) == [4, 4, 2]


def test_two_who_look_at_once_publish_one_result(poll, on_air, colleague, session_of, avi):
    answer_all(poll, [colleague() for _ in range(8)], 1)
    id = UUID(poll.rsplit("/")[-1])

    def look(_) -> int:
        with acting_for(avi), session_of("townhall") as session:
            return answers.result_of(session, find(session, Poll, id)).answers

    with ThreadPoolExecutor(8) as eyes:
        assert set(eyes.map(look, range(16))) == {8}


def test_a_changed_answer_counts_once_and_the_last_counts(poll, on_air, kaisa, five, host):
    answer_all(poll, five, 0)
    for value in (0, 2, 1):
        assert kaisa.put(f"{poll}/answer", json={"value": value}).json["value"] == value
    host.post(f"{poll}/reveal")
    assert counts(kaisa, on_air) == [5, 1, 0]
    assert kaisa.get(on_air).json["mine"]["answer"]["value"] == 1


def test_a_crowd_that_changes_its_mind_all_at_once_is_counted_exactly_once(poll, on_air, colleague, host):
    crowd = [colleague() for _ in range(20)]
    with ThreadPoolExecutor(8) as hands:
        list(
            hands.map(
                lambda turn: turn[0].put(f"{poll}/answer", json={"value": turn[1]}), crowd_in_turns(crowd)
            )
        )
    for person in crowd:
        person.put(f"{poll}/answer", json={"value": 2})
    host.post(f"{poll}/reveal")
    assert counts(host, on_air) == [0, 0, 20]


def crowd_in_turns(crowd: list) -> list[tuple]:
    return [(person, value) for value in (0, 1, 0) for person in crowd]


def test_an_answer_waits_for_a_closing_that_is_under_way(poll, kaisa, session_of, avi):
    id = UUID(poll.rsplit("/")[-1])
    with ThreadPoolExecutor(1) as hand:
        with session_of("townhall") as closing:
            halls.held(closing, Poll, id).close()
            answering = hand.submit(kaisa.put, f"{poll}/answer", json={"value": 0})
            while not (answering.done() or is_waited_for(closing)):
                pass
        assert answering.result().json["code"] == "poll-is-closed"


def is_waited_for(session) -> bool:
    """Whether somebody waits for what this session holds."""
    waiting = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
    )
    return session.scalar(text(waiting))


def test_one_thing_is_on_stage_at_a_time(poll, on_air, on_stage, host, kaisa):
    other = on_stage(SCALE)
    assert kaisa.put(f"{poll}/answer", json={"value": 0}).json["code"] == "poll-is-closed"
    assert kaisa.put(f"{other}/answer", json={"value": 5}).status_code == 200
    host.put(f"{on_air}/stage", json={"kind": "questions"})
    seen = kaisa.get(on_air).json
    assert (seen["on_stage"], seen["poll"]) == ("questions", None)


def test_words_that_differ_in_case_only_are_one_word(on_stage, kaisa, colleague, on_air, host):
    cloud = on_stage(WORDS)
    for _ in range(3):
        colleague().put(f"{cloud}/answer", json={"words": ["metsä"]})
    kaisa.put(f"{cloud}/answer", json={"words": ["Rauha", "kahvi", "  rauha "]})
    colleague().put(f"{cloud}/answer", json={"words": ["RAUHA"]})
    host.post(f"{cloud}/reveal")
    assert kaisa.get(on_air).json["poll"]["cloud"] == [
        {"word": "metsä", "count": 3},
        {"word": "rauha", "count": 2},
        {"word": "kahvi", "count": 1},
    ]


def test_a_draft_can_be_reworded_and_thrown_away(on_air, host):
    made = f"/polls/{host.post(f'{on_air}/polls', json=CHOICE).json['id']}"
    assert host.put(made, json=SCALE).json["kind"] == "scale"
    assert host.delete(made).status_code == 204
    assert host.get(f"{on_air}/desk").json["polls"] == []


@pytest.mark.parametrize(
    "said", [CHOICE | {"options": [{"fi": "yksin"}]}, CHOICE | {"words": {}}, SCALE | {"steps": 1}]
)
def test_a_poll_without_sense_is_refused(on_air, host, said):
    assert host.post(f"{on_air}/polls", json=said).status_code == 422


def test_an_answer_holds_no_member(poll, kaisa, session_of, avi):
    kaisa.put(f"{poll}/answer", json={"value": 1})
    with session_of("townhall") as session:
        (answer,) = session.scalars(select(Answer))
        assert kaisa.who.subject.bytes not in answer.hand
        assert not any("time" in str(column.type).lower() for column in Answer.__table__.columns)


def test_two_acts_of_one_person_have_two_hands(on_stage, kaisa, session_of, avi):
    for said in (CHOICE, SCALE):
        kaisa.put(f"{on_stage(said)}/answer", json={"value": 1})
    with session_of("townhall") as session:
        first, second = session.scalars(select(Answer))
        assert first.hand != second.hand


def test_revealed_polls_stay_to_be_read_afterwards(poll, on_air, on_stage, kaisa, host):
    host.post(f"{poll}/reveal")
    on_stage(SCALE)
    host.post(f"{on_air}/end")
    assert [kept["kind"] for kept in kaisa.get(on_air).json["polls"]] == ["choice"]


def test_a_poll_of_another_event_does_not_come_on_this_stage(poll, on_air, host, run_id):
    launch = next(hall for hall in host.get(f"/runs/{run_id}/halls").json if hall["purpose"] == "launch")
    other = host.post(f"/halls/{launch['id']}/polls", json=CHOICE).json
    assert host.put(f"{on_air}/stage", json={"kind": "poll", "poll_id": other["id"]}).status_code == 404
